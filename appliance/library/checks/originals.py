"""The originals: whether some are known to be missing, damaged or unreadable."""

from appliance.db.condition import count_bad_originals
from appliance.library.checks.common import Subject, failure, ok, skipped
from appliance.records.doctor import Finding


async def look(subject: Subject) -> tuple[Finding, ...]:
    """What the runs of `scrub` have found; nothing is read again here."""
    if subject.tables is None or subject.schema is None or subject.schema.pending:
        return (skipped("originals", "Only a database with this release's schema can tell."),)
    bad = await count_bad_originals(subject.tables)
    if not bad:
        return (ok("originals", "None is known to be bad."),)
    text = f"{bad} original(s) are missing, damaged or unreadable."
    return (failure("originals", text, "scene-sense scrub --report says which, and what to do with each."),)
