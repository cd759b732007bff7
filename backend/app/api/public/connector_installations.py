"""/v1/connectors/{name}/installation: a connector's installation, by a worker, and how far it is."""

from fastapi import APIRouter

from app.api.access import Editor, Viewer
from app.api.dependencies import Session, Settings, Transaction
from app.api.problems import problems
from app.api.public.connectors import ConnectorName, InstallationView
from app.core.errors import InstallationNotFound
from app.core.failures import (
    ConnectorNotRunnable,
    ConnectorUnknown,
)
from app.sources import catalogue
from app.sources.registry import pinned
from app.sync import installations

router = APIRouter(prefix="/connectors/{name}/installation", tags=["Connectors"])


@router.post(
    "",
    operation_id="installConnector",
    responses=problems(ConnectorUnknown, ConnectorNotRunnable),
)
async def install_connector(
    caller: Editor, session: Transaction, settings: Settings, name: ConnectorName
) -> InstallationView:
    """Let a worker install a connector, in the version that the catalogue or Atlas names, and answer at once.

    One that is being installed already is not begun again: the answer is that installation.
    """
    wanted = pinned(name, catalogue.current(settings.home))
    return InstallationView.of(await installations.ask(session, wanted, caller.name))


@router.get(
    "",
    operation_id="getConnectorInstallation",
    responses=problems(ConnectorUnknown, InstallationNotFound),
)
async def get_installation(
    caller: Viewer, session: Session, settings: Settings, name: ConnectorName
) -> InstallationView:
    """How far the newest installation is, or how it ended."""
    catalogue.current(settings.home).entry(name)
    found = await installations.newest(session, [name])
    if name not in found:
        raise InstallationNotFound("Nobody has asked for this connector to be installed.")
    return InstallationView.of(found[name])
