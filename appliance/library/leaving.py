"""Deletes an account, and does with its assets what was chosen. All of it happens, or nothing.

1. Nobody else changes who administers, and nothing is added to the accounts concerned, until it is done.
2. *Transfer*: assets, tags, albums, shares and uploads that were cut off become the receiver's; the folders go below
   a new one called after who left. Of a file that both have, the receiver's own gets the longer of both lives and
   what was said of the other, which goes to the trash. What lay in third people's folders goes home first.
3. *Trash*: all goes to the trash. What others added to this person's folders goes home, to folders of the same path.
4. Every way in ends, and the name is free. The account's row stays until its last asset is purged, which ``sweep``
   sees to; the purge log keeps its id for good.

No file on the volume is touched. A transfer takes some 2 ms for each vector in a search index, and meanwhile the
receiver can neither sign in anew nor add anything; what they read goes on.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from appliance.db import leaving as rows
from appliance.db import people
from appliance.db.engine import Database
from appliance.db.folders import lock_tree, lock_trees
from appliance.db.guests import list_guests, send_guests_home, send_home
from appliance.errors import Conflict, NotFound, UsageError
from appliance.library.naming import MAX_NAME_CHARACTERS
from appliance.library.people import check_not_last, check_not_pinned, get_person
from appliance.media.store import Store
from appliance.records.accounts import User
from appliance.records.people import Fate, Left, Pair


async def delete_person(
    db: Database,
    store: Store,
    user_id: UUID,
    *,
    fate: Fate,
    receiver_id: UUID | None = None,
    trash_days: float,
    on_server: bool = False,
) -> Left:
    """What became of the assets of the account, which is deleted.

    A quota does not stand in the way of a transfer: the receiver may have more than theirs afterwards.

    Raises:
        NotFound: there is no such account, or no such receiver.
        UsageError: a transfer without a receiver or to the account itself, or a receiver of trash.
        Conflict: the account is pinned, or the last administrator; or the receiver's own file of a pair is damaged or
            gone, so that the only good one would go to the trash.
        VolumeUnavailable: both have a file, and it can't be looked whether it is there.
    """
    if (fate is Fate.TRANSFER) != (receiver_id is not None):
        raise UsageError("Say to whom the assets go where they are transferred, and only there.")
    if receiver_id == user_id:
        raise UsageError("The assets can't go to the account that is deleted.")
    async with people.admins_held(db):
        user = (await get_person(db, user_id)).user
        receiver = await people.find_person(db, receiver_id) if receiver_id is not None else None
        if receiver_id is not None and receiver is None:
            raise NotFound("There is no account that could have the assets.")
        if receiver is not None and receiver.user.disabled_at is not None:
            raise Conflict(
                "The account that is to have the assets is disabled, so that nobody could see them."
            )
        check_not_pinned(user, on_server=on_server)
        await check_not_last(db, user_id)
        await lock_trees(db, user_id)
        if receiver_id is None:
            await send_guests_home(db, user_id, await rows.list_own_folders(db, user_id))
            await rows.lock_accounts(db, user_id, None)
            left = Left(trashed=await rows.trash_all(db, user_id, trash_days=trash_days))
        else:
            left = await _transfer(db, store, user, receiver_id, trash_days=trash_days)
        await people.withdraw_invites(db, user_id)
        await rows.close_account(db, user_id)
    return left


async def _transfer(db: Database, store: Store, user: User, receiver: UUID, *, trash_days: float) -> Left:
    await lock_tree(db, receiver)
    visited = await list_guests(db, await rows.list_visited_folders(db, user.id, receiver))
    await send_home(db, [guest for guest in visited if guest.owner == user.id], also_let_in=True)
    await rows.lock_accounts(db, user.id, receiver)
    if not await rows.has_anything(db, user.id):
        return Left()
    pairs = await rows.list_pairs(db, user.id, receiver)
    await _check_kept(store, pairs)
    await rows.join_pairs(db, receiver, pairs, trash_days=trash_days)
    top, path = await rows.make_top(db, receiver, _folder_name(user.name))
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
