"""The OpenAPI page at /docs, with assets from a package: nothing is fetched from elsewhere."""

from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from app.api.requests.marks import policy_of

ASSETS = "/docs/assets"


def install(app: FastAPI) -> None:
    app.mount(ASSETS, StaticFiles(directory=_assets()), name="documentation")

    shown = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=f"{app.title} API",
        swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{ASSETS}/favicon-32x32.png",
        swagger_ui_parameters={"displayRequestDuration": True},
    )
    html = bytes(shown.body).decode()
    policy = policy_of(html)

    @app.get("/docs", include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})


def _assets() -> Path:
    """The folder of Swagger UI's files in the package that ships them."""
    found = find_spec("fastapi_swagger.resources")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("fastapi-swagger is not installed; it ships the page's assets.")
    return Path(found.origin).parent
