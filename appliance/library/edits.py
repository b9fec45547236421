"""Changes many assets as one edit, which can be taken back.

1. The edit and its items are written down in one transaction, and only if the library is what the person saw.
2. Steps of some hundred items follow, each in a transaction of its own: here when they are few, else in a worker,
   which is woken. A step that is cut off is as if it had not begun, and ``sweep`` wakes again.
3. An undo goes the same way back, and keeps what was changed by somebody since.

Edits are forgotten, and can't be taken back any more, :data:`REMEMBERED` after they are over.
"""

import logging
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from appliance import clock
from appliance.db import accounts, albums, edit_steps, edits
from appliance.db.album_assets import count_in
from appliance.db.changes import revision
from appliance.db.edit_albums import drop_lost_cover
from appliance.db.engine import Database
from appliance.db.folders import ensure_folder, hold_to_add, may_add
from appliance.db.tags import ensure_tags, hold_words
from appliance.errors import (
    Conflict,
    Forbidden,
    LibraryChanged,
    NotFound,
    SceneSenseError,
    TooManyEdits,
    UsageError,
)
from appliance.jobs import Actor, Queue
from appliance.library.albums import get_open_album
from appliance.library.clock_check import check_not_behind
from appliance.library.edit_changes import (
    albums_of,
    from_kept,
    lengthens_lives,
    shortens_lives,
    to_kept,
    touches_tags,
    words_of,
)
from appliance.library.folders import check_may_add
from appliance.records.accounts import Role, Viewer
from appliance.records.albums import MAX_ALBUM_ASSETS
from appliance.records.edits import Act, Chosen, Edit, EditChanges, EditState
from appliance.records.organise import UNSET

#: Most assets that can be named; what is more is said by a filter.
MAX_IDS = 10_000

#: Most assets of an edit that is done before it is answered.
AT_ONCE = 500

#: Items of one transaction: some ten milliseconds of work, so that searches go on beside it.
STEP = 500

#: Edits of one person that may be going on at a time.
MAX_OPEN = 5

REMEMBERED = timedelta(days=30)

#: Tries of a step that fails for a reason that nobody foresaw, and the seconds between two of them.
TRIES = 3
PAUSE_SECONDS = 60.0

log = logging.getLogger(__name__)

_FAILED = f"It failed {TRIES} times; why, the server's log has. What was done stays, and can be taken back."

_NOT_THERE = "You have no such edit, or it is forgotten by now."


async def begin_edit(
    db: Database,
    queue: Queue,
    viewer: Viewer,
    changes: EditChanges,
    which: tuple[UUID, ...] | Chosen,
    *,
    trash_days: float,
) -> Edit:
    """The edit of these assets: over when they were few and nothing failed, else going on in a worker.

    Raises:
        UsageError: too many ids.
        NotFound: one of the ids is none that the viewer sees, or there is no such folder.
        Forbidden: one of the ids is of somebody else's asset, or the folder is not for adding to.
        LibraryChanged: it is no longer what the viewer saw; nothing was done.
        TooManyEdits: too many of theirs are going on.
        ClockDoubtful: something would leave by it, and the clock is not to be believed.
    """
    if shortens_lives(changes):
        await check_not_behind(db)
    async with db.transaction():
        await edits.lock_edits(db, viewer.user_id)
        if await edits.count_open(db, viewer.user_id) >= MAX_OPEN:
            raise TooManyEdits
        edit_id = await edits.insert_edit(db, viewer.user_id)
        total, skipped = await _write_items(db, viewer, edit_id, which, trash=changes.act is Act.RESTORE)
        await _check_albums(db, viewer, changes)
        kept = to_kept(await _with_folder(db, viewer, changes))
        await hold_words(db, viewer.user_id)
        made = await ensure_tags(db, viewer.user_id, words_of(changes))
        await edits.describe(db, edit_id, kept, made_tags=made, total=total, skipped=skipped)
    return await _go_on(db, queue, viewer.user_id, edit_id, items=total - skipped, trash_days=trash_days)


async def _write_items(
    db: Database, viewer: Viewer, edit_id: UUID, which: tuple[UUID, ...] | Chosen, *, trash: bool
) -> tuple[int, int]:
    """How many assets there are, and how many of them are nothing to this edit."""
    if isinstance(which, Chosen):
        await _check_unchanged(db, viewer, which)
        own, others = await edits.insert_found(db, viewer, edit_id, which.where, trash=trash)
        # Again: something may have been changed between the one statement and the other.
        await _check_unchanged(db, viewer, which)
        return own + others, others
    ids = tuple(dict.fromkeys(which))
    if len(ids) > MAX_IDS:
        raise UsageError(f"At most {MAX_IDS:,} assets can be named; say which by `filter`.")
    wrong = await edits.sort_ids(db, viewer, ids)
    if wrong.missing:
        raise NotFound(f"There is no {wrong.missing[0]} here, or it is not yours; nothing was changed.")
    if wrong.foreign:
        raise Forbidden(f"{wrong.foreign[0]} is somebody else's; nothing was changed.")
    return await edits.insert_ids(db, viewer, edit_id, ids), 0


async def _check_unchanged(db: Database, viewer: Viewer, which: Chosen) -> None:
    if await revision(db, viewer) != which.revision:
        raise LibraryChanged


async def _with_folder(db: Database, viewer: Viewer, changes: EditChanges) -> EditChanges:
    """The changes with the folder by its id, which is there and may be added to."""
    folder, folder_id = changes.set.folder, changes.set.folder_id
    if isinstance(folder, str):
        folder_id = await ensure_folder(db, viewer.user_id, folder)
    elif folder is None:
        folder_id = None
    elif isinstance(folder_id, UUID) and not await hold_to_add(db, viewer.user_id, folder_id):
        await check_may_add(db, viewer, folder_id)
    return replace(changes, set=replace(changes.set, folder=UNSET, folder_id=folder_id))


async def _check_albums(db: Database, viewer: Viewer, changes: EditChanges) -> None:
    for album in albums_of(changes):
        if (await get_open_album(db, viewer, album)).by_rule:
            raise Conflict("A rule says what is in this album.")
    into = changes.add_to_album
    if into is not None and not await albums.may_add(db, viewer.user_id, into):
        raise Forbidden("This album is shared with you to look at, not to add to.")


async def get_edit(db: Database, viewer: Viewer, edit_id: UUID) -> Edit:
    """An edit of the viewer's.

    Raises:
        NotFound: they have none by this id.
    """
    found = await edits.find_edit(db, viewer.user_id, edit_id)
    if found is None:
        raise NotFound(_NOT_THERE)
    return found


async def undo_edit(db: Database, queue: Queue, viewer: Viewer, edit_id: UUID, *, trash_days: float) -> Edit:
    """The edit, taken back if it was small, else on its way back. One that is still going on stops for it.

    Raises:
        NotFound: the viewer has none by this id.
        Conflict: it was taken back already.
        ClockDoubtful: something would leave by it, and the clock is not to be believed.
    """
    async with db.transaction():
        found = await edits.find_edit(db, viewer.user_id, edit_id, lock=True)
        if found is None or (found.finished_at and found.finished_at < clock.now() - REMEMBERED):
            raise NotFound(_NOT_THERE)
        if found.state in {EditState.UNDOING, EditState.UNDONE}:
            raise Conflict("It was taken back already.")
        if lengthens_lives(from_kept(found.changes)):
            await check_not_behind(db)
        await edits.begin_undo(db, edit_id)
    return await _go_on(db, queue, viewer.user_id, edit_id, items=found.done, trash_days=trash_days)


async def _go_on(
    db: Database, queue: Queue, owner: UUID, edit_id: UUID, *, items: int, trash_days: float
) -> Edit:
    if items > AT_ONCE:
        await edits.analyze_items(db)
        await queue.try_wake(Actor.EDIT)
    else:
        while await step(db, edit_id, trash_days=trash_days):
            pass
    found = await edits.find_edit(db, owner, edit_id)
    if found is None:
        raise NotFound(_NOT_THERE)
    return found


async def step(db: Database, edit_id: UUID | None = None, *, trash_days: float) -> bool:
    """Whether there was something to do: some items of this edit, or of the oldest that nobody is at.

    What fails for any other reason than these waits for a while, so that others go on, and after :data:`TRIES` it is
    over.

    Raises:
        ClockDoubtful: something would leave by it, and the clock is not to be believed; nothing was done.
        Unavailable: the database is away, or somebody stood in the way; it may be tried again.
    """
    edit = None
    try:
        async with db.transaction():
            edit = await edits.claim(db, edit_id)
            if edit is None:
                return False
            if edit.state is EditState.RUNNING:
                await _step_on(db, edit, trash_days)
            else:
                await _step_back(db, edit)
    except SceneSenseError:
        raise
    except Exception:
        if edit is None:
            raise
        log.exception("a step of the edit %s failed", edit.id)
        await edits.put_off(db, edit.id, seconds=PAUSE_SECONDS, most=TRIES, code="edit_failed", text=_FAILED)
    return True


async def _step_on(db: Database, edit: Edit, trash_days: float) -> None:
    changes = from_kept(edit.changes)
    if shortens_lives(changes):
        await check_not_behind(db)
    items = await edit_steps.next_items(db, edit.id, "waiting", STEP)
    folder = changes.set.folder_id if isinstance(changes.set.folder_id, UUID) else None
    await edit_steps.hold_places(db, edit.owner, edit.id, items, folder_id=folder)
    await albums.lock_albums(db, albums_of(changes))
    why = await _obstacle(db, edit.owner, changes, folder, items=len(items))
    if why is not None:
        await edits.finish(db, edit.id, EditState.FAILED, code=why.code, text=why.message)
        return
    if touches_tags(changes):
        await hold_words(db, edit.owner)
        await ensure_tags(db, edit.owner, words_of(changes))
    done = await edit_steps.change_items(db, edit.owner, edit.id, items, changes, trash_days=trash_days)
    await _follow_albums(db, changes)
    await edits.count_progress(db, edit.id, done=done, skipped=len(items) - done)
    if len(items) < STEP:
        await edits.finish(db, edit.id, EditState.DONE)


async def _obstacle(
    db: Database, owner: UUID, changes: EditChanges, folder: UUID | None, *, items: int
) -> SceneSenseError | None:
    """Why an edit can't go on, where what it fills is gone, closed or full, or who asked for it may no more."""
    person = await accounts.find(db, owner)
    if person is None or person.disabled_at is not None or person.role is Role.VIEWER:
        return Forbidden("Who asked for this may not change pictures any more.")
    if folder is not None and not await may_add(db, owner, folder):
        return NotFound("The folder is gone, or closed to its guests.")
    album = changes.add_to_album
    if album is not None and not await albums.may_add(db, owner, album):
        return NotFound("The album is gone, or closed to its guests.")
    if album is not None and await count_in(db, album) + items > MAX_ALBUM_ASSETS:
        return Conflict(f"An album has at most {MAX_ALBUM_ASSETS} pictures.")
    return None


async def _follow_albums(db: Database, changes: EditChanges) -> None:
    for album in albums_of(changes):
        await albums.touch_album(db, album)
    if changes.remove_from_album is not None:
        await drop_lost_cover(db, changes.remove_from_album)


async def _step_back(db: Database, edit: Edit) -> None:
    changes = from_kept(edit.changes)
    if lengthens_lives(changes):
        await check_not_behind(db)
    items = await edit_steps.next_items(db, edit.id, "done", STEP)
    await edit_steps.hold_places(db, edit.owner, edit.id, items, folder_id=None)
    await albums.lock_albums(db, albums_of(changes))
    if touches_tags(changes):
        await hold_words(db, edit.owner)
    undone = await edit_steps.restore_items(db, edit.owner, edit.id, items, changes)
    await _follow_albums(db, changes)
    await edits.count_progress(db, edit.id, undone=undone, kept=len(items) - undone)
    if len(items) < STEP:
        await edits.drop_made_tags(db, edit.made_tags)
        await edits.finish(db, edit.id, EditState.UNDONE)
