"""What the rule of an album may say.

All conditions must hold, and none says "not": what is shown to others by a rule must not become more because a
folder, a tag or an album that it excluded goes away or is called something else. Folders are kept by their ids, so
that a renamed one stays the one that was meant; a tag that is renamed, and what is merged, it follows
(:mod:`appliance.library.following`).
"""

from collections.abc import Iterable

from appliance.db import albums, folders
from appliance.db.engine import Database
from appliance.errors import NotFound, UsageError
from appliance.records.accounts import Viewer
from appliance.records.albums import MAX_RULE_PARTS
from appliance.records.search import And, Filter, InAlbum, InFolder, InFolderId, Leaf, Not, Or


async def checked_rule(db: Database, viewer: Viewer, where: Filter) -> Filter:
    """The rule in the form in which it is kept.

    Raises:
        UsageError: it says nothing, or too much, or what no rule can say.
        NotFound: it names a folder or an album that is not one of the viewer's own, or one with a rule itself.
    """
    parts = tuple(_flat(where))
    if not parts:
        raise UsageError(
            "A rule says at least one thing; with none of them everything would be in the album."
        )
    if len(parts) > MAX_RULE_PARTS:
        raise UsageError(f"A rule has at most {MAX_RULE_PARTS} conditions.")
    if sum(isinstance(part, InFolder | InFolderId) for part in parts) > 1:
        raise UsageError("Give either `folder` or `folder_id`.")
    return And(tuple([await _checked(db, viewer, part) for part in parts]))


def _flat(where: Filter) -> Iterable[Leaf]:
    match where:
        case And(of=parts):
            for part in parts:
                yield from _flat(part)
        case Or() | Not():
            raise UsageError("A rule is of conditions that must all hold.")
        case _:
            yield where


async def _checked(db: Database, viewer: Viewer, part: Leaf) -> Leaf:
    match part:
        case InFolder(path=path):
            found = await folders.find_by_path(db, viewer.user_id, path)
            if found is None:
                raise NotFound(f"You have no folder {path}.")
            return InFolderId(found)
        case InFolderId(id=folder_id):
            place = await folders.find_place(db, folder_id)
            if place is None or place.owner != viewer.user_id:
                raise NotFound("A rule is about folders of your own, and there is no such one.")
        case InAlbum(id=album_id):
            album = await albums.find_place(db, album_id)
            if album is None or album.owner != viewer.user_id or album.by_rule:
                raise NotFound("A rule is about albums of your own without a rule, and there is no such one.")
        case _:
            pass
    return part
