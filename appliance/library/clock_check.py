"""Whether the clock can be trusted with deciding what has expired.

A machine without a battery starts in 1970 or in the year of its firmware; a wrong time zone or a restored
snapshot moves it by hours or months. What is deleted on the word of such a clock can't be brought back.
"""

from datetime import datetime, timedelta

from appliance import clock
from appliance.db.engine import Database
from appliance.db.sightings import Sighting, read_clocks
from appliance.db.sightings import record as record_sighting
from appliance.errors import ClockDoubtful

MAX_BACKWARDS = timedelta(hours=1)
MAX_FORWARDS = timedelta(days=30)
MAX_DISAGREEMENT = timedelta(minutes=5)


async def check_clock(db: Database, *, now: datetime, accept: bool = False, record: bool = True) -> None:
    """Nothing, when ``now`` is believable; with ``record`` it is remembered as the last sighting.

    Raises:
        ClockDoubtful: it jumped since the last sighting, or the database server's clock says something else.
    """
    clocks = await read_clocks(db)
    problem = find_doubt(now, clocks.database, clocks.last_seen)
    if problem and not accept:
        raise ClockDoubtful(
            f"{problem} Nothing was deleted. If the clock is right, run again with --accept-clock."
        )
    if record:
        await record_sighting(db, Sighting.CLOCK, now)


async def check_not_behind(db: Database) -> None:
    """Nothing, unless the clock is behind its last sighting.

    Whatever is given a time to live, or is put in the trash, by a clock that is behind would be long overdue, and
    gone for good, as soon as the clock is put right.

    Raises:
        ClockDoubtful: it is behind.
    """
    clocks = await read_clocks(db)
    now = min(clock.now(), clocks.database)
    if clocks.last_seen is not None and now < clocks.last_seen - MAX_BACKWARDS:
        raise ClockDoubtful(
            f"{_behind(now, clocks.last_seen)} Nothing was changed. If the clock is right, run `scene-sense sweep "
            "--accept-clock`."
        )


def _behind(now: datetime, last_seen: datetime) -> str:
    return f"The clock says {_say(now)}, but at the last run it was {_say(last_seen)} already."


def find_doubt(now: datetime, database: datetime, last_seen: datetime | None) -> str | None:
    """Why ``now`` is not to be believed, in a sentence; None when it is."""
    if abs(now - database) > MAX_DISAGREEMENT:
        return f"The clock says {_say(now)}, the database server's says {_say(database)}."
    if last_seen is not None and now < last_seen - MAX_BACKWARDS:
        return _behind(now, last_seen)
    if last_seen is not None and now > last_seen + MAX_FORWARDS:
        days = (now - last_seen).days
        return f"The clock says {_say(now)}, {days} days after the last run on {_say(last_seen)}."
    return None


def _say(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
