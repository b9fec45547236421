"""The audit log: one row per thing that somebody did or tried, only ever added to."""

from uuid import UUID

from appliance.db.engine import Database

#: Longest object or reason that is kept, characters; both can come from outside.
_LONGEST = 200


async def record(
    db: Database,
    *,
    action: str,
    actor: UUID | None = None,
    session: str = "",
    ip: str = "",
    object: str = "",  # the column's name
    outcome: str = "ok",
    reason: str = "",
) -> None:
    """Add one row. ``outcome`` is ``ok``, ``refused`` (``reason`` is the error's code) or ``error``."""
    await db.fetch(
        "INSERT INTO audit (actor, session, ip, action, object, outcome, reason) "
        "VALUES ({}, {}, {}, {}, {}, {}, {})",
        actor,
        session,
        ip,
        action,
        _plain(object),
        outcome,
        _plain(reason),
    )


def _plain(text: str) -> str:
    """The text without what could forge a line in a log."""
    return "".join(sign if sign.isprintable() else "�" for sign in text[:_LONGEST])
