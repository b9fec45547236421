"""The interface's own description: for machines, and as a page to read."""

import json
from functools import cache
from pathlib import Path

from starlette.responses import HTMLResponse, JSONResponse, Response

from web import docs_page
from web.auth.policy import Permission
from web.operation import Call, Media, Operation

_CACHE = {"Cache-Control": "no-cache"}


async def openapi_document(call: Call[None, None]) -> Response:
    """The OpenAPI document."""
    return JSONResponse(call.context.openapi, headers=_CACHE)


async def read_docs(call: Call[None, None]) -> Response:
    """The documentation page."""
    return HTMLResponse(_page(json.dumps(call.context.openapi)), headers=_CACHE)


async def docs_style(call: Call[None, None]) -> Response:
    """The page's style."""
    return Response(_style(), media_type="text/css", headers=_CACHE)


@cache
def _page(document: str) -> str:
    return docs_page.render(json.loads(document))


@cache
def _style() -> str:
    return Path(docs_page.__file__).with_suffix(".css").read_text(encoding="utf-8")


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/openapi.json",
        handler=openapi_document,
        summary="This interface as an OpenAPI 3.1 document",
        tag="documentation",
        permission=Permission.PUBLIC,
        responses={200: Media(("application/json",), "The document.")},
    ),
    Operation(
        method="GET",
        path="/api/docs",
        handler=read_docs,
        summary="This page",
        tag="documentation",
        permission=Permission.PUBLIC,
        responses={200: Media(("text/html",), "A page.")},
    ),
    Operation(
        method="GET",
        path="/api/docs.css",
        handler=docs_style,
        summary="How this page looks",
        tag="documentation",
        permission=Permission.PUBLIC,
        responses={200: Media(("text/css",), "A style sheet.")},
    ),
)
