"""The searches that a person keeps; nobody else sees them."""

from uuid import UUID

from appliance.db import saved as rows
from appliance.db.engine import Database
from appliance.db.kept_filters import lock_kept
from appliance.errors import Conflict, NotFound, UsageError
from appliance.library.naming import title
from appliance.records.accounts import Viewer
from appliance.records.albums import MAX_SAVED_SEARCHES, SavedSearch
from appliance.records.organise import Unset
from appliance.records.search import And, Filter

_NOT_THERE = "You keep no such search."


async def list_saved(db: Database, viewer: Viewer) -> tuple[SavedSearch, ...]:
    """The viewer's kept searches, the latest first."""
    return await rows.list_saved(db, viewer)


async def save(db: Database, viewer: Viewer, *, name: str, where: Filter, text: str | None) -> SavedSearch:
    """A kept search.

    Raises:
        UsageError: the name can't be used, or the search says nothing.
        Conflict: the viewer keeps as many as one may keep.
    """
    clean, words = title(name, "A search's name"), _words(text)
    _check_says_something(where, words)
    async with db.transaction():
        await lock_kept(db, viewer.user_id)
        if await rows.count_saved(db, viewer) >= MAX_SAVED_SEARCHES:
            raise Conflict(f"You keep {MAX_SAVED_SEARCHES} searches, and that is as many as one may keep.")
        return await rows.insert_saved(db, viewer, name=clean, where=where, text=words)


async def edit(
    db: Database,
    viewer: Viewer,
    search_id: UUID,
    *,
    name: str | Unset,
    where: Filter | Unset,
    text: str | Unset | None,
) -> SavedSearch:
    """The search with these changes.

    Raises:
        UsageError: the name can't be used, or the search says nothing any more.
        NotFound: the viewer keeps none by this id.
    """
    async with db.transaction():
        await lock_kept(db, viewer.user_id)
        before = await rows.find_saved(db, viewer, search_id)
        if before is None:
            raise NotFound(_NOT_THERE)
        clean = before.name if isinstance(name, Unset) else title(name, "A search's name")
        wanted = before.where if isinstance(where, Unset) else where
        words = before.text if isinstance(text, Unset) else _words(text)
        _check_says_something(wanted, words)
        await rows.change_saved(db, search_id, name=clean, where=wanted, text=words)
        after = await rows.find_saved(db, viewer, search_id)
    if after is None:
        raise NotFound(_NOT_THERE)
    return after


async def delete(db: Database, viewer: Viewer, search_id: UUID) -> None:
    """The search is kept no longer.

    Raises:
        NotFound: the viewer keeps none by this id.
    """
    if not await rows.delete_saved(db, viewer, search_id):
        raise NotFound(_NOT_THERE)


def _words(text: str | None) -> str | None:
    return (text or "").strip() or None


def _check_says_something(where: Filter, words: str | None) -> None:
    if words is None and where == And(()):
        raise UsageError("A search has words, or something that it is narrowed to.")
