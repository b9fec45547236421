"""What a person sees and says of groups of alike pictures. Nothing is ever trashed but by their word."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any
from uuid import UUID

from appliance.db import albums, groups
from appliance.db import group_work as work
from appliance.db.album_assets import count_in
from appliance.db.engine import Database
from appliance.errors import Conflict, Forbidden, NotFound, UsageError
from appliance.jobs import Queue
from appliance.library.edits import AT_ONCE, begin_edit, undo_edit
from appliance.library.grouping import regroup
from appliance.library.linking import couple
from appliance.records.accounts import Viewer
from appliance.records.albums import MAX_ALBUM_ASSETS
from appliance.records.assets import Asset
from appliance.records.edits import Act, Edit, EditChanges
from appliance.records.groups import Best, FoundGroup, GroupKind, GroupPage, Kept, Reason
from appliance.records.organise import UNSET, Changes, ListKey

#: Of more than so many it can't be said at once that no two belong together.
MAX_APART = 200

#: Formats that cameras write; what is sent on is mostly made a JPEG or WebP.
_OF_CAMERAS = frozenset({"image/heic", "image/heif", "image/tiff"})

#: Fewer pixels than this part of the most are fewer; a cut of a few rows is not.
_AS_MANY = 0.98

_NOT_THERE = "There is no such group, or it is no longer one."


async def list_groups(
    db: Database, viewer: Viewer, *, kind: GroupKind, limit: int, after: ListKey | None = None
) -> GroupPage:
    """A page of a person's own groups, the one with the latest picture first."""
    found, total = await groups.list_groups(db, viewer, kind=kind, limit=limit + 1, after=after)
    shown = found[:limit]
    members = await groups.get_members(db, viewer, [each.id for each in shown], kind=kind)
    counts = await groups.count_albums(
        db, viewer, [asset.id for assets in members.values() for asset in assets]
    )
    return GroupPage(
        # A group that fell apart between the two is left out.
        groups=tuple(
            _group(each.id, kind, members[each.id], counts) for each in shown if len(members[each.id]) > 1
        ),
        total=total,
        next=ListKey(shown[-1].newest, shown[-1].id) if len(found) > limit else None,
    )


async def get_group(db: Database, viewer: Viewer, group_id: UUID) -> FoundGroup:
    """One group, of somebody else's the members that the viewer may see.

    Raises:
        NotFound: there is none by this id of which the viewer sees at least two.
    """
    kind = await groups.find_kind(db, group_id)
    if kind is None:
        raise NotFound(_NOT_THERE)
    members = (await groups.get_members(db, viewer, [group_id], kind=kind))[group_id]
    if len(members) < 2:
        raise NotFound(_NOT_THERE)
    counts = await groups.count_albums(db, viewer, [asset.id for asset in members])
    return _group(group_id, kind, members, counts)


def _group(
    group_id: UUID, kind: GroupKind, members: tuple[Asset, ...], album_counts: Mapping[UUID, int]
) -> FoundGroup:
    return FoundGroup(
        id=group_id,
        kind=kind,
        newest=max(asset.uploaded_at for asset in members),
        members=members,
        best=choose_best(kind, members, album_counts),
    )


def choose_best(kind: GroupKind, members: Sequence[Asset], album_counts: Mapping[UUID, int]) -> Best:
    """The one to keep. Of duplicates the one with most of the picture; of a burst first what people care for."""
    most = max(asset.facts.width * asset.facts.height for asset in members)
    quality: dict[Reason, Callable[[Asset], float]] = {
        Reason.MOST_PIXELS: lambda asset: asset.facts.width * asset.facts.height >= _AS_MANY * most,
        Reason.ORIGINAL_FORMAT: lambda asset: bool(asset.facts.camera) or asset.facts.mime in _OF_CAMERAS,
    }
    care: dict[Reason, Callable[[Asset], float]] = {
        Reason.FAVOURITE: lambda asset: asset.favourite,
        Reason.RATED: lambda asset: asset.rating or 0,
        Reason.IN_ALBUMS: lambda asset: album_counts.get(asset.id, 0),
        Reason.TAGGED: lambda asset: len(asset.tags),
    }
    oldest: dict[Reason, Callable[[Asset], float]] = {
        Reason.OLDEST: lambda asset: -asset.uploaded_at.timestamp()
    }
    ranks = quality | care | oldest if kind is GroupKind.DUPLICATE else care | quality | oldest
    best = max(members, key=lambda asset: (*(rank(asset) for rank in ranks.values()), asset.id))
    return Best(
        id=best.id,
        why=tuple(
            reason
            for reason, rank in ranks.items()
            if rank(best) == max(map(rank, members)) > min(map(rank, members))
        ),
    )


async def keep_apart(db: Database, viewer: Viewer, group_id: UUID, asset_ids: Sequence[UUID] | None) -> None:
    """Remember for good that these are like no other of the group, or without ids that no two of it are alike.

    Raises:
        NotFound: no such group, or an id that is not in it.
        Forbidden: the pictures are somebody else's.
        UsageError: there are too many.
    """
    await _own_group(db, viewer, group_id)
    async with db.transaction():
        await work.lock_groups(db)
        members = await groups.get_all_ids(db, viewer, group_id)
        chosen = members if asset_ids is None else frozenset(asset_ids)
        if not chosen <= members:
            raise NotFound("One of these is not in the group any more.")
        if len(members) > MAX_APART:
            raise UsageError(f"Of more than {MAX_APART} it can't be said at once.")
        held = await work.hold_assets(db, await work.get_reach(db, members))
        couples = [
            couple(one, other)
            for one, other in combinations(members & held.keys(), 2)
            if one in chosen or other in chosen
        ]
        await work.keep_apart(db, couples)
        await regroup(db, held.keys(), held=held)


async def keep_one(
    db: Database,
    queue: Queue,
    viewer: Viewer,
    group_id: UUID,
    *,
    keep: UUID,
    trash: Sequence[UUID],
    trash_days: float,
) -> Kept:
    """Trash some of a group, after what people said of them was carried over to the one that is kept.

    That is albums, tags, being a favourite, the best rating, the description where it has none, and the longest life.

    Raises:
        NotFound: no such group, or an id that is not in it.
        Forbidden: the pictures are somebody else's.
        UsageError: none or too many are to go, or the kept one itself.
        Conflict: it would have too many tags.
        TooManyEdits: too many of the person's edits are going on.
        ClockDoubtful: the clock is not to be believed.
    """
    group = await _own_group(db, viewer, group_id)
    going = tuple(dict.fromkeys(trash))
    if not 1 <= len(going) < AT_ONCE or keep in going:
        raise UsageError(f"Say which 1 to {AT_ONCE - 1} others are to go.")
    members = {asset.id: asset for asset in group.members}
    if not {keep, *going} <= members.keys():
        raise NotFound("One of these is not in the group any more.")
    changes = carried(members[keep], [members[each] for each in going])
    edits: list[Edit] = []
    left_out: list[UUID] = []

    async def edit(change: EditChanges, *ids: UUID) -> None:
        edits.append(await begin_edit(db, queue, viewer, change, ids, trash_days=trash_days))
        if edits[-1].done < len(ids):
            raise Conflict("What was said of the others can't all be carried over.")

    # All or nothing: what an edit does at once is in the transaction that is going on.
    async with db.transaction():
        if changes is not None:
            await edit(changes, keep)
        for album in await groups.get_albums_lacking(db, viewer, going, keep):
            if await _has_room(db, viewer, album):
                await edit(EditChanges(add_to_album=album), keep)
            else:
                left_out.append(album)
        await edit(EditChanges(act=Act.TRASH), *going)
    return Kept(kept=keep, trashed=going, edits=tuple(edits), left_out=tuple(left_out))


async def _has_room(db: Database, viewer: Viewer, album: UUID) -> bool:
    return await count_in(db, album) < MAX_ALBUM_ASSETS and await albums.may_add(db, viewer.user_id, album)


def carried(kept: Asset, going: Sequence[Asset]) -> EditChanges | None:
    """What the one that is kept lacks of what people said of the others; None if nothing."""
    told: dict[str, Any] = {}
    if not kept.favourite and any(asset.favourite for asset in going):
        told["favourite"] = True
    rating = max((asset.rating or 0 for asset in going), default=0)
    if rating > (kept.rating or 0):
        told["rating"] = rating
    if not kept.description:
        description = max((asset.description for asset in going), key=len)
        told |= {"description": description} if description else {}
    lives = [asset.expires_at for asset in going]
    if kept.expires_at is not None and (longest := _longest([kept.expires_at, *lives])) != kept.expires_at:
        told["expires_at"] = longest
    has = {tag.casefold() for tag in kept.tags}
    tags = {tag.casefold(): tag for asset in going for tag in asset.tags if tag.casefold() not in has}
    if not told and not tags:
        return None
    return EditChanges(
        set=Changes(**told) if told else Changes(expires_at=UNSET), add_tags=tuple(tags.values())
    )


def _longest(lives: Sequence[datetime | None]) -> datetime | None:
    ends = [each for each in lives if each is not None]
    return max(ends) if len(ends) == len(lives) else None


async def undo_keep(
    db: Database, queue: Queue, viewer: Viewer, edit_ids: Sequence[UUID], *, trash_days: float
) -> tuple[Edit, ...]:
    """The edits that keeping one made, in their order, all of them taken back.

    Raises:
        NotFound: one of them is not the viewer's, or forgotten by now; nothing was done.
        Conflict: one of them was taken back already; nothing was done.
        ClockDoubtful: the clock is not to be believed.
    """
    undone: list[Edit] = []
    async with db.transaction():
        for edit_id in reversed(dict.fromkeys(edit_ids)):
            undone.append(await undo_edit(db, queue, viewer, edit_id, trash_days=trash_days))
    return tuple(reversed(undone))


async def _own_group(db: Database, viewer: Viewer, group_id: UUID) -> FoundGroup:
    group = await get_group(db, viewer, group_id)
    if not all(asset.mine for asset in group.members):
        raise Forbidden("These pictures are somebody else's.")
    return group
