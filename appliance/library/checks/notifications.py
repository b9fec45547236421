"""Notifications of the database: whether they arrive, or something between keeps them."""

from appliance.db.listening import is_heard
from appliance.library.checks.common import Subject, ok, warning
from appliance.library.checks.database import find_url
from appliance.records.doctor import Finding

#: How long one that is sent may take to come back, seconds.
PATIENCE_SECONDS = 2.0


async def look(subject: Subject) -> tuple[Finding, ...]:
    """Whether changes of rights are heard of at once; nothing where the database can't be asked."""
    url, _ = await find_url(subject)
    if url is None or subject.database is None:
        return ()
    if await is_heard(url, seconds=PATIENCE_SECONDS):
        return (ok("database.notifications", "What the database notifies arrives."),)
    return (
        warning(
            "database.notifications",
            "What the database notifies does not arrive: a pooler between keeps it. So who may see what is looked up "
            "each time, which makes thumbnails slow.",
            "Let DATABASE_URL lead to PostgreSQL itself, or to a pooler that pools sessions (pgbouncer: "
            "pool_mode = session).",
        ),
    )
