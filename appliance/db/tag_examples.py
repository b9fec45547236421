"""Pictures that show what a person means by a tag: those that carry it, and those for which it was refused.

All of it is about the person's own pictures and words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector, Vector
from piccolo.querystring import QueryString

from appliance.db.engine import Database
from appliance.db.visibility import own_words, owned_by, searchable
from appliance.records.accounts import Viewer

#: Most pictures of one kind that speak for a tag, the latest ones; more hardly move their mean.
MOST_EXAMPLES = 200


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """How many there are, up to :data:`MOST_EXAMPLES`, and the mean of their vectors, float32 of shape (D,)."""

    count: int
    mean: NDArray[np.float32] | None


#: None at all.
NO_EXAMPLES = Examples(0, None)


@dataclass(frozen=True, slots=True)
class OwnTag:
    """A word of a person's."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Pictured:
    """One of a person's pictures: its vector, float32 of shape (D,), and the tags that it must not be given.

    Those are what it carries, everything above that, and what was refused for it.
    """

    id: UUID
    vector: NDArray[np.float32] | None
    carried: frozenset[str]
    refused: frozenset[UUID]


async def list_own_tags(db: Database, viewer: Viewer, *, most: int) -> tuple[OwnTag, ...]:
    """A person's own tags in the order of their names, at most so many."""
    rows = await db.fetch(
        "SELECT t.id, t.name FROM tag t WHERE {} ORDER BY lower(t.name) LIMIT {}", own_words(viewer), most
    )
    return tuple(OwnTag(**row) for row in rows)


async def sample_own(db: Database, viewer: Viewer, *, model_id: int, most: int) -> NDArray[np.float32]:
    """Unit vectors of a sample of the viewer's own pictures, float32 of shape (n, D): the same ones, at most so many.

    Ids are random, so that the first ones are as good as any.
    """
    rows = await db.fetch(
        """
        SELECT e.vector FROM asset a JOIN embedding e ON e.asset = a.id AND e.model = {} AND e.moment_ms = 0
        WHERE {} AND {} ORDER BY a.id LIMIT {}
        """,
        model_id, owned_by(viewer), searchable(), most,
    )  # fmt: skip
    if not rows:
        return np.zeros((0, 0), dtype=np.float32)
    vectors = np.stack([_array(row["vector"]) for row in rows])
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


async def find_pictured(
    db: Database, viewer: Viewer, asset_ids: Sequence[UUID], *, model_id: int
) -> tuple[Pictured, ...]:
    """Those of these assets that are the viewer's own and out of the trash."""
    rows = await db.fetch(
        """
        SELECT a.id, e.vector,
            ARRAY(SELECT lower(t.name) FROM asset_tag x JOIN tag t ON t.id = x.tag WHERE x.asset = a.id) AS carried,
            ARRAY(SELECT r.tag FROM tag_rejection r WHERE r.asset = a.id) AS refused
        FROM asset a LEFT JOIN embedding e ON e.asset = a.id AND e.model = {} AND e.moment_ms = 0
        WHERE a.id = ANY({}::uuid[]) AND {} AND {}
        """,
        model_id, list(asset_ids), owned_by(viewer), searchable(),
    )  # fmt: skip
    return tuple(
        Pictured(row["id"], _unit(row["vector"]), frozenset(row["carried"]), frozenset(row["refused"]))
        for row in rows
    )


async def find_examples(
    db: Database, viewer: Viewer, tags: Sequence[UUID], *, model_id: int
) -> tuple[dict[UUID, Examples], dict[UUID, Examples]]:
    """For those of these tags that have any: the pictures that carry it, and those that were refused."""
    carrying = QueryString("SELECT x.asset, x.id AS at FROM asset_tag x WHERE x.tag = t.id")
    refused = QueryString("SELECT r.asset, r.id AS at FROM tag_rejection r WHERE r.tag = t.id")
    return (
        await _means(db, viewer, tags, carrying, model_id),
        await _means(db, viewer, tags, refused, model_id),
    )


async def _means(
    db: Database, viewer: Viewer, tags: Sequence[UUID], which: QueryString, model_id: int
) -> dict[UUID, Examples]:
    # The mean of numbers that are kept in 16 bits would lose some of them on the way. ``+ 0`` keeps the planner from
    # going through all pictures of all tags in the order of their ids until there are enough.
    rows = await db.fetch(
        """
        SELECT t.id, count(*) AS count, avg(example.vector::vector) AS mean
        FROM tag t CROSS JOIN LATERAL (
            SELECT e.vector FROM ({}) chosen JOIN asset a ON a.id = chosen.asset
            JOIN embedding e ON e.asset = a.id AND e.model = {} AND e.moment_ms = 0
            WHERE {} AND {} ORDER BY chosen.at + 0 DESC LIMIT {}
        ) example
        WHERE t.id = ANY({}::uuid[]) AND {} GROUP BY t.id
        """,
        which, model_id, owned_by(viewer), searchable(), MOST_EXAMPLES, list(tags), own_words(viewer),
    )  # fmt: skip
    return {row["id"]: Examples(int(row["count"]), _array(row["mean"])) for row in rows}


def _array(stored: HalfVector | Vector) -> NDArray[np.float32]:
    return np.asarray(stored.to_numpy(), dtype=np.float32)


def _unit(stored: HalfVector | None) -> NDArray[np.float32] | None:
    if stored is None:
        return None
    vector = _array(stored)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


async def list_refused(db: Database, viewer: Viewer, tag: UUID) -> tuple[UUID, ...]:
    """The viewer's own assets for which this tag was refused."""
    rows = await db.fetch(
        "SELECT a.id FROM tag_rejection r JOIN asset a ON a.id = r.asset WHERE r.tag = {} AND {}",
        tag, owned_by(viewer),
    )  # fmt: skip
    return tuple(row["id"] for row in rows)


async def put_refused(db: Database, viewer: Viewer, tag: UUID, asset_ids: Sequence[UUID]) -> int:
    """How many of these assets of the viewer's were not refused for this tag of theirs before, and are now."""
    rows = await db.fetch(
        """
        INSERT INTO tag_rejection (tag, asset)
        SELECT t.id, a.id FROM tag t, asset a WHERE t.id = {} AND {} AND a.id = ANY({}::uuid[]) AND {}
        ORDER BY a.id ON CONFLICT (tag, asset) DO NOTHING RETURNING id
        """,
        tag, own_words(viewer), list(asset_ids), owned_by(viewer),
    )  # fmt: skip
    return len(rows)


async def drop_refused(db: Database, viewer: Viewer, tag: UUID, asset_ids: Sequence[UUID]) -> None:
    """None of these assets is refused for this tag any more."""
    await db.fetch(
        "DELETE FROM tag_rejection r USING asset a WHERE r.tag = {} AND a.id = r.asset AND r.asset = ANY({}::uuid[])"
        " AND {}",
        tag, list(asset_ids), owned_by(viewer),
    )  # fmt: skip
