"""The FastAPI app: routers under Airbyte's two prefixes, problems, and the documentation page."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app.api import access, dashboard, document, documentation, problems, tokens, welcome
from app.api.config_api import catalogs as config_catalogs
from app.api.config_api import checks as config_checks
from app.api.config_api import connections as config_connections
from app.api.config_api import health as config_health
from app.api.config_api import jobs as config_jobs
from app.api.config_api import not_in_atlas as config_not_in_atlas
from app.api.config_api import state as config_state
from app.api.outages import Outages
from app.api.public import (
    applications,
    audit,
    backfills,
    check_columns,
    columns,
    connection_engine,
    connection_history,
    connection_previews,
    connections,
    connector_installations,
    connectors,
    dataset_pages,
    dataset_samples,
    datasets,
    definitions,
    destinations,
    events,
    generations,
    health,
    job_terms,
    job_trees,
    jobs,
    key_status,
    lineage,
    logs,
    moments,
    not_in_atlas,
    notifications,
    organizations,
    overview,
    passports,
    personal_data,
    quality,
    quarantine,
    quarantine_terms,
    queue,
    rebuilds,
    remotes,
    replays,
    retention,
    schedules,
    schema_changes,
    session,
    sources,
    states,
    streams,
    system,
    tables,
    tags,
    timelines,
    transformation_runs,
    transformations,
    users,
    workspaces,
)
from app.api.requests import editing
from app.api.requests.bodies import Bodies
from app.api.requests.idempotency import Idempotency
from app.api.requests.marks import Marks
from app.api.routing import add_operations
from app.core.failures import (
    DatabaseUnreachable,
)
from app.core.settings import Settings

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_DESCRIPTION = """Moves data from any Airbyte connector into three governed layers in PostgreSQL.

The API is Airbyte's public API; what only Atlas knows rides in members called `atlas`."""


def build_app(lifespan: Lifespan, settings: Settings) -> FastAPI:
    """The app, documented once under /v1 and mounted at /api/public/v1 as well."""
    app = FastAPI(
        title="Atlas",
        version=version("atlas"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.docs else None,
    )
    problems.install(app)
    editing.install(app)
    _treat_requests(app, settings)
    resources = (
        jobs,
        overview,
        rebuilds,
        backfills,
        events,
        logs,
        timelines,
        job_trees,
        connectors,
        connector_installations,
        sources,
        destinations,
        connection_previews,
        connections,
        remotes,
        connection_engine,
        connection_history,
        schedules,
        job_terms,
        notifications,
        queue,
        generations,
        retention,
        tables,
        schema_changes,
        columns,
        check_columns,
        states,
        datasets,
        moments,
        passports,
        dataset_samples,
        dataset_pages,
        personal_data,
        quality,
        lineage,
        system,
        key_status,
        quarantine,
        replays,
        quarantine_terms,
        applications,
        users,
        session,
        audit,
        workspaces,
        tags,
        transformations,
        transformation_runs,
        streams,
        definitions,
        organizations,
        not_in_atlas,
    )
    routers = [*(resource.router for resource in resources), health.public_router]
    unreachable = problems.problems(DatabaseUnreachable)
    add_operations(app, routers, "/v1", responses=unreachable)
    add_operations(app, routers, "/api/public/v1", responses=unreachable, include_in_schema=False)
    older = (
        config_health,
        config_catalogs,
        config_checks,
        config_connections,
        config_jobs,
        config_state,
        config_not_in_atlas,
    )
    add_operations(app, [part.router for part in older], "/api/v1")
    add_operations(app, [health.router, not_in_atlas.root_router])
    tokens.install(app)
    welcome.install(app)
    dashboard.install(app, settings)
    if settings.docs:
        documentation.install(app)
    access.require_declared(app)
    document.install(app)
    app.middleware_stack = Marks(app.build_middleware_stack())  # outside of what answers a 500 too
    return app


def _treat_requests(app: FastAPI, settings: Settings) -> None:
    """Put around all operations what holds for every request, the innermost first."""
    app.add_middleware(access.Closed)
    app.add_middleware(Idempotency)
    app.add_middleware(Outages)
    app.add_middleware(Bodies)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Atlas-Parent-Run", "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"],
            expose_headers=["ETag", "Idempotent-Replayed", "RateLimit", "Retry-After", "X-Request-Id"],
        )  # fmt: skip
