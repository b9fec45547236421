"""``scene-sense-encoder``: serves a model to other machines, from the settings, until SIGTERM or SIGINT.

1. Take the address first, so that a taken one is said before anything is loaded.
2. Load the model of CLIP_MODEL, then answer; until then connections wait.
3. Tell the service manager, where there is one, that requests are answered, and then that the loop still runs.
4. At a signal stop listening, let running requests finish for a moment, close everything.
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
from workers.encoder.app import open_app
from workers.encoder.doors import require_key

logger = logging.getLogger(__name__)

#: Running requests have this long to finish at a stop, seconds; a batch takes a few.
GRACE_SECONDS = 10.0

#: An idle connection is closed after this, seconds: long, for a new one costs each client a question.
KEEP_ALIVE_SECONDS = 120.0


def hypercorn_config(settings: Settings) -> Config:
    """How Hypercorn serves, with the address taken already.

    Raises:
        SettingsError: the address can't be taken.
    """
    config = Config()
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("workers.encoder.server")
    config.graceful_timeout = GRACE_SECONDS
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.h11_max_incomplete_size = 16 * 1024
    config.umask = 0o007  # a Unix socket is for its owner and the group
    config.bind = [settings.encoder_bind]
    if not settings.encoder_bind.startswith("fd://"):
        try:
            taken = config.create_sockets().insecure_sockets
            for each in taken:
                each.listen(100)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SettingsError(
                f"Can't listen on {settings.encoder_bind}: {reason}. Another ENCODER_BIND, or end what listens there."
            ) from error
        config.bind = [f"fd://{each.detach()}" for each in taken]
    return config


async def serve(settings: Settings) -> None:
    """Serve until a signal says stop.

    Raises:
        SceneSenseError: something that is needed is not there.
    """
    require_key(settings)
    config = hypercorn_config(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_on_stray_exception)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_app(settings) as app:
        serving = asyncio.create_task(
            hypercorn.asyncio.serve(
                cast(ASGIFramework, opened_already(app)), config, shutdown_trigger=stop.wait, mode="asgi"
            )
        )
        waiting = asyncio.create_task(stop.wait())
        watchdog = asyncio.create_task(keep_watchdog())
        notify("READY=1")
        logger.info("ready on %s", settings.encoder_bind)
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        notify("STOPPING=1")
        waiting.cancel()
        watchdog.cancel()
        await asyncio.wait({serving}, timeout=GRACE_SECONDS + 1)
        if not serving.done():
            serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


def opened_already(app: ASGIApp) -> ASGIApp:
    """The application for a server that manages no lifespan: ours is open around it, and its errors are ours."""

    async def without_lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for _ in range(2):
            message = await receive()
            await send({"type": f"{message['type']}.complete"})

    return without_lifespan


def _on_stray_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # Python 3.11 reports a connection that a stop cancelled as an error in its own callback.
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``scene-sense-encoder``; ends with 1 after one line on stderr when it can't serve."""
    parser = argparse.ArgumentParser(
        prog="scene-sense-encoder",
        description="Makes vectors for a Scene-Sense on another machine, or for programs that speak /predict.",
    )
    parser.add_argument("--data", help="folder for everything, instead of DATA_PATH")
    parser.add_argument("--env-file", type=Path, help="file with settings, NAME=value")
    parser.add_argument("--bind", help="address and port, instead of ENCODER_BIND")
    options = parser.parse_args(arguments)
    try:
        settings = load(env_file=options.env_file, DATA_PATH=options.data, ENCODER_BIND=options.bind)
        log.configure(settings.log_level)
        asyncio.run(serve(settings))
    except SceneSenseError as error:
        for line in error.message.splitlines():
            sys.stderr.write(f"scene-sense-encoder: {line}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
