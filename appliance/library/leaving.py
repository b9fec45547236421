"""Deletes an account, and does with its assets what was chosen. Steps 1 to 4 happen together, or none of them.

1. Nobody else changes who administers, and nothing is added to the accounts concerned, until it is done.
2. *Transfer*: assets, tags, albums, shares and uploads that were cut off become the receiver's; the folders go below
   a new one called after who left, or beside it where they would be too deep below. Of a file that both have, the
   receiver's own gets the longer of both lives and what was said of the other, which goes to the trash. What lay in
   third people's folders goes home first. Albums with a rule end, as their rule is about the library that there was;
   those of the receiver are shared with nobody any more, as what comes over might meet their rules.
3. *Trash*: all goes to the trash. What others added to this person's folders goes home, to folders of the same path.
4. Every way in ends, and the name is free. The account's row stays until its last asset is purged, which ``sweep``
   sees to; the purge log keeps its id for good. What was put into others' albums leaves them.
5. Vectors follow their assets in short transactions of their own: the first ones at once, the others with the next
   ``sweep``.

No file on the volume is touched. The last step is apart because it takes some 2 ms for each vector: its owner is in
an index, so that the row's place in the search index is made anew as well. Until it is done the receiver has the
pictures and sees them in all lists, and a search does not find them yet. It waits for nobody, and nobody for it.
"""

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from appliance.db import leaving as rows
from appliance.db import people
from appliance.db.album_guests import end_shares_of_rules, hand_over_albums, list_concerned
from appliance.db.albums import lock_albums
from appliance.db.engine import Database
from appliance.db.folders import lock_tree, lock_trees
from appliance.db.guests import list_guests, send_guests_home, send_home
from appliance.errors import Conflict, DatabaseUnavailable, NotFound, UsageError
from appliance.library.administrators import administering
from appliance.library.people import check_not_last, check_not_pinned, get_person
from appliance.media.store import Store
from appliance.records.accounts import User
from appliance.records.people import Fate, Left, Pair
from appliance.records.sharing import MAX_NAME_CHARACTERS

log = logging.getLogger(__name__)

#: So many vectors take a second or so: nobody waits long for them, nor for the assets that are held meanwhile.
VECTORS_AT_ONCE = 400


async def delete_person(
    db: Database,
    store: Store,
    user_id: UUID,
    *,
    fate: Fate,
    receiver_id: UUID | None = None,
    trash_days: float,
    actor: UUID | None,
) -> Left:
    """What became of the assets of the account, which is deleted.

    A quota does not stand in the way of a transfer: the receiver may have more than theirs afterwards. ``actor`` is
    the administrator who asks, or None where that is whoever has the machine itself.

    Raises:
        NotFound: there is no such account, or no such receiver.
        UsageError: a transfer without a receiver or to the account itself, or a receiver of trash.
        Conflict: the account is pinned, or the last administrator; or the receiver's own file of a pair is damaged or
            gone, so that the only good one would go to the trash.
        VolumeUnavailable: both have a file, and it can't be looked whether it is there.
        Unauthenticated: the account of ``actor`` was disabled or deleted meanwhile.
        Forbidden: it does not administer any more.
    """
    if (fate is Fate.TRANSFER) != (receiver_id is not None):
        raise UsageError("Say to whom the assets go where they are transferred, and only there.")
    if receiver_id == user_id:
        raise UsageError("The assets can't go to the account that is deleted.")
    async with administering(db, actor):
        user = (await get_person(db, user_id)).user
        if receiver_id is not None:
            await _check_receiver(db, receiver_id)
        check_not_pinned(user, on_server=actor is None)
        await check_not_last(db, user_id)
        await lock_trees(db, user_id)
        await lock_albums(db, await list_concerned(db, [each for each in (user_id, receiver_id) if each]))
        if receiver_id is None:
            await send_guests_home(db, user_id, await rows.list_own_folders(db, user_id))
            await rows.lock_accounts(db, user_id, None)
            left = Left(trashed=await rows.trash_all(db, user_id, trash_days=trash_days))
        else:
            left = await _transfer(db, store, user, receiver_id, trash_days=trash_days)
        await people.withdraw_invites(db, user_id)
        await rows.close_account(db, user_id)
    if left.transferred:
        try:
            await rows.move_vectors(db, limit=VECTORS_AT_ONCE)
        except DatabaseUnavailable:
            log.warning("the account %s is gone; the next sweep lets searches find what it had", user_id)
    return left


async def _check_receiver(db: Database, receiver: UUID) -> None:
    found = await people.find_person(db, receiver)
    if found is None:
        raise NotFound("There is no account that could have the assets.")
    if found.user.disabled_at is not None:
        raise Conflict("The account that is to have the assets is disabled, so that nobody could see them.")


async def move_all_vectors(db: Database) -> int:
    """How many vectors followed assets that were transferred; none is left behind."""
    moved = 0
    while some := await rows.move_vectors(db, limit=VECTORS_AT_ONCE):
        moved += some
    return moved


async def _transfer(db: Database, store: Store, user: User, receiver: UUID, *, trash_days: float) -> Left:
    await lock_tree(db, receiver)
    visited = await list_guests(db, await rows.list_visited_folders(db, user.id, receiver))
    await send_home(db, [guest for guest in visited if guest.owner == user.id], also_let_in=True)
    await rows.lock_accounts(db, user.id, receiver)
    await hand_over_albums(db, user.id, receiver)
    if not await rows.has_anything(db, user.id):
        return Left()
    await end_shares_of_rules(db, receiver)
    pairs = await rows.list_pairs(db, user.id, receiver)
    await _check_kept(store, pairs)
    await rows.join_pairs(db, receiver, pairs, trash_days=trash_days)
    top, path = await rows.make_top(db, receiver, _folder_name(user.name))
    await rows.move_tall_trees(db, user.id, receiver, path=path)
    await rows.move_folders(db, user.id, receiver, top=top, path=path)
    moved = await rows.move_assets(db, user.id, receiver, but=[pair.copy.id for pair in pairs], top=top)
    return Left(transferred=len(moved), joined=len(pairs))


async def _check_kept(store: Store, pairs: Sequence[Pair]) -> None:
    """Nothing, when for each pair the receiver's file is as good as the one that goes to the trash."""
    if not pairs:
        return
    files = [file for pair in pairs for file in (pair.copy, pair.kept)]
    present = await asyncio.to_thread(store.present, files)
    bad = [
        pair.kept.id
        for pair in pairs
        if pair.copy.id in present and (pair.damaged or pair.kept.id not in present)
    ]
    if bad:
        raise Conflict(
            f"{len(bad)} files that both have are damaged or gone where they would be kept, {bad[0]} first; upload"
            " them again there, or take them from a backup, before the other ones go to the trash."
        )


def _folder_name(name: str) -> str:
    """What the folder of who left is called; a slash would part it in two."""
    return f"From {name.replace('/', '_').strip()}"[:MAX_NAME_CHARACTERS]
