"""What a person says of suggested tags: yes puts the tag on as an edit, which can be undone; no is remembered."""

from collections.abc import Sequence
from uuid import UUID

from appliance.db.edits import sort_ids
from appliance.db.engine import Database
from appliance.db.tag_examples import drop_refused, put_refused
from appliance.db.tags import find_word
from appliance.errors import Forbidden, NotFound, UsageError
from appliance.jobs import Queue
from appliance.library.edits import begin_edit
from appliance.records.accounts import Viewer
from appliance.records.edits import Edit, EditChanges


async def judge(
    db: Database,
    queue: Queue,
    viewer: Viewer,
    tag_id: UUID,
    *,
    accepted: Sequence[UUID],
    refused: Sequence[UUID],
    trash_days: float,
) -> tuple[Edit | None, int]:
    """The edit that puts the tag on what was accepted, None for nothing; and how many were newly refused.

    Raises:
        NotFound: the viewer has no such tag, or one of the assets is none that they see; nothing was done.
        Forbidden: one of the assets is somebody else's; nothing was done.
        UsageError: an asset is in both lists.
        TooManyEdits: too many edits of theirs are going on.
    """
    word = await find_word(db, viewer, tag_id)
    if word is None:
        raise NotFound("You have no such tag.")
    if set(accepted) & set(refused):
        raise UsageError("A picture is either for a tag or not.")
    wrong = await sort_ids(db, viewer, (*accepted, *refused))
    if wrong.missing:
        raise NotFound(f"There is no {wrong.missing[0]} here, or it is not yours; nothing was changed.")
    if wrong.foreign:
        raise Forbidden(f"{wrong.foreign[0]} is somebody else's; nothing was changed.")
    edit = None
    if accepted:
        changes = EditChanges(add_tags=(word.name,))
        edit = await begin_edit(db, queue, viewer, changes, tuple(accepted), trash_days=trash_days)
        await drop_refused(db, viewer, tag_id, accepted)
    return edit, await put_refused(db, viewer, tag_id, refused) if refused else 0
