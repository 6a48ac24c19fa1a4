"""Puts the HTTP application together: routes, errors in the envelope, static files, documentation."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp

from mock_cpo.platform import Platform
from mock_cpo.web import (
    control_chargers,
    control_holdings,
    control_hub,
    control_letters,
    control_platform,
    control_pushes,
    control_worlds,
    modules,
    receivers,
    schema,
)
from mock_cpo.web.call import configuration_call, functional_call, render_error
from mock_cpo.web.entrance import Entrance
from mock_cpo.web.gate import OCPI, module_of
from mock_cpo.worlds import Worlds
from ocpi.protocol.errors import InvalidObject, MethodNotAllowed, OcpiError, ServerError, UnknownObject
from ocpi.protocol.headers import CONFIGURATION_MODULES

log = logging.getLogger("mock_cpo.web")
PARTS = (
    modules, receivers, control_worlds, control_platform, control_holdings, control_chargers, control_pushes,
    control_letters, control_hub,
)  # fmt: skip
STATIC = Path(__file__).parent.parent / "static"


def create_app(platform: Platform) -> ASGIApp:
    """The ASGI application; the platform's threads, and those of its worlds, start and stop with it."""
    worlds = Worlds(platform.config)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        platform.start()
        yield
        worlds.end_all()
        platform.stop()

    app = FastAPI(
        title="Mock CPO",
        version="2.2.1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_url="/openapi.json",
    )
    app.state.worlds = worlds
    for part in PARTS:
        app.include_router(part.router)
    app.openapi = lambda: schema.build(app)  # type: ignore[method-assign]
    _add_pages(app)
    _add_errors(app)
    return Entrance(app, platform, worlds)


def _add_pages(app: FastAPI) -> None:
    """The panel and Swagger UI; no file comes from another host."""
    package = find_spec("drf_spectacular_sidecar")
    folder = Path(package.origin or "").parent if package else STATIC
    swagger = folder / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
    app.mount("/static/swagger-ui", StaticFiles(directory=swagger, check_dir=False), name="swagger-ui")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.get("/", include_in_schema=False)
    def panel() -> FileResponse:
        return FileResponse(STATIC / "panel.html")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse((STATIC / "docs.html").read_text(encoding="utf-8"))

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> FileResponse:
        return FileResponse(STATIC / "network.svg", media_type="image/svg+xml")


def _add_errors(app: FastAPI) -> None:
    """Under /ocpi every error is an envelope (TRA-29); the control API says what is wrong in plain JSON."""
    handlers: dict[Any, Callable[..., Any]] = {
        OcpiError: _ocpi_error,
        HTTPException: _http_error,
        RequestValidationError: _invalid_request,
        Exception: _crash,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _ocpi_error(request: Request, error: OcpiError) -> Response:
    if request.url.path.startswith(OCPI):
        return render_error(request, error)
    return JSONResponse({"error": error.message}, error.http_status if error.http_status >= 400 else 422)


async def _http_error(request: Request, error: HTTPException) -> Response:
    if not request.url.path.startswith(OCPI):
        detail = error.detail if isinstance(error.detail, dict) else {"error": error.detail}
        return JSONResponse(detail, error.status_code)
    try:
        await _authenticate(request)
        raise _not_found(request) if error.status_code in (404, 405) else OcpiError(http_status=error.status_code)
    except OcpiError as known:
        return render_error(request, known)


async def _authenticate(request: Request) -> None:
    """Who has no valid token learns nothing about our paths."""
    if module_of(request.url.path) in {*CONFIGURATION_MODULES, "details"}:
        await configuration_call(request)
    else:
        await functional_call(request)


def _ocpi_routes() -> list[APIRoute]:
    return [
        route for router in (modules.router, receivers.router) for route in router.routes if isinstance(route, APIRoute)
    ]


def _not_found(request: Request) -> OcpiError:
    """405 with Allow where the path exists under another method, else 404 (TRA-28)."""
    allowed = {
        method
        for route in _ocpi_routes()
        if route.matches(request.scope)[0] is not Match.NONE
        for method in route.methods or ()
    }
    if not allowed:
        return UnknownObject(f"There is nothing at {request.url.path}.")
    return MethodNotAllowed(headers={"Allow": ", ".join(sorted(allowed))})


async def _invalid_request(request: Request, error: RequestValidationError) -> Response:
    problems = [f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
    return await _ocpi_error(request, InvalidObject(problems=problems))


async def _crash(request: Request, error: Exception) -> Response:
    log.error("crash while answering %s", request.url.path, exc_info=error)
    return await _ocpi_error(request, ServerError(http_status=500))
