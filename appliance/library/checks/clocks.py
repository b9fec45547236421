"""The clock: whether it is kept right, and whether it can be believed."""

from appliance import clock
from appliance.db.sightings import read_clocks
from appliance.library.checks.common import Subject, failure, ok, skipped, warning
from appliance.library.checks.systemd import answer_of
from appliance.library.clock_check import find_doubt
from appliance.records.doctor import Finding


async def look(subject: Subject) -> tuple[Finding, ...]:
    """What keeps the clock, and what other clocks say."""
    return (await look_at_synchronisation(), await _belief(subject))


async def look_at_synchronisation() -> Finding:
    """Whether somebody keeps the clock right."""
    said = await answer_of("timedatectl", "show", "--property=NTPSynchronized", "--value")
    if said is None or said.strip() not in {"yes", "no"}:
        return skipped("clock.synchronised", "This system can't tell (timedatectl).")
    if said.strip() == "yes":
        return ok("clock.synchronised", "The clock is kept right over the network.")
    return warning(
        "clock.synchronised",
        "Nothing keeps the clock right; pictures expire by it.",
        "timedatectl set-ntp true (Debian: apt install systemd-timesyncd); it may take a minute.",
    )


async def _belief(subject: Subject) -> Finding:
    if subject.tables is None:
        return skipped("clock", "Only the database knows what the clock was before.")
    clocks = await read_clocks(subject.tables)
    doubt = find_doubt(clock.now(), clocks.database, clocks.last_seen)
    if doubt is None:
        return ok("clock", "It agrees with the database server's, and with the last run.")
    return failure(
        "clock",
        f"{doubt} Nothing is deleted while it is in doubt.",
        "Set the clock right. If it is right: scene-sense sweep --accept-clock",
    )
