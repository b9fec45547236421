"""Hears what the database notifies, on a connection of its own that is opened again whenever it breaks.

A notification that is sent while nobody listens is lost. So the listener says from when to when it is sure to hear:

1. connect and LISTEN;
2. notify oneself, and wait until that is heard: a pooler between may take LISTEN and deliver nothing;
3. from now on it hears; ask the server for a sign of life every few seconds, as a peer that vanished says nothing;
4. when the connection ends, or no sign comes, it no longer hears: connect again.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex
from typing import Any

import asyncpg

from appliance.db.engine import CONNECTION_ERRORS, connect_arguments
from appliance.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

#: How often the server is asked for a sign of life, and how long it may take for one, seconds.
SIGN_SECONDS = 5.0

#: How long after a connection broke, or could not be had, another one is tried, seconds.
AGAIN_SECONDS = 1.0


async def listen(url: str, channel: str, *, heard: Callable[[], None], hears: Callable[[bool], None]) -> None:
    """Call ``heard`` at each notification on this channel, until cancelled; ``hears`` says whether it is sure to."""
    was_told = False

    def tell(now: bool) -> None:
        nonlocal was_told
        was_told = was_told and not now
        hears(now)

    while True:
        try:
            await _listen_once(url, channel, heard, tell)
        except (*CONNECTION_ERRORS, asyncpg.PostgresError, TimeoutError) as error:
            if not was_told:
                log.warning(
                    "what the database notifies can't be heard now: %s", error or type(error).__name__
                )
            was_told = True
        else:
            was_told = False
        await asyncio.sleep(AGAIN_SECONDS)


async def is_heard(url: str, *, seconds: float) -> bool:
    """Whether what is notified over a connection to this database comes back over it within this time.

    Raises:
        DatabaseUnavailable: it can't be asked.
    """
    heard, channel = asyncio.Event(), f"scene_sense_{token_hex(8)}"
    try:
        connection = await asyncpg.connect(**connect_arguments(url), timeout=seconds, command_timeout=seconds)
        try:
            await connection.add_listener(channel, lambda *_: heard.set())
            await connection.execute("SELECT pg_notify($1, '')", channel)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await heard.wait()
        finally:
            connection.terminate()
    except (*CONNECTION_ERRORS, asyncpg.PostgresError) as error:
        raise DatabaseUnavailable(f"What the database notifies can't be listened for: {error}") from error
    return heard.is_set()


async def _listen_once(
    url: str, channel: str, heard: Callable[[], None], hears: Callable[[bool], None]
) -> None:
    """Listen on one connection until it ends."""
    arguments = connect_arguments(url)
    arguments["server_settings"]["application_name"] = "scene-sense-listener"
    connection = await asyncpg.connect(**arguments, timeout=10, command_timeout=SIGN_SECONDS)
    ended, proved = asyncio.Event(), asyncio.Event()
    sign = token_hex(8)

    def notified(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
        if payload == sign:
            proved.set()
        else:
            heard()

    try:
        connection.add_termination_listener(lambda _: ended.set())
        await connection.add_listener(channel, notified)
        await connection.execute("SELECT pg_notify($1, $2)", channel, sign)
        # Not wait_for, which in Python 3.11 loses a cancellation that comes at the very moment it ends.
        async with asyncio.timeout(SIGN_SECONDS):
            await proved.wait()
        hears(True)
        while not ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(SIGN_SECONDS):
                    await ended.wait()
            if not ended.is_set():
                await connection.execute("SELECT 1")
    finally:
        hears(False)
        connection.terminate()
