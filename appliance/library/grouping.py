"""Puts pictures that are alike into groups, some at a time, as they come and change.

1. What is to be compared is a list that triggers write. One worker at a time takes the next of it.
2. Of what has no print yet one is made, from its smallest rendition, or else from the original.
3. Nearly the same: the hashes of prints are near each other, the prints lie on each other, and the model does not
   object. What two files say were different moments are two pictures.
4. A burst: one camera, seconds apart, and alike to the model.
5. All that hangs together with these is put into groups anew, but two that a person keeps apart never into one.

It is all one transaction: whatever cuts it off, the list is as it was. Nothing is ever deleted but what this wrote.
"""

import asyncio
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from appliance.db import group_work as work
from appliance.db.engine import Database
from appliance.db.group_work import NewPrint
from appliance.errors import NotFound, OriginalStuck, OriginalUnreadable, RejectedFile
from appliance.library.likeness import SIDE, close_pairs, hash_of, is_same, print_of
from appliance.library.linking import Couple, couple, memberships
from appliance.media.cache import SIZES, RenditionCache
from appliance.media.decoder import Decoder
from appliance.media.store import Store
from appliance.records.groups import GroupKind, Pair, Subject
from appliance.records.media import PixelSpec

#: Assets of one step.
STEP = 128

#: Of so many with the nearest hashes the prints are compared. Only where very many are the same there are more.
MAX_CANDIDATES = 32

#: Cosine below which a model says that two are not nearly the same. It is far down on purpose: models disagree about
#: grey and tiny copies, and give more than that to pictures that are merely of the same.
MIN_COSINE = 0.5

#: How far apart the pictures of a burst are taken, one after the other, and the least cosine of two of them.
BURST_SECONDS = 3.0
BURST_COSINE = 0.8

_PIXELS = PixelSpec(width=SIDE, height=SIDE, resize="squash", interpolation="box")

_PACKED = np.dtype([("id", "V16"), ("hash", ">u8")])


@dataclass(frozen=True, slots=True)
class GroupParts:
    """Collaborators of :func:`step`."""

    db: Database
    store: Store
    cache: RenditionCache
    decoder: Decoder


async def step(parts: GroupParts) -> bool:
    """Whether there was something to do, which was done; False as well while another worker is at it.

    Raises:
        Unavailable: the database, the volume or the decoder is away; nothing was done, and it may be tried again.
    """
    db = parts.db
    async with db.transaction():
        if not await work.try_lock_groups(db):
            return False
        todo, model_id = await work.next_todo(db, STEP)
        if not todo:
            return False
        if None in todo.values():
            await work.note_all(db)
            return True
        asset_ids = {asset for asset in todo.values() if asset is not None}
        subjects = await work.get_subjects(db, asset_ids)
        prints = await _new_prints(parts, [each for each in subjects.values() if each.print is None])
        pairs: list[Pair] = []
        if model_id is not None:
            pairs = await _duplicates(db, subjects, prints, model_id=model_id)
            pairs += await work.get_burst_pairs(
                db, list(subjects), model_id=model_id, seconds=BURST_SECONDS, cosine=BURST_COSINE
            )
        await _write(db, asset_ids, prints, pairs)
        await work.delete_todo(db, todo.keys())
    return True


async def regroup(db: Database, asset_ids: Collection[UUID], *, held: Mapping[UUID, UUID]) -> None:
    """Put these assets, ``held`` with their owners, into the groups that their pairs make now."""
    pairs = [
        pair
        for pair in await work.get_pairs(db, asset_ids)
        if pair.one in held and held[pair.one] == held.get(pair.other)
    ]
    before = await work.get_memberships(db, asset_ids)
    after = memberships(pairs, await work.get_apart(db, asset_ids), before, held)
    await work.change_memberships(db, before - after, after - before)


async def _write(
    db: Database, asset_ids: set[UUID], prints: Mapping[UUID, NewPrint], pairs: Sequence[Pair]
) -> None:
    reach = await work.get_reach(db, asset_ids | _assets(pairs))
    held = await work.hold_assets(db, reach)
    await work.write_prints(db, [made for asset, made in prints.items() if asset in held])
    await work.set_owners(db, {asset: owner for asset, owner in held.items() if asset in asset_ids})
    await work.replace_pairs(
        db, asset_ids, [pair for pair in pairs if pair.one in held and pair.other in held]
    )
    await regroup(db, reach, held=held)


def _assets(pairs: Iterable[Pair]) -> set[UUID]:
    return {asset for pair in pairs for asset in (pair.one, pair.other)}


async def _new_prints(parts: GroupParts, subjects: Sequence[Subject]) -> dict[UUID, NewPrint]:
    """Prints of those that can be read."""
    made = await asyncio.gather(*(_new_print(parts, each) for each in subjects))
    return {each.asset: each for each in made if each is not None}


async def _new_print(parts: GroupParts, subject: Subject) -> NewPrint | None:
    try:
        fd = await asyncio.to_thread(_open, parts, subject)
        try:
            pixels = (await parts.decoder.render(fd, sizes=(), pixels=_PIXELS)).pixels
        finally:
            os.close(fd)
    except (RejectedFile, NotFound, OriginalUnreadable, OriginalStuck):
        # Its own work tells of that.
        return None
    if pixels is None:
        return None
    print_ = print_of(pixels)
    return NewPrint(
        asset=subject.id,
        owner=subject.owner,
        media_version=subject.media_version,
        hash=hash_of(print_),
        print=print_.tobytes(),
    )


def _open(parts: GroupParts, subject: Subject) -> int:
    path = parts.cache.path(subject.id, subject.media_version, SIZES[0])
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return parts.store.open_fd(subject.id, subject.filename)
    if os.fstat(fd).st_size:
        return fd
    os.close(fd)
    return parts.store.open_fd(subject.id, subject.filename)


async def _duplicates(
    db: Database, subjects: Mapping[UUID, Subject], prints: Mapping[UUID, NewPrint], *, model_id: int
) -> list[Pair]:
    couples: set[Couple] = set()
    for owner in {each.owner for each in subjects.values()}:
        own = {asset for asset, each in subjects.items() if each.owner == owner}
        packed = await work.get_hashes(db, owner, own)
        couples |= await asyncio.to_thread(
            _near, packed, own, [prints[each] for each in own if each in prints]
        )
    cosines = await work.get_cosines(db, couples, model_id=model_id)
    likely = [pair for pair, cosine in cosines.items() if cosine >= MIN_COSINE]
    known = await work.get_subjects(db, {asset for pair in likely for asset in pair})
    images = {asset: each.print for asset, each in known.items() if each.print is not None}
    images |= {asset: each.print for asset, each in prints.items()}
    likely = [
        (one, other)
        for one, other in likely
        if one in images and other in images and not _two_moments(known.get(one), known.get(other))
    ]
    return await asyncio.to_thread(_compared, likely, images)


def _two_moments(one: Subject | None, other: Subject | None) -> bool:
    """Whether both files say when they were taken, and not the same; or they are not one person's."""
    if one is None or other is None or one.owner != other.owner:
        return True
    return one.taken_at is not None and other.taken_at is not None and one.taken_at != other.taken_at


def _near(packed: bytes, wanted: set[UUID], fresh: Sequence[NewPrint]) -> set[Couple]:
    """Couples of one of the wanted and another of all, whose hashes are near each other: for each the nearest."""
    rows = np.frombuffer(packed, _PACKED)
    new = {each.asset for each in fresh}
    stored = [UUID(bytes=each.tobytes()) for each in rows["id"]]
    ids = [*stored, *(each.asset for each in fresh)]
    hashes = np.concatenate(
        [rows["hash"].astype(np.uint64), np.array([each.hash for each in fresh], dtype=np.uint64)]
    )
    # What was printed anew counts as it is now.
    asked = [
        place for place, each in enumerate(ids) if each in wanted and (each not in new or place >= len(rows))
    ]
    if not asked:
        return set()
    found: dict[UUID, list[tuple[int, UUID]]] = {}
    for row, other in close_pairs(hashes[asked], hashes):
        mine = asked[row]
        if ids[mine] == ids[other] or (ids[other] in new and other < len(rows)):
            continue
        bits = (int(hashes[mine]) ^ int(hashes[other])).bit_count()
        found.setdefault(ids[mine], []).append((bits, ids[other]))
    return {
        couple(asset, other) for asset, near in found.items() for _, other in sorted(near)[:MAX_CANDIDATES]
    }


def _compared(couples: Sequence[Couple], images: Mapping[UUID, bytes]) -> list[Pair]:
    pairs = []
    for one, other in couples:
        closeness = is_same(_image(images[one]), _image(images[other]))
        if closeness is not None:
            pairs.append(Pair(GroupKind.DUPLICATE, one, other, closeness))
    return pairs


def _image(print_: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(print_, np.uint8).reshape(SIDE, SIDE)
