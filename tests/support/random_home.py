"""Three people with random libraries, folders, shares, tags, albums and vectors, and what is true of them."""

import hashlib
import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
from pgvector import HalfVector

from appliance import clock
from appliance.db.engine import Database, Row
from appliance.db.folders import ensure_folder
from appliance.db.tags import add_tags
from appliance.records.accounts import Viewer
from tests.support.rows import add_asset, add_model, add_person

_PATHS = ("Trips", "Trips/Rome", "Trips/Rome/Food", "Cats", "From leaver", "From leaver/Trips", "Ölbilder")
_TAGS = ("Sea", "sea", "SEA", "Alps", "winter", "Ärger")

#: Few, so that people often have the same file.
_HASHES = [hashlib.sha256(bytes([number])).digest() for number in range(14)]


@dataclass(frozen=True)
class RandomHome:
    """Who there is. All that each has is in the database."""

    db: Database
    leaver: Viewer
    heir: Viewer
    third: Viewer
    model_id: int


async def make_random_home(db: Database, seed: int) -> RandomHome:
    """A home like no other seed's."""
    dice = random.Random(seed)  # noqa: S311 (no secret)
    leaver, heir, third = [await add_person(db, name) for name in ("leaver", "heir", "third")]
    home = RandomHome(db, leaver, heir, third, await add_model(db))
    folders: dict[UUID, list[UUID]] = {}
    for person in (leaver, heir, third):
        async with db.transaction():
            folders[person.user_id] = [
                await ensure_folder(db, person.user_id, path)
                for path in dice.sample(_PATHS, dice.randint(0, len(_PATHS)))
            ]
    open_to = await _share(home, dice, folders)
    for person in (leaver, heir, third):
        places = [*folders[person.user_id], *open_to[person.user_id], None]
        for sha256 in dice.sample(_HASHES, dice.randint(0, len(_HASHES))):
            await _add_asset(home, dice, person, sha256, dice.choice(places))
    await _add_albums(home, dice)
    for _ in range(dice.randint(0, 2)):
        await add_upload(db, leaver.user_id, folder=dice.choice([None, "Trips", "New/Place"]))
    return home


async def _share(
    home: RandomHome, dice: random.Random, folders: dict[UUID, list[UUID]]
) -> dict[UUID, list[UUID]]:
    """Share some folders; for each person those that they may add to."""
    everybody = [home.leaver.user_id, home.heir.user_id, home.third.user_id]
    open_to: dict[UUID, list[UUID]] = {person: [] for person in everybody}
    for owner in everybody:
        for folder in dice.sample(folders[owner], len(folders[owner]) // 2):
            subject = dice.choice([person for person in everybody if person != owner] + [None])
            may = dice.choice(["view", "add"])
            await home.db.fetch(
                "INSERT INTO share (id, owner, subject, folder, may) VALUES ({}, {}, {}, {}, {})",
                uuid4(), owner, subject, folder, may,
            )  # fmt: skip
            for person in everybody:
                if may == "add" and person != owner and subject in {None, person}:
                    open_to[person].append(folder)
    return open_to


async def _add_asset(
    home: RandomHome, dice: random.Random, person: Viewer, sha256: bytes, folder: UUID | None
) -> None:
    now = clock.now()
    state = dice.choice(["active"] * 5 + ["trashed", "trashed", "purging"])
    life = dice.choice(
        [None, None, timedelta(days=dice.randint(1, 300)), -timedelta(hours=dice.randint(1, 50))]
    )
    trashed_at = None if state == "active" else now - timedelta(days=2)
    asset = await add_asset(
        home.db,
        person.user_id,
        filename=f"{person.name}-{sha256.hex()[:6]}.jpg",
        sha256=sha256,
        expires_at=now + life if life else None,
        trashed_at=trashed_at,
        purge_after=now + timedelta(days=dice.randint(1, 28)) if trashed_at else None,
        state=state,
    )
    await home.db.fetch("UPDATE asset SET folder = {} WHERE id = {}", folder, asset)
    async with home.db.transaction():
        # A tag once whatever its case, as the library cleans them.
        names = {name.lower(): name for name in dice.sample(_TAGS, dice.randint(0, 3))}
        await add_tags(home.db, person.user_id, asset, tuple(names.values()))
    vector = np.array([dice.gauss(0, 1) for _ in range(4)], dtype=np.float32)
    await home.db.fetch(
        "INSERT INTO embedding (asset, model, owner, vector) VALUES ({}, {}, {}, {})",
        asset, home.model_id, person.user_id, HalfVector(vector / np.linalg.norm(vector)),
    )  # fmt: skip


async def _add_albums(home: RandomHome, dice: random.Random) -> None:
    """Albums of all three, shared in each way, with what their owners and their guests put there."""
    everybody = [home.leaver.user_id, home.heir.user_id, home.third.user_id]
    assets = await home.db.fetch("SELECT id, owner FROM asset WHERE state = 'active' ORDER BY sha256, owner")
    for owner in everybody:
        for by_rule in (False, False, True):
            album = uuid4()
            rule = json.dumps({"all": [{"tag": "sea"}]}) if by_rule else None
            await home.db.fetch(
                "INSERT INTO album (id, owner, name, rule) VALUES ({}, {}, 'Best', {}::jsonb)",
                album,
                owner,
                rule,
            )
            guests = await _share_album(home, dice, album, owner, by_rule=by_rule)
            for row in () if by_rule else assets:
                if dice.random() < 0.4:
                    # A guest adds what is theirs; its owner whatever they see.
                    by = row["owner"] if row["owner"] in guests and dice.random() < 0.7 else owner
                    await home.db.fetch(
                        "INSERT INTO album_asset (album, asset, added_by) VALUES ({}, {}, {})",
                        album, row["id"], by,
                    )  # fmt: skip


async def _share_album(
    home: RandomHome, dice: random.Random, album: UUID, owner: UUID, *, by_rule: bool
) -> list[UUID]:
    """Share an album with somebody, or with everybody, or not; those who may add to it."""
    others = [each.user_id for each in (home.leaver, home.heir, home.third) if each.user_id != owner]
    guests: list[UUID] = []
    for subject in dice.sample([*others, None], dice.randint(0, 2)):
        may = "view" if by_rule else dice.choice(["view", "add"])
        await home.db.fetch(
            "INSERT INTO share (id, owner, subject, album, may) VALUES ({}, {}, {}, {}, {})",
            uuid4(), owner, subject, album, may,
        )  # fmt: skip
        if may == "add":
            guests += [subject] if subject else others
    return guests


async def add_upload(db: Database, owner: UUID, *, folder: str | None) -> None:
    """An upload that was cut off."""
    wish: dict[str, object] = {"folder": folder, "folder_id": None, "tags": [], "expires_at": None}
    await db.fetch(
        "INSERT INTO upload (id, owner, filename, sha256, bytes, request, facts)"
        " VALUES ({}, {}, 'u.jpg', {}, 3, {}, '{{}}')",
        uuid4(), owner, uuid4().bytes * 2, json.dumps(wish),
    )  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """One asset as it is at some moment."""

    id: UUID
    owner: UUID
    sha256: bytes
    filename: str
    state: str
    alive: bool
    expires_at: datetime | None
    purge_after: datetime | None
    folder: UUID | None
    folder_owner: UUID | None
    folder_path: str | None
    #: In lower case.
    tags: frozenset[str]


async def snapshot(db: Database) -> dict[UUID, Kept]:
    """All assets by their ids."""
    rows = await db.fetch(
        """
        SELECT a.id, a.owner, a.sha256, a.filename, a.state, a.expires_at, a.purge_after, a.folder,
            a.state = 'active' AND (a.expires_at IS NULL OR a.expires_at > now()) AS alive,
            f.owner AS folder_owner, f.path AS folder_path,
            ARRAY(SELECT lower(t.name) FROM asset_tag x JOIN tag t ON t.id = x.tag WHERE x.asset = a.id) AS tags
        FROM asset a LEFT JOIN folder f ON f.id = a.folder
        """
    )
    return {row["id"]: Kept(**{**row, "tags": frozenset(row["tags"])}) for row in rows}


async def contradictions(db: Database) -> list[Row]:
    """What can't be true at the same time; nothing, if all is well."""
    return await db.fetch(
        """
        SELECT 'vector of another owner' AS what, e.asset AS which FROM embedding e JOIN asset a ON a.id = e.asset
            WHERE e.owner <> a.owner
        UNION ALL SELECT 'tag of another owner', x.asset FROM asset_tag x JOIN tag t ON t.id = x.tag
            JOIN asset a ON a.id = x.asset WHERE t.owner <> a.owner AND a.state <> 'purging'
        UNION ALL SELECT 'path out of step', f.id FROM folder f LEFT JOIN folder p ON p.id = f.parent
            WHERE f.path <> concat_ws('/', p.path, f.name) OR p.owner <> f.owner
        UNION ALL SELECT 'share of another owner', s.id FROM share s JOIN folder f ON f.id = s.folder
            WHERE s.owner <> f.owner
        UNION ALL SELECT 'guest without a share', a.id FROM asset a JOIN folder f ON f.id = a.folder
            WHERE a.owner <> f.owner AND a.state <> 'purging' AND NOT EXISTS (
                SELECT FROM share s JOIN folder top ON top.id = s.folder AND top.owner = f.owner
                WHERE s.may = 'add' AND (s.subject = a.owner OR s.subject IS NULL)
                  AND (top.id = f.id OR starts_with(f.path, top.path || '/'))
            )
        UNION ALL SELECT 'share of another owner', s.id FROM share s JOIN album b ON b.id = s.album
            WHERE s.owner <> b.owner
        UNION ALL SELECT 'share with oneself', s.id FROM share s WHERE s.subject = s.owner
        UNION ALL SELECT 'guest without a share', x.asset FROM album_asset x JOIN album b ON b.id = x.album
            WHERE x.added_by <> b.owner AND NOT EXISTS (
                SELECT FROM share s WHERE s.album = b.id AND s.may = 'add'
                    AND (s.subject = x.added_by OR s.subject IS NULL)
            )
        """
    )
