"""Stops a purge that would take unusually much, until somebody says that it is meant.

What people emptied out of their trash was asked for. What was due when an administrator released a hold is agreed to.
Of all the rest a purge takes only so much at a time: a wrong clock, a wrong time to live on everything or a script
gone astray looks like a great many pictures falling due, and leaves time to restore them.
"""

from datetime import datetime, timedelta
from uuid import UUID

from appliance.db import audit, departures, purge_holds
from appliance.db import purge as rows
from appliance.db.engine import Database
from appliance.errors import Conflict
from appliance.records.expiry import Due, Hold, PurgePlan

#: More assets than this are unusual wherever nobody says otherwise.
ASK_ABOVE = 1000
#: More than this part of the library at once is unusual,
SHARE = 0.25
#: unless it is no more than so many.
FEW = 100

#: How far ahead and back a plan looks.
SOON = timedelta(days=7)
PAST = timedelta(days=30)


def is_unusual(due: Due, *, library: int, ask_above: int) -> bool:
    """Whether this much, of a library of so many assets, is not purged without a word."""
    return due.unasked > ask_above or (due.unasked > FEW and due.unasked > SHARE * library)


async def _look(db: Database, now: datetime, trash: timedelta) -> tuple[Due, int]:
    """What is due, and how many assets there are in all."""
    due = await rows.sum_due(db, at=now, trash=trash, agreed=await purge_holds.confirmed_until(db))
    return due, await rows.count_all(db)


async def plan_purge(db: Database, *, now: datetime, trash: timedelta, ask_above: int) -> PurgePlan:
    """What the next purge does; nothing is written down."""
    due, library = await _look(db, now, trash)
    return PurgePlan(
        due=due,
        asks=is_unusual(due, library=library, ask_above=ask_above),
        hold=await purge_holds.find_open(db),
        owners=await departures.sum_by_owner(db, at=now, trash=trash),
        soon=await departures.count_purged_soon(db, at=now, until=now + SOON, trash=trash),
        past=await departures.count_purged(db, since=now - PAST),
    )


async def would_hold(db: Database, *, now: datetime, trash: timedelta, ask_above: int) -> bool:
    """Whether a purge would stop to ask now; nothing is written down."""
    due, library = await _look(db, now, trash)
    return is_unusual(due, library=library, ask_above=ask_above)


async def check_fuse(db: Database, *, now: datetime, trash: timedelta, ask_above: int) -> Hold | None:
    """The hold that keeps a purge from starting now, or None; one that has lost its reason is lifted."""
    due, library = await _look(db, now, trash)
    if is_unusual(due, library=library, ask_above=ask_above):
        return await purge_holds.hold(
            db, at=now, due=due.unasked, due_bytes=due.unasked_bytes, library=library
        )
    await purge_holds.lift(db)
    return None


async def release(db: Database, hold_id: int, *, by: UUID | None) -> None:
    """Agree to what was due when this hold began; the next purge takes it.

    Raises:
        Conflict: it is not open any more.
    """
    if not await purge_holds.release(db, hold_id, by=by):
        raise Conflict("This hold is not open any more; look again at what is due.")


async def release_open(db: Database) -> None:
    """Agree to whatever a purge stopped to ask about, on the word of the command line; there need be no hold."""
    found = await purge_holds.find_open(db)
    if found is not None:
        await release(db, found.id, by=None)
        await audit.record(db, action="library.release", object=f"{found.due} assets", reason="command line")
