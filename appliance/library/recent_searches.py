"""What a person looked for lately: kept for them alone, as long as they want it."""

from datetime import timedelta

from appliance import clock
from appliance.db import recents as rows
from appliance.db.engine import Database
from appliance.records.accounts import Viewer
from appliance.records.helps import RecentSearch

#: A longer text is not remembered.
MAX_TEXT = 1000

#: Who writes on within this goes on with the same search.
TYPING = timedelta(seconds=60)


async def list_recent(db: Database, viewer: Viewer) -> tuple[bool, tuple[RecentSearch, ...]]:
    """Whether the viewer's searches are remembered, and those that are, the latest first."""
    return await rows.keeps_recent(db, viewer.user_id), await rows.list_recent(db, viewer.user_id)


async def remember(db: Database, viewer: Viewer, text: str) -> None:
    """Remember what the viewer looked for, if they want that."""
    clean = " ".join(text.split())
    if clean and len(clean) <= MAX_TEXT and "\0" not in clean:
        await rows.put_recent(db, viewer.user_id, clean, now=clock.now(), typing=TYPING)


async def forget(db: Database, viewer: Viewer, text: str | None) -> None:
    """Forget this search, or None: all of them."""
    await rows.delete_recent(db, viewer.user_id, text)


async def switch(db: Database, viewer: Viewer, *, keeps: bool) -> None:
    """Remember the viewer's searches from now on; or do so no longer, and forget all that there are."""
    await rows.set_keeps_recent(db, viewer.user_id, keeps)
    if not keeps:
        await rows.delete_recent(db, viewer.user_id, None)
