"""A person's tree of folders, and whom they let into it.

Whatever may end somebody's right to add to a folder is done in these steps, in one transaction:

1. lock the trees;
2. note whose assets lie in the folders that are concerned, and where their owners see them;
3. make the change;
4. send home what lies where its owner may not add any more.
"""

from collections.abc import Sequence
from uuid import UUID

from appliance.db import folders, shares
from appliance.db.engine import Database
from appliance.db.folder_defaults import own_defaults, set_defaults
from appliance.db.guests import list_guests, send_home
from appliance.errors import Conflict, Forbidden, NotFound, UsageError
from appliance.library.naming import folder_name, folder_path, tag_names
from appliance.library.sharing import check_subject, delete_share, put_share
from appliance.library.ttl import parse_ttl
from appliance.records.accounts import Viewer
from appliance.records.organise import UNSET, Unset
from appliance.records.sharing import MAX_LEVELS, FolderSummary, Place, Share, Shared, SharedMay

_NOT_THERE = "There is no such folder, or it is not shared with you."


async def get_folder(db: Database, viewer: Viewer, folder_id: UUID) -> FolderSummary:
    """A folder that the viewer may see.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared.
    """
    found = await folders.find_folder(db, viewer, folder_id)
    if found is None:
        raise NotFound(_NOT_THERE)
    return found


async def get_own_folder(db: Database, viewer: Viewer, folder_id: UUID) -> Place:
    """Where a folder of the viewer's own lies.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared.
        Forbidden: it is shared with the viewer; only its owner may change it.
    """
    place = await folders.find_place(db, folder_id)
    if place is None:
        raise NotFound(_NOT_THERE)
    if place.owner != viewer.user_id:
        await get_folder(db, viewer, folder_id)
        raise Forbidden("This folder is somebody else's; only its owner may change it.")
    return place


async def check_may_add(db: Database, viewer: Viewer, folder_id: UUID) -> None:
    """Nothing, where the viewer may put assets in this folder.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared.
        Forbidden: it is shared with the viewer to look at only.
    """
    if not await folders.may_add(db, viewer.user_id, folder_id):
        await get_folder(db, viewer, folder_id)
        raise Forbidden("This folder is shared with you to look at, not to add to.")


async def create_folder(db: Database, viewer: Viewer, path: str) -> FolderSummary:
    """A new folder of the viewer's, made with those above it that are missing.

    Raises:
        UsageError: the path can't be used.
        Conflict: there is one already.
    """
    clean = folder_path(path)
    if clean is None:
        raise UsageError("A folder has a name.")
    async with db.transaction():
        await folders.lock_tree(db, viewer.user_id)
        if await folders.find_by_path(db, viewer.user_id, clean):
            raise Conflict(f"You have a folder {clean} already.")
        made = await folders.ensure_folder(db, viewer.user_id, clean)
    return await get_folder(db, viewer, made)


async def move_folder(
    db: Database,
    viewer: Viewer,
    folder_id: UUID,
    *,
    name: str | Unset = UNSET,
    parent: UUID | Unset | None = UNSET,
) -> FolderSummary:
    """The folder under another name, or in another folder of the viewer's (None: at the top), with all below it.

    Raises:
        UsageError: the name can't be used, or it would lie too deep, or what is below it would.
        NotFound: there is none by this id, or the parent is none, or either is somebody else's and not shared.
        Forbidden: one of them is shared with the viewer; only its owner may change it.
        Conflict: another folder is there already, or the parent lies below the folder itself.
    """
    async with db.transaction():
        await _move(db, viewer, folder_id, name=name, parent=parent)
    return await get_folder(db, viewer, folder_id)


async def _move(
    db: Database, viewer: Viewer, folder_id: UUID, *, name: str | Unset, parent: UUID | Unset | None
) -> None:
    await folders.lock_trees(db, viewer.user_id)
    place = await get_own_folder(db, viewer, folder_id)
    wanted = place.name if isinstance(name, Unset) else folder_name(name)
    parent_id = place.parent if isinstance(parent, Unset) else parent
    above = await get_own_folder(db, viewer, parent_id) if parent_id else None
    path = f"{above.path}/{wanted}" if above else wanted
    if path != place.path:
        await _check_move(db, place, above, path)
        below = await folders.list_below(db, place)
        guests = await list_guests(db, below)
        await folders.put_folder(db, place, parent=parent_id, name=wanted, path=path)
        await send_home(db, guests, also_let_in=False)


async def change_folder(
    db: Database,
    viewer: Viewer,
    folder_id: UUID,
    *,
    name: str | Unset = UNSET,
    parent: UUID | Unset | None = UNSET,
    default_ttl: str | int | Unset | None = UNSET,
    default_tags: Sequence[str] | Unset = UNSET,
) -> FolderSummary:
    """The folder, moved as by :func:`move_folder`, with what uploads into it and below it get that don't say it.

    Raises:
        UsageError: also where the time to live or a tag can't be used.
        NotFound, Forbidden, Conflict: as for a move.
    """
    ttl = parse_ttl(default_ttl) if isinstance(default_ttl, str | int) else None
    async with db.transaction():
        await _move(db, viewer, folder_id, name=name, parent=parent)
        before = await own_defaults(db, folder_id)
        ttl_seconds = round(ttl.total_seconds()) if ttl else None
        await set_defaults(
            db,
            folder_id,
            ttl_seconds=before.ttl_seconds if isinstance(default_ttl, Unset) else ttl_seconds,
            tags=before.tags if isinstance(default_tags, Unset) else tag_names(default_tags),
        )
    return await get_folder(db, viewer, folder_id)


async def _check_move(db: Database, place: Place, above: Place | None, path: str) -> None:
    if above is not None and f"{above.path}/".startswith(f"{place.path}/"):
        raise Conflict("A folder can't be moved into itself.")
    if await folders.find_by_path(db, place.owner, path):
        raise Conflict(f"You have a folder {path} already.")
    if len(path.split("/")) + await folders.deepest_below(db, place) > MAX_LEVELS:
        raise UsageError(f"A folder is at most {MAX_LEVELS} levels deep.")


async def delete_folder(db: Database, viewer: Viewer, folder_id: UUID) -> None:
    """The folder and all below it go; the viewer's assets in them move up, those of others to their own folders.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared.
        Forbidden: it is shared with the viewer; only its owner may delete it.
    """
    async with db.transaction():
        await folders.lock_trees(db, viewer.user_id)
        place = await get_own_folder(db, viewer, folder_id)
        below = await folders.list_below(db, place)
        await send_home(db, await list_guests(db, below), also_let_in=True)
        await folders.delete_folders(db, below, into=place.parent)


async def list_shares(db: Database, viewer: Viewer, folder_id: UUID) -> tuple[Share, ...]:
    """With whom the viewer shares this folder itself.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared.
        Forbidden: it is shared with the viewer; only its owner sees with whom else.
    """
    await get_own_folder(db, viewer, folder_id)
    return await shares.list_shares(db, Shared("folder", folder_id))


async def share_folder(
    db: Database, viewer: Viewer, folder_id: UUID, *, subject: UUID | None, may: SharedMay
) -> tuple[Share, bool]:
    """The share of this folder with somebody (None: everybody), and whether it is new.

    One that was there lets them do ``may`` from now on.

    Raises:
        UsageError: with the viewer themselves.
        NotFound: there is no such folder or no such person.
        Forbidden: the folder is shared with the viewer; only its owner may share it.
    """
    shared = Shared("folder", folder_id)
    check_subject(viewer, shared, subject)
    async with db.transaction():
        await folders.lock_trees(db, viewer.user_id)
        place = await get_own_folder(db, viewer, folder_id)
        guests = await list_guests(db, await folders.list_below(db, place))
        put = await put_share(db, viewer, shared, subject=subject, may=may)
        await send_home(db, guests, also_let_in=False)
    return put


async def end_share(db: Database, viewer: Viewer, folder_id: UUID, share_id: UUID) -> None:
    """The share ends, at once; what its guests added goes to their own folders unless another lets them in.

    Raises:
        NotFound: there is no such folder or no such share of it.
        Forbidden: the folder is shared with the viewer; only its owner may end it.
    """
    async with db.transaction():
        await folders.lock_trees(db, viewer.user_id)
        place = await get_own_folder(db, viewer, folder_id)
        guests = await list_guests(db, await folders.list_below(db, place))
        await delete_share(db, Shared("folder", folder_id), share_id)
        await send_home(db, guests, also_let_in=False)
