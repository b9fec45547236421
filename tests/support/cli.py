"""The command line in this process: what is typed, what it says, how it ends."""

import asyncio
import contextlib
import io
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import hypercorn.asyncio
import pytest
from hypercorn.typing import ASGIFramework

from appliance.cli import main as cli
from appliance.settings import CLIENT_KEY, CLIENT_SERVER
from tests.support.up import free_port
from tests.support.web import Web
from web.serve import _opened_already, hypercorn_config


@dataclass(frozen=True, slots=True)
class Said:
    """What a call said and the code it ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Its lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


def scene_sense(*arguments: str, environment: Mapping[str, str]) -> Said:
    """Call the program with these arguments; not from within a running loop."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, _logging_kept():
        patch.setattr(sys, "argv", ["scene-sense", *arguments])
        for name, value in environment.items():
            patch.setitem(os.environ, name, value)
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            cli.main()
    return Said(int(cast(int, ended.value.code) or 0), out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _logging_kept() -> Iterator[None]:
    """The program sets up logging for a process of its own; here the process goes on."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody who types: on the server itself, or elsewhere with an address and a key."""

    web: Web
    environment: Mapping[str, str]

    async def type(self, *arguments: str) -> Said:
        """Call the program."""
        return await asyncio.to_thread(scene_sense, *arguments, environment=self.environment)

    async def import_json(self, *arguments: str) -> dict[str, Any]:
        """The last line of an import; it must have gone well."""
        said = await self.type("import", *arguments, "--json")
        assert said.code == 0, said
        summary: dict[str, Any] = said.lines[-1]["summary"]
        return summary


def on_the_server(web: Web) -> Desk:
    """The desk of somebody on the machine of ``web``."""
    settings = web.settings
    assert settings.database_url is not None
    return Desk(
        web,
        {
            "DATA_PATH": str(settings.data_path),
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "REDIS_URL": "redis://127.0.0.1:1",
            "FREE_SPACE_FLOOR_BYTES": "0",
        },
    )


def elsewhere(web: Web, url: str, key: str) -> Desk:
    """The desk of somebody on another machine."""
    return Desk(web, {CLIENT_SERVER: url, CLIENT_KEY: key})


@asynccontextmanager
async def listening(web: Web) -> AsyncIterator[str]:
    """The address at which the open application of ``web`` answers over a socket."""
    bind = f"127.0.0.1:{free_port()}"
    config = hypercorn_config(web.settings.model_copy(update={"bind": bind}))
    stop = asyncio.Event()
    app = cast(ASGIFramework, _opened_already(web.app))
    serving = asyncio.create_task(
        hypercorn.asyncio.serve(app, config, shutdown_trigger=stop.wait, mode="asgi")
    )
    try:
        yield f"http://{bind}"
    finally:
        stop.set()
        await serving
