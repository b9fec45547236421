"""Puts the application together: the operations, the page, and the middleware around both."""

from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from appliance.errors import NotFound, SceneSenseError, UsageError
from appliance.settings import Settings
from web.lifespan import lifespan
from web.middleware import base_path, middleware
from web.openapi import document
from web.operation import routes_of
from web.problems import NoSuchMethod, problem_response, status_of
from web.routes import OPERATIONS
from web.state import Context, request_id
from web.static_files import STATIC, StaticFiles


def create_app(settings: Settings, *, static: Path = STATIC) -> Starlette:
    """The application; nothing is opened before its lifespan begins."""
    context = Context(settings=settings, openapi=document(OPERATIONS))
    page = Page(StaticFiles(static, base_path=base_path(settings)))
    app = Starlette(
        routes=[*routes_of(OPERATIONS), Route("/{path:path}", page, include_in_schema=False)],
        middleware=middleware(context),
        lifespan=lifespan,
        exception_handlers={HTTPException: _from_starlette},
    )
    app.state.context = context
    return app


class Page:
    """Answers for every address that is no operation's."""

    def __init__(self, files: StaticFiles) -> None:
        self._files = files

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """The page, one of its files, or a problem."""
        request = Request(scope, receive)
        await (await self._answer(request))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = str(request.scope["path"])
        if path.startswith(("/api/", "/media/")) or path in {"/api", "/media"}:
            return _problem(request, NotFound(f"There is nothing at {path[:200]}."))
        if request.method not in {"GET", "HEAD"}:
            return _problem(request, NoSuchMethod(), Allow="GET, HEAD")
        found = await self._files.respond(request)
        return found or _problem(request, NotFound(f"There is nothing at {path[:200]}."))


def _problem(request: Request, error: SceneSenseError, **headers: str) -> Response:
    return problem_response(error, request_id=request_id(request.scope), headers=headers)


def _from_starlette(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses, for example a malformed form, in our words."""
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    known = {404: NotFound, 405: NoSuchMethod, 400: UsageError}.get(int(status), SceneSenseError)
    detail = error.detail if isinstance(error, HTTPException) and status_of(known) < 500 else None
    return _problem(request, known(detail))
