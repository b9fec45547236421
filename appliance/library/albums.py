"""A person's albums, and whom they let into them.

Whatever may end somebody's right to add to an album takes what they added out of it, in the same transaction, while
it holds the album. Nothing here touches an asset.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from appliance.db import album_assets, albums, shares
from appliance.db.album_guests import drop_guests
from appliance.db.engine import Database
from appliance.db.kept_filters import lock_kept
from appliance.errors import Conflict, Forbidden, NotFound, UsageError
from appliance.library.naming import title
from appliance.library.rules import checked_rule
from appliance.library.sharing import check_subject, delete_share, put_share
from appliance.records.accounts import Viewer
from appliance.records.albums import (
    MAX_ALBUM_ASSETS,
    MAX_ALBUMS,
    MAX_RULES,
    AlbumChanges,
    AlbumKey,
    AlbumPlace,
    AlbumSummary,
)
from appliance.records.assets import Asset
from appliance.records.organise import Unset
from appliance.records.search import Filter
from appliance.records.sharing import Share, Shared, SharedMay

_NOT_THERE = "There is no such album, or it is not shared with you."
_NOTHING_BEFORE = "There is no such picture in this album to stand before."
_BY_RULE = "A rule says what is in this album; nothing is put into it by hand."


@dataclass(frozen=True, slots=True)
class AlbumPage:
    """Assets of an album in its order, and the key of the next page if there is one."""

    assets: tuple[Asset, ...]
    next: AlbumKey | None


async def get_album(db: Database, viewer: Viewer, album_id: UUID) -> AlbumSummary:
    """An album that the viewer may see, with all of it looked at for its counts, cover and dates.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared.
    """
    found = await albums.find_album(db, viewer, album_id)
    if found is None:
        raise NotFound(_NOT_THERE)
    return found


async def get_open_album(db: Database, viewer: Viewer, album_id: UUID) -> AlbumPlace:
    """Whose an album is that the viewer may look into; of what is in it nothing is read.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared.
    """
    place = await albums.find_open(db, viewer, album_id)
    if place is None:
        raise NotFound(_NOT_THERE)
    return place


async def get_own_album(db: Database, viewer: Viewer, album_id: UUID) -> AlbumPlace:
    """An album of the viewer's own.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared.
        Forbidden: it is shared with the viewer; only its owner may change it.
    """
    place = await get_open_album(db, viewer, album_id)
    if place.owner != viewer.user_id:
        raise Forbidden("This album is somebody else's; only its owner may change it.")
    return place


async def create_album(
    db: Database, viewer: Viewer, *, name: str, description: str = "", rule: Filter | None = None
) -> AlbumSummary:
    """A new album of the viewer's; with a rule it holds whatever of theirs meets it.

    Raises:
        UsageError: the name or the rule can't be used.
        NotFound: the rule names a folder or an album that is not the viewer's.
        Conflict: they have as many as one may have.
    """
    clean = title(name, "An album's name")
    async with db.transaction():
        await lock_kept(db, viewer.user_id)
        have, rules = await albums.count_albums(db, viewer.user_id)
        if have >= MAX_ALBUMS:
            raise Conflict(f"You have {MAX_ALBUMS} albums, and that is as many as one may have.")
        if rule is not None:
            if rules >= MAX_RULES:
                raise Conflict(
                    f"You have {MAX_RULES} albums with a rule, and that is as many as one may have."
                )
            rule = await checked_rule(db, viewer, rule)
        made = await albums.insert_album(db, viewer.user_id, name=clean, description=description, rule=rule)
    return await get_album(db, viewer, made)


async def edit_album(db: Database, viewer: Viewer, album_id: UUID, changes: AlbumChanges) -> AlbumSummary:
    """The album with these changes, all or none of them made.

    Raises:
        UsageError: the name or the rule can't be used.
        NotFound: there is none by this id, or it is not shared with the viewer; or there is no such cover in it; or
            the rule names a folder or an album that is not the viewer's.
        Forbidden: it is shared with the viewer; only its owner may change it.
        Conflict: an album by hand can't be given a rule.
    """
    if not isinstance(changes.name, Unset):
        changes = replace(changes, name=title(changes.name, "An album's name"))
    async with db.transaction():
        await albums.lock_albums(db, [album_id])
        place = await get_own_album(db, viewer, album_id)
        if not isinstance(changes.rule, Unset):
            if not place.by_rule:
                raise Conflict("This album was put together by hand and takes no rule; make another one.")
            changes = replace(changes, rule=await checked_rule(db, viewer, changes.rule))
        if isinstance(changes.cover, UUID):
            seen = await album_assets.owners_of(db, viewer, [changes.cover])
            inside = place.by_rule or bool(await album_assets.count_of(db, album_id, [changes.cover]))
            if not seen or not inside:
                raise NotFound("There is no such picture in this album.")
        await albums.change_album(db, album_id, changes)
    return await get_album(db, viewer, album_id)


async def delete_album(db: Database, viewer: Viewer, album_id: UUID) -> None:
    """The album goes, and no asset with it; who saw assets by it only sees them no more.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared.
        Forbidden: it is shared with the viewer; only its owner may delete it.
    """
    async with db.transaction():
        await albums.lock_albums(db, [album_id])
        await get_own_album(db, viewer, album_id)
        await albums.delete_album(db, album_id)


async def add_assets(
    db: Database, viewer: Viewer, album_id: UUID, asset_ids: Sequence[UUID], *, before: UUID | None = None
) -> int:
    """How many of these are in the album now that were not; all of them stand before that one, or else new ones last.

    Into one's own album anything that one sees may be put, which others then don't see by it; into somebody else's
    that is open to add, one's own.

    Raises:
        NotFound: there is no such album or it is not shared with the viewer, or they don't see one of the assets, or
            ``before`` is not in the album.
        Forbidden: the album is to look at only, or one of the assets is somebody else's.
        Conflict: a rule says what is in the album, or it would have too many.
    """
    ids = tuple(dict.fromkeys(asset_ids))
    async with db.transaction():
        place = await _hold_to_add(db, viewer, album_id)
        owners = await album_assets.owners_of(db, viewer, ids)
        if len(owners) < len(ids):
            raise NotFound("One of these pictures is not there, or not yours to see, or in the trash.")
        if place.owner != viewer.user_id and set(owners.values()) - {viewer.user_id}:
            raise Forbidden("Into somebody else's album one puts pictures of one's own only.")
        added = await album_assets.add_assets(db, album_id, ids, by=viewer.user_id)
        if await album_assets.count_in(db, album_id) > MAX_ALBUM_ASSETS:
            raise Conflict(f"An album has at most {MAX_ALBUM_ASSETS} pictures.")
        if before is not None:
            if not await album_assets.owners_of(db, viewer, [before]):
                raise NotFound(_NOTHING_BEFORE)
            await _place(db, album_id, ids, before=before)
        await albums.touch_album(db, album_id)
    return added


async def _hold_to_add(db: Database, viewer: Viewer, album_id: UUID) -> AlbumPlace:
    """The album, which the viewer may add to until the end of the transaction."""
    await albums.lock_albums(db, [album_id])
    place = await get_open_album(db, viewer, album_id)
    if not await albums.may_add(db, viewer.user_id, album_id):
        if place.by_rule and place.owner == viewer.user_id:
            raise Conflict(_BY_RULE)
        raise Forbidden("This album is shared with you to look at, not to add to.")
    return place


async def remove_assets(db: Database, viewer: Viewer, album_id: UUID, asset_ids: Sequence[UUID]) -> int:
    """How many of these left the album: any from one's own, from others' what one put there.

    Raises:
        NotFound: there is no such album, or it is not shared with the viewer.
        Forbidden: it is somebody else's, and one of these was put there by another person.
        Conflict: a rule says what is in it.
    """
    async with db.transaction():
        await albums.lock_albums(db, [album_id])
        place = await get_open_album(db, viewer, album_id)
        if place.by_rule:
            raise Conflict(_BY_RULE)
        by = None if place.owner == viewer.user_id else viewer.user_id
        removed = await album_assets.remove_assets(db, album_id, asset_ids, added_by=by)
        seen = await album_assets.owners_of(db, viewer, asset_ids)
        if await album_assets.count_of(db, album_id, tuple(seen)):
            raise Forbidden("From somebody else's album one takes what one put there oneself.")
        if removed:
            await albums.touch_album(db, album_id)
    return removed


async def order_assets(
    db: Database, viewer: Viewer, album_id: UUID, asset_ids: Sequence[UUID], *, before: UUID | None
) -> None:
    """These of the album's assets stand in this order before that one of it, or for None behind all others.

    Raises:
        NotFound: there is no such album or it is not shared with the viewer, or one of these is not in it.
        Forbidden: it is shared with the viewer; only its owner says in which order it is.
        Conflict: a rule says what is in it.
    """
    ids = tuple(dict.fromkeys(asset_ids))
    async with db.transaction():
        await albums.lock_albums(db, [album_id])
        if (await get_own_album(db, viewer, album_id)).by_rule:
            raise Conflict(_BY_RULE)
        if await album_assets.count_of(db, album_id, ids) < len(ids):
            raise NotFound("One of these pictures is not in this album.")
        await _place(db, album_id, ids, before=before)
        await albums.touch_album(db, album_id)


async def _place(db: Database, album_id: UUID, ids: Sequence[UUID], *, before: UUID | None) -> None:
    if before in ids:
        raise UsageError("A picture can't stand before itself.")
    if before is not None and not await album_assets.count_of(db, album_id, [before]):
        raise NotFound(_NOTHING_BEFORE)
    await album_assets.place_assets(db, album_id, ids, before=before)


async def album_page(
    db: Database, viewer: Viewer, album_id: UUID, *, limit: int, after: AlbumKey | None = None
) -> AlbumPage:
    """What the viewer sees of an album that is put together by hand and that they may look into, in its order."""
    found = await album_assets.list_contents(db, viewer, album_id, limit=limit + 1, after=after)
    shown = found[:limit]
    return AlbumPage(tuple(asset for asset, _ in shown), shown[-1][1] if len(found) > limit else None)


async def list_shares(db: Database, viewer: Viewer, album_id: UUID) -> tuple[Share, ...]:
    """With whom the viewer shares this album.

    Raises:
        NotFound: there is none by this id, or it is somebody else's and not shared.
        Forbidden: it is shared with the viewer; only its owner sees with whom else.
    """
    await get_own_album(db, viewer, album_id)
    return await shares.list_shares(db, Shared("album", album_id))


async def share_album(
    db: Database, viewer: Viewer, album_id: UUID, *, subject: UUID | None, may: SharedMay
) -> tuple[Share, bool]:
    """The share of this album with somebody (None: everybody), and whether it is new.

    One that was there lets them do ``may`` from now on.

    Raises:
        UsageError: with the viewer themselves.
        NotFound: there is no such album or no such person.
        Forbidden: the album is shared with the viewer; only its owner may share it.
        Conflict: to add to an album whose rule says what is in it.
    """
    shared = Shared("album", album_id)
    check_subject(viewer, shared, subject)
    async with db.transaction():
        await albums.lock_albums(db, [album_id])
        place = await get_own_album(db, viewer, album_id)
        if place.by_rule and may is SharedMay.ADD:
            raise Conflict(_BY_RULE)
        put = await put_share(db, viewer, shared, subject=subject, may=may)
        await drop_guests(db, [album_id])
    return put


async def end_share(db: Database, viewer: Viewer, album_id: UUID, share_id: UUID) -> None:
    """The share ends, at once; what its guests added leaves the album unless another share lets them add.

    Raises:
        NotFound: there is no such album or no such share of it.
        Forbidden: the album is shared with the viewer; only its owner may end it.
    """
    async with db.transaction():
        await albums.lock_albums(db, [album_id])
        await get_own_album(db, viewer, album_id)
        await delete_share(db, Shared("album", album_id), share_id)
        await drop_guests(db, [album_id])
