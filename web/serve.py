"""The web process: Hypercorn inside it, from the settings, until SIGTERM or SIGINT.

1. Take the address first, so that a taken one is said before anything is opened.
2. Open everything, then answer; until then connections wait.
3. Tell the service manager, where there is one, that requests are answered, and then that the loop still runs.
4. At a signal stop listening, give running requests a moment, close everything. A second signal does not wait.

Hypercorn's ``read_timeout`` stays off: it would also cut a download that takes longer. A request head has
``keep_alive_timeout`` to arrive, and bodies are timed where they are read (``web.inputs``).
"""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import hypercorn.asyncio
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework
from starlette.types import ASGIApp, Receive, Scope, Send

from appliance import log
from appliance.errors import SceneSenseError, SettingsError
from appliance.notify import keep_watchdog, notify
from appliance.settings import Settings, load
from web.app import create_app

logger = logging.getLogger(__name__)

#: Running requests have this long to finish at a stop, seconds.
GRACE_SECONDS = 3.0

#: An idle connection, and one whose request head does not come, is closed after this, seconds.
KEEP_ALIVE_SECONDS = 15.0


def hypercorn_config(settings: Settings) -> Config:
    """How Hypercorn serves, with the address taken already.

    Raises:
        SettingsError: the address can't be taken.
    """
    config = Config()
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("web.server")
    config.graceful_timeout = GRACE_SECONDS
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.h11_max_incomplete_size = 16 * 1024
    # A Unix socket is for its owner and the group, which the proxy is put in.
    config.umask = 0o007
    config.bind = [settings.bind]
    if not settings.bind.startswith("fd://"):
        config.bind = [f"fd://{descriptor}" for descriptor in _take(config, settings.bind)]
    return config


def _take(config: Config, bind: str) -> list[int]:
    try:
        sockets = config.create_sockets()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"Can't listen on {bind}: {reason}. Another BIND, or end what listens there."
        ) from error
    return [taken.detach() for taken in sockets.insecure_sockets]


async def serve(settings: Settings) -> None:
    """Serve until a signal says stop.

    Raises:
        SceneSenseError: something that is needed is not there.
    """
    config = hypercorn_config(settings)
    app = create_app(settings)
    stop = asyncio.Event()
    asyncio.get_running_loop().set_exception_handler(_on_stray_exception)
    async with app.router.lifespan_context(app):
        serving = asyncio.create_task(
            hypercorn.asyncio.serve(
                cast(ASGIFramework, _opened_already(app)), config, shutdown_trigger=stop.wait, mode="asgi"
            )
        )
        _on_signals(stop, serving)
        waiting = asyncio.create_task(stop.wait())
        watchdog = asyncio.create_task(keep_watchdog())
        notify("READY=1")
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        notify("STOPPING=1")
        app.state.context.stopping.set()
        waiting.cancel()
        watchdog.cancel()
        await asyncio.wait({serving}, timeout=GRACE_SECONDS + 1)
        if not serving.done():
            serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


def _on_stray_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # Python 3.11 reports a connection that a stop cancelled as an error in its own callback.
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)


def _on_signals(stop: asyncio.Event, serving: asyncio.Task[None]) -> None:
    def ask_to_stop() -> None:
        if stop.is_set():
            serving.cancel()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask_to_stop)


def _opened_already(app: ASGIApp) -> ASGIApp:
    """The application for a server that manages no lifespan: ours is open around it, and its errors are ours."""

    async def without_lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for _ in range(2):
            message = await receive()
            await send({"type": f"{message['type']}.complete"})

    return without_lifespan


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``scene-sense-web``; ends the process with 1 after one line on stderr when it can't serve."""
    parser = argparse.ArgumentParser(
        prog="scene-sense-web",
        description="The web server of Scene-Sense; `scene-sense up` starts everything.",
    )
    parser.add_argument("--data", help="folder for everything, instead of DATA_PATH")
    parser.add_argument("--env-file", type=Path, help="file with settings, NAME=value")
    parser.add_argument("--bind", help="address and port, instead of BIND")
    options = parser.parse_args(arguments)
    try:
        settings = load(env_file=options.env_file, DATA_PATH=options.data, BIND=options.bind)
        log.configure(settings.log_level)
        asyncio.run(serve(settings))
    except SceneSenseError as error:
        for line in error.message.splitlines():
            sys.stderr.write(f"scene-sense-web: {line}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
