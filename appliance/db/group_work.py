"""What comparing pictures reads and writes: the worker's part, in which nobody asks.

Whoever changes pairs or groups holds one lock, so there is one at a time; uploads and edits never wait for it.
Assets are locked in the order of their ids, as a purge locks them, and before any of the rows that go with them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from appliance.db.engine import Database
from appliance.db.locks import lock
from appliance.records.groups import GroupKind, Membership, Pair, Subject

_LOCK = "groups"

#: How many of the closest in time an asset is compared with for a burst.
_NEIGHBOURS = 12

#: Most assets that hang together and are put into groups anew at once.
_REACH = 5_000


@dataclass(frozen=True, slots=True)
class NewPrint:
    """A print that was just made, and its hash."""

    asset: UUID
    owner: UUID
    media_version: int
    hash: int
    print: bytes


async def lock_groups(db: Database) -> None:
    """Wait until nobody else changes pairs or groups, which takes a second at most."""
    await lock(db, _LOCK)


async def try_lock_groups(db: Database) -> bool:
    """Whether nobody else is at it, and this transaction is now."""
    row = await db.fetch_one("SELECT pg_try_advisory_xact_lock(hashtextextended({}, 1)) AS got", _LOCK)
    return bool(row and row["got"])


async def has_todo(db: Database) -> bool:
    """Whether anything is to be compared; all assets are nothing where none has a vector."""
    rows = await db.fetch(
        """
        SELECT FROM likeness_todo t WHERE t.asset IS NOT NULL
            OR EXISTS (SELECT FROM embedding e JOIN active_model m ON m.model = e.model)
        LIMIT 1
        """
    )
    return bool(rows)


async def next_todo(db: Database, limit: int) -> tuple[dict[int, UUID | None], int | None]:
    """The oldest things to do by their ids, and the active model; a thing without an asset stands for all assets."""
    rows = await db.fetch(
        "SELECT t.id, t.asset, m.model FROM likeness_todo t LEFT JOIN active_model m ON TRUE ORDER BY t.id LIMIT {}",
        limit,
    )
    return {row["id"]: row["asset"] for row in rows}, (rows[0]["model"] if rows else None)


async def note_all(db: Database) -> None:
    """Note down all assets that have a vector of the active model, one person's after another's."""
    await db.fetch("DELETE FROM likeness_todo WHERE asset IS NULL")
    await db.fetch(
        """
        INSERT INTO likeness_todo (asset)
        SELECT e.asset FROM embedding e JOIN active_model m ON m.model = e.model ORDER BY e.owner, e.asset
        """
    )


async def delete_todo(db: Database, ids: Collection[int]) -> None:
    """Take off the list what was done."""
    await db.fetch("DELETE FROM likeness_todo WHERE id = ANY({}::bigint[])", list(ids))


async def get_subjects(db: Database, asset_ids: Iterable[UUID]) -> dict[UUID, Subject]:
    """What these assets are compared by; those that are gone or going are left out."""
    rows = await db.fetch(
        """
        SELECT a.id, a.owner, a.filename, a.media_version, l.print,
            CASE WHEN a.taken_source = 'exif' THEN a.taken_at END AS taken_at
        FROM asset a LEFT JOIN likeness l ON l.asset = a.id AND l.media_version = a.media_version
        WHERE a.id = ANY({}::uuid[]) AND a.state <> 'purging'
        """,
        list(asset_ids),
    )
    return {row["id"]: Subject(**row) for row in rows}


async def get_hashes(db: Database, owner: UUID, asset_ids: Collection[UUID]) -> bytes:
    """The hashes of one person's pictures, and of these, which may have been another's until now.

    For each the 16 bytes of its id and 8 of its hash, the highest first.
    """
    row = await db.fetch_one(
        """
        SELECT string_agg(uuid_send(asset) || int8send(hash), ''::bytea) AS packed FROM likeness
        WHERE owner = {} OR asset = ANY({}::uuid[])
        """,
        owner, list(asset_ids),
    )  # fmt: skip
    return bytes(row["packed"] or b"") if row else b""


async def get_cosines(
    db: Database, couples: Collection[tuple[UUID, UUID]], *, model_id: int
) -> dict[tuple[UUID, UUID], float]:
    """The cosine of the vectors of each couple that has both."""
    ones, others = [one for one, _ in couples], [other for _, other in couples]
    rows = await db.fetch(
        """
        SELECT c.one, c.other, 1 - (e.vector <=> f.vector) AS cosine
        FROM unnest({}::uuid[], {}::uuid[]) AS c (one, other)
        JOIN embedding e ON e.asset = c.one AND e.model = {} JOIN embedding f ON f.asset = c.other AND f.model = {}
        """,
        ones, others, model_id, model_id,
    )  # fmt: skip
    return {(row["one"], row["other"]): row["cosine"] for row in rows}


async def get_burst_pairs(
    db: Database, asset_ids: Sequence[UUID], *, model_id: int, seconds: float, cosine: float
) -> list[Pair]:
    """What was taken by the same person's same camera within so many seconds of these, and is that much alike."""
    rows = await db.fetch(
        """
        SELECT DISTINCT least(a.id, b.id) AS one, greatest(a.id, b.id) AS other,
            1 - (e.vector <=> f.vector) AS closeness
        FROM asset a CROSS JOIN LATERAL (
            SELECT b.id FROM asset b
            WHERE b.owner = a.owner AND b.camera = a.camera AND b.id <> a.id AND b.taken_source = 'exif'
              AND b.taken_at BETWEEN a.taken_at - make_interval(secs => {}) AND a.taken_at + make_interval(secs => {})
              AND b.state <> 'purging'
            ORDER BY abs(extract(epoch FROM b.taken_at - a.taken_at)), b.id LIMIT {}
        ) b
        JOIN embedding e ON e.asset = a.id AND e.model = {} JOIN embedding f ON f.asset = b.id AND f.model = {}
        WHERE a.id = ANY({}::uuid[]) AND a.taken_source = 'exif' AND a.camera <> '' AND a.state <> 'purging'
          AND 1 - (e.vector <=> f.vector) >= {}
        """,
        seconds, seconds, _NEIGHBOURS, model_id, model_id, list(asset_ids), cosine,
    )  # fmt: skip
    return [Pair(GroupKind.BURST, **row) for row in rows]


async def get_reach(db: Database, asset_ids: Collection[UUID]) -> frozenset[UUID]:
    """These, who is in a group with them, and all that hangs together with any of those by pairs."""
    rows = await db.fetch(
        """
        WITH RECURSIVE reach (id) AS (
            SELECT id FROM (
                SELECT unnest({}::uuid[]) AS id
                UNION SELECT f.asset FROM group_member m JOIN group_member f ON f.group_id = m.group_id
                WHERE m.asset = ANY({}::uuid[])
            ) AS start
            UNION SELECT p.id FROM reach r CROSS JOIN LATERAL (
                SELECT other AS id FROM alike_pair WHERE one = r.id
                UNION ALL SELECT one FROM alike_pair WHERE other = r.id
            ) p
        ) SELECT id FROM reach LIMIT {}
        """,
        list(asset_ids), list(asset_ids), _REACH,
    )  # fmt: skip
    return frozenset(row["id"] for row in rows) | frozenset(asset_ids)


async def hold_assets(db: Database, asset_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Those of these assets that are there, with their owners; none of them goes before this transaction ends."""
    rows = await db.fetch(
        "SELECT id, owner FROM asset WHERE id = ANY({}::uuid[]) AND state <> 'purging' ORDER BY id FOR KEY SHARE",
        list(asset_ids),
    )
    return {row["id"]: row["owner"] for row in rows}


async def write_prints(db: Database, prints: Sequence[NewPrint]) -> None:
    """Keep prints, in place of those of earlier versions."""
    await db.fetch(
        """
        INSERT INTO likeness (asset, owner, media_version, hash, print)
        SELECT * FROM unnest({}::uuid[], {}::uuid[], {}::integer[], {}::bigint[], {}::bytea[])
        ON CONFLICT (asset) DO UPDATE SET owner = excluded.owner, media_version = excluded.media_version,
            hash = excluded.hash, print = excluded.print
        """,
        [each.asset for each in prints], [each.owner for each in prints],
        [each.media_version for each in prints], [each.hash for each in prints], [each.print for each in prints],
    )  # fmt: skip


async def set_owners(db: Database, owners: dict[UUID, UUID]) -> None:
    """Let prints follow their assets to who owns these now."""
    await db.fetch(
        """
        UPDATE likeness l SET owner = n.owner FROM unnest({}::uuid[], {}::uuid[]) AS n (asset, owner)
        WHERE l.asset = n.asset AND l.owner <> n.owner
        """,
        list(owners), list(owners.values()),
    )  # fmt: skip


async def replace_pairs(db: Database, asset_ids: Collection[UUID], pairs: Sequence[Pair]) -> None:
    """Let these assets have these pairs and no others."""
    await db.fetch(
        "DELETE FROM alike_pair WHERE one = ANY({}::uuid[]) OR other = ANY({}::uuid[])",
        list(asset_ids), list(asset_ids),
    )  # fmt: skip
    await db.fetch(
        """
        INSERT INTO alike_pair (kind, one, other, closeness)
        SELECT * FROM unnest({}::text[], {}::uuid[], {}::uuid[], {}::real[])
        ON CONFLICT (one, other, kind) DO NOTHING
        """,
        [pair.kind.value for pair in pairs], [pair.one for pair in pairs],
        [pair.other for pair in pairs], [pair.closeness for pair in pairs],
    )  # fmt: skip


async def get_pairs(db: Database, asset_ids: Collection[UUID]) -> list[Pair]:
    """The pairs among these assets, but those that a person keeps apart."""
    rows = await db.fetch(
        "SELECT kind, one, other, closeness FROM alike_pair WHERE one = ANY({}::uuid[]) AND other = ANY({}::uuid[])",
        list(asset_ids), list(asset_ids),
    )  # fmt: skip
    return [Pair(GroupKind(row.pop("kind")), **row) for row in rows]


async def get_apart(db: Database, asset_ids: Collection[UUID]) -> frozenset[tuple[UUID, UUID]]:
    """Which two of these a person keeps apart."""
    rows = await db.fetch(
        "SELECT one, other FROM kept_apart WHERE one = ANY({}::uuid[]) AND other = ANY({}::uuid[])",
        list(asset_ids), list(asset_ids),
    )  # fmt: skip
    return frozenset((row["one"], row["other"]) for row in rows)


async def keep_apart(db: Database, couples: Collection[tuple[UUID, UUID]]) -> None:
    """Remember that no two of these are to be in one group."""
    await db.fetch(
        """
        INSERT INTO kept_apart (one, other) SELECT * FROM unnest({}::uuid[], {}::uuid[])
        ON CONFLICT (one, other) DO NOTHING
        """,
        [one for one, _ in couples], [other for _, other in couples],
    )  # fmt: skip


async def get_memberships(db: Database, asset_ids: Collection[UUID]) -> frozenset[Membership]:
    """In which groups these assets are."""
    rows = await db.fetch(
        "SELECT asset, owner, kind, group_id FROM group_member WHERE asset = ANY({}::uuid[])", list(asset_ids)
    )
    return frozenset(
        Membership(row["asset"], row["owner"], GroupKind(row["kind"]), row["group_id"]) for row in rows
    )


async def change_memberships(db: Database, gone: Collection[Membership], new: Collection[Membership]) -> None:
    """Take out of groups, and put into others; what stays is not touched."""
    await db.fetch(
        """
        DELETE FROM group_member m USING unnest({}::uuid[], {}::text[]) AS g (asset, kind)
        WHERE m.asset = g.asset AND m.kind = g.kind
        """,
        [each.asset for each in gone], [each.kind.value for each in gone],
    )  # fmt: skip
    await db.fetch(
        """
        INSERT INTO group_member (asset, kind, group_id, owner)
        SELECT * FROM unnest({}::uuid[], {}::text[], {}::uuid[], {}::uuid[])
        """,
        [each.asset for each in new], [each.kind.value for each in new], [each.group for each in new],
        [each.owner for each in new],
    )  # fmt: skip
