"""Whether a worker lives: each says so by itself every few seconds, and is taken for gone when it does not.

How long ago that was is told by the database server's clock alone, so that clocks that differ tell no lies.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from appliance import clock
from appliance.db import sightings
from appliance.db.engine import Database
from appliance.db.sightings import Sighting
from appliance.errors import DatabaseUnavailable

#: How often a worker says that it lives, seconds.
BEAT_SECONDS = 10.0

#: A worker that has said nothing for so long is taken for gone, seconds.
SILENT_SECONDS = 45.0

#: A server that was started less than this ago gives a worker the time to load its model, seconds.
START_SECONDS = 60.0


class Presence(StrEnum):
    """What is known of the workers together."""

    THERE = "there"
    SILENT = "silent"
    #: None was heard of since this process was started, which is only a moment ago.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Seen:
    """When a worker was last heard of."""

    presence: Presence
    #: How long ago; None if never.
    seconds: float | None


async def keep_telling(db: Database) -> None:
    """Say again and again that this worker lives, until cancelled; a database that is away hears it later."""
    while True:
        # Whoever asks meanwhile finds the database away as well.
        with suppress(DatabaseUnavailable):
            await sightings.record(db, Sighting.WORKER, clock.now())
        await asyncio.sleep(BEAT_SECONDS)


async def look(db: Database, *, up_seconds: float) -> Seen:
    """When a worker was last heard of, asked by a process that has run for ``up_seconds``."""
    seconds = await sightings.seconds_since(db, Sighting.WORKER)
    if seconds is not None and seconds <= SILENT_SECONDS:
        return Seen(Presence.THERE, seconds)
    is_early = up_seconds < START_SECONDS and (seconds is None or seconds > up_seconds)
    return Seen(Presence.UNKNOWN if is_early else Presence.SILENT, seconds)
