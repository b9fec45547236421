"""The work: what failed, what waits, and whether anybody looks after it."""

from datetime import datetime, timedelta

from appliance.db import purge_holds, sightings
from appliance.db.condition import find_work
from appliance.db.engine import Database
from appliance.db.sightings import Sighting
from appliance.library.checks.common import Subject, ok, skipped, warning
from appliance.library.quantities import duration_text
from appliance.records.doctor import Finding, WorkFacts

#: Work that is due is begun within seconds; after this long without any, nobody is working.
IDLE = timedelta(minutes=15)
#: A sweep comes once a minute.
UNSWEPT = timedelta(hours=1)


async def look(subject: Subject) -> tuple[Finding, ...]:
    """How the jobs are doing."""
    if subject.tables is None:
        return (skipped("work", "Only a database with this release's schema can tell."),)
    facts = await find_work(subject.tables)
    return (*_jobs(facts), await _sweep(subject.tables, facts.now), *await _purge(subject.tables))


def _jobs(facts: WorkFacts) -> list[Finding]:
    found = []
    if facts.failed:
        found.append(
            warning(
                "work.failed",
                f"{facts.failed} job(s) failed; their pictures can't be found.",
                "scene-sense asset failed says why; scene-sense asset retry tries them again.",
            )
        )
    if facts.expired:
        found.append(
            warning(
                "work.lost",
                f"{facts.expired} job(s) are held by a worker that has fallen silent.",
                "The next sweep gives them to another one: scene-sense sweep",
            )
        )
    found.append(_waiting(facts))
    return found


def _waiting(facts: WorkFacts) -> Finding:
    text = f"{facts.waiting} job(s) wait, {facts.running} are being done, {facts.failed} failed."
    if facts.waiting_since is None or facts.now - facts.waiting_since < IDLE:
        return ok("work", text)
    if facts.last_change is not None and facts.now - facts.last_change < IDLE:
        return ok("work", text)
    idle = duration_text((facts.now - facts.waiting_since).total_seconds())
    return warning(
        "work",
        f"{text} The oldest has been due for {idle}, and none was begun lately.",
        "Look whether the worker runs (systemctl status scene-sense-worker.service, or the terminal of `up`); then: "
        "scene-sense sweep",
    )


async def _purge(database: Database) -> list[Finding]:
    hold = await purge_holds.find_open(database)
    if hold is None:
        return []
    since = f"{hold.held_at:%Y-%m-%d %H:%M} UTC"
    return [
        warning(
            "work.purge",
            f"Since {since} nothing is purged: {hold.due} of {hold.library} pictures fell due at once.",
            "scene-sense purge --dry-run lists them. If it is meant: scene-sense purge --release. If not, their"
            " people can still restore them.",
        )
    ]


async def _sweep(database: Database, now: datetime) -> Finding:
    seen = await sightings.last(database, Sighting.CLOCK)
    if seen is None:
        return skipped("work.sweep", "No sweep has run yet.")
    ago = duration_text((now - seen).total_seconds())
    if now - seen < UNSWEPT:
        return ok("work.sweep", f"The last sweep or purge was {ago} ago.")
    return warning(
        "work.sweep",
        f"The last sweep or purge was {ago} ago; lost work is not found, and nothing expires for good.",
        "systemctl start scene-sense-sweep.timer, or let `scene-sense up` run",
    )
