"""Makes one folder of two: contents and subfolders join, and so on down where names are the same.

It goes by the steps of :mod:`appliance.library.folders`, as somebody's right to add may end by it.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from appliance.db import folder_merge as rows
from appliance.db import folders
from appliance.db.engine import Database
from appliance.db.guests import list_guests, send_home
from appliance.errors import Conflict, UsageError
from appliance.library.folders import get_folder, get_own_folder
from appliance.library.following import follow_folders
from appliance.records.accounts import Viewer
from appliance.records.sharing import MAX_LEVELS, FolderSummary, Place


@dataclass(frozen=True, slots=True)
class _Joined:
    """What becomes of the folders below the one that goes."""

    moved: tuple[Place, ...]
    #: Folders that go, and those that get what is in them.
    into: dict[UUID, UUID]


async def merge_folder(db: Database, viewer: Viewer, folder_id: UUID, into: UUID) -> FolderSummary:
    """The folder that another one became part of; the other's shares and defaults are gone with it.

    Raises:
        NotFound: there is none by one of the ids, or it is somebody else's and not shared.
        Forbidden: one of them is shared with the viewer; only its owner may change it.
        Conflict: the one that is to stay lies below the other.
        UsageError: both are the same, or something would lie too deep.
    """
    if folder_id == into:
        raise UsageError("A folder can't be merged into itself.")
    async with db.transaction():
        await folders.lock_trees(db, viewer.user_id)
        place = await get_own_folder(db, viewer, folder_id)
        target = await get_own_folder(db, viewer, into)
        if f"{target.path}/".startswith(f"{place.path}/"):
            raise Conflict("A folder can't be merged into one that lies below it.")
        if len(target.path.split("/")) + await folders.deepest_below(db, place) > MAX_LEVELS:
            raise UsageError(f"A folder is at most {MAX_LEVELS} levels deep.")
        below = await rows.list_places_below(db, place)
        joined = _join(place, target, below, await rows.list_places_below(db, target))
        guests = await list_guests(db, [place.id, *(each.id for each in below)])
        await rows.move_contents(db, joined.into)
        await rows.put_places(db, joined.moved, instead_of=list(joined.into))
        await send_home(db, guests, also_let_in=False)
        await follow_folders(db, viewer.user_id, joined.into)
    return await get_folder(db, viewer, into)


def _join(place: Place, target: Place, below: tuple[Place, ...], there: tuple[Place, ...]) -> _Joined:
    going = {place.id, *(each.id for each in below)}
    at = {each.path: each.id for each in there if each.id not in going}
    now = {place.id: target}
    into = {place.id: target.id}
    moved: list[Place] = []
    for each in below:
        above = now[each.parent] if each.parent else target
        put = replace(each, parent=above.id, path=f"{above.path}/{each.name}")
        known = at.get(put.path)
        if known is None:
            moved.append(put)
        else:
            into[each.id] = known
            put = replace(put, id=known)
        now[each.id] = put
    return _Joined(tuple(moved), into)
