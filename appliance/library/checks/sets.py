"""The sets of vectors: which one answers, how full the others are, and whether one is kept for nothing."""

from datetime import timedelta

from appliance.db.sets import get_status, switched_before
from appliance.library.checks.common import Subject, ok, skipped, warning
from appliance.records.doctor import Finding
from appliance.records.models import SetState, SetStatus

#: A set that nobody has gone back to for this long is only work.
SETTLED = timedelta(days=30)


async def look(subject: Subject) -> tuple[Finding, ...]:
    """How each set is."""
    if subject.tables is None:
        return (skipped("sets", "Only a database with this release's schema can tell."),)
    found = await get_status(subject.tables)
    if not found:
        return (skipped("sets", "The library has no vectors yet."),)
    settled = await switched_before(subject.tables, SETTLED)
    return tuple(_set(each, settled=settled) for each in found)


def _set(each: SetStatus, *, settled: bool) -> Finding:
    model = each.model
    text = f"{model.name}: {each.vectors} vectors for {each.assets} pictures"
    if each.active:
        return ok("sets", f"{text}; it answers searches.")
    name = f"sets.{model.name}"
    if model.state is SetState.FILLING and each.waiting and each.seconds_left is None:
        return warning(
            name,
            f"{text}; it is being filled, and nothing was done lately.",
            "Look whether the worker runs, and at its log; scene-sense model list shows how far it is.",
        )
    if model.state is SetState.READY and each.previous and settled:
        return warning(
            name,
            f"{text}; it has not answered for {SETTLED.days} days, and still every upload is encoded for it.",
            f"scene-sense model drop {model.name}, or scene-sense model pause {model.name}",
        )
    return ok(name, f"{text}; it is {model.state}.")
