"""What people do with their words: make, colour, rename, merge and delete tags. Pictures are never touched.

A ``/`` leads to a narrower word, and what is below a tag goes with it wherever it is renamed or merged. So do rules
of albums and saved searches that name it.
"""

from uuid import UUID

from appliance.db import tags
from appliance.db.engine import Database
from appliance.errors import Conflict, NotFound, UsageError
from appliance.library.following import follow_tag
from appliance.library.naming import tag_name
from appliance.records.accounts import Viewer
from appliance.records.organise import Unset
from appliance.records.tags import TagSummary, Word

_NOT_THERE = "You have no such tag."


async def get_tag(db: Database, viewer: Viewer, tag_id: UUID) -> TagSummary:
    """A tag of the viewer's own.

    Raises:
        NotFound: they have none by this id.
    """
    found = await tags.find_tag(db, viewer, tag_id)
    if found is None:
        raise NotFound(_NOT_THERE)
    return found


async def create_tag(db: Database, viewer: Viewer, name: str, *, color: int | None) -> TagSummary:
    """A new tag, on nothing yet.

    Raises:
        UsageError: the name can't be used.
        Conflict: the viewer has it already.
    """
    clean = tag_name(name)
    made = await tags.insert_tag(db, viewer.user_id, clean, color=color)
    if made is None:
        raise Conflict(f"You have a tag {clean} already.")
    return await get_tag(db, viewer, made)


async def change_tag(
    db: Database,
    viewer: Viewer,
    tag_id: UUID,
    *,
    name: str | Unset,
    color: int | Unset | None,
    merge: bool = False,
) -> TagSummary:
    """The tag under another name, with all below it, or in another colour.

    With ``merge`` it becomes part of a tag that has this name already, which is then what is given.

    Raises:
        NotFound: the viewer has no such tag.
        UsageError: the name can't be used, or what is below it would get one that can't.
        Conflict: they have a tag of this name, or what is below it would get the name of another; or it would lie
            below itself.
    """
    async with db.transaction():
        await tags.lock_words(db, viewer.user_id)
        word = await _get_word(db, viewer, tag_id)
        kept = word.id
        if not isinstance(name, Unset):
            kept = await _rename(db, viewer, word, tag_name(name), merge=merge)
        if not isinstance(color, Unset):
            await tags.set_color(db, kept, color)
    return await get_tag(db, viewer, kept)


async def merge_tag(db: Database, viewer: Viewer, tag_id: UUID, into: UUID) -> TagSummary:
    """The tag that another one became part of, with what is below it.

    Raises:
        NotFound: the viewer has no such tag, or not both.
        UsageError: both are the same, or a name would be too long or too deep.
        Conflict: the one lies above the other.
    """
    if tag_id == into:
        raise UsageError("A tag can't be merged into itself.")
    async with db.transaction():
        await tags.lock_words(db, viewer.user_id)
        word, target = await _get_word(db, viewer, tag_id), await _get_word(db, viewer, into)
        await _rename(db, viewer, word, target.name, merge=True)
    return await get_tag(db, viewer, into)


async def delete_tag(db: Database, viewer: Viewer, tag_id: UUID) -> None:
    """The word goes from everything that carries it; words below it stay, and so do the pictures.

    Raises:
        NotFound: the viewer has no such tag.
    """
    async with db.transaction():
        await tags.lock_words(db, viewer.user_id)
        word = await _get_word(db, viewer, tag_id)
        await tags.delete_tag(db, word.id)
        await tags.rename_in_defaults(db, viewer.user_id, word.name, None)


async def _get_word(db: Database, viewer: Viewer, tag_id: UUID) -> Word:
    word = await tags.find_word(db, viewer, tag_id)
    if word is None:
        raise NotFound(_NOT_THERE)
    return word


async def _rename(db: Database, viewer: Viewer, word: Word, name: str, *, merge: bool) -> UUID:
    """The id of the tag that has the name now."""
    if name == word.name:
        return word.id
    if name.lower().startswith(f"{word.name.lower()}/"):
        raise Conflict("A tag can't be moved below itself.")
    moved = await tags.list_renamed(db, viewer.user_id, word.name, name)
    for each in moved:
        tag_name(each.name)
    taken = [each for each in moved if each.taken_by is not None]
    if taken and not merge:
        raise Conflict(f"You have a tag {taken[0].name} already; `merge` makes one of both.")
    there = await tags.names_at(db, viewer.user_id, name, but=word.name)
    # Albums before tags, as whoever hands over a library locks them.
    await follow_tag(db, viewer.user_id, word.name, name, joined=there)
    await tags.rename_tags(db, moved)
    await tags.rename_in_defaults(db, viewer.user_id, word.name, name)
    return next(each.taken_by or each.id for each in moved if each.id == word.id)
