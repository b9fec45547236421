"""The nearest vectors: exactly, or through the approximate index, and which of the two was asked.

1. Count what the filter leaves, up to a cap that grows with the model's index; see whether there is one.
2. Few rows left, a later page, or no index: compare every vector that is left. Otherwise ask the index, with
   iterative scans so that filters don't shorten the answer, and put its rows in order.
3. An index that gives less than was asked for may have left rows out: then every vector is compared after all.

Figures that the limits come from are printed by ``make bench``.
"""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from piccolo.querystring import QueryString

from appliance.db.assets import ASSET_TABLES, MAX_LIMIT, asset_columns, asset_from_row
from appliance.db.engine import Database, Row
from appliance.db.filters import is_everything, to_sql
from appliance.db.groups import is_fellow, outranked
from appliance.db.visibility import hidden_ids, searchable, vectors_of, visible_parts, visible_to
from appliance.errors import NotFound
from appliance.records.accounts import Sight, Viewer
from appliance.records.search import Filter, NearHit, PageKey

#: Comparing this many vectors takes a few milliseconds, and gives all that an index would miss.
EXACT_ROWS = 10_000

#: One row in so many is too few for an index: it meets mostly rows that the filter drops, and misses many that it
#: keeps. So of a very big library more rows are compared, but never more than some 100 ms take.
EXACT_PART = 20
EXACT_ROWS_AT_MOST = 50_000

#: Candidates that the index keeps in mind. At 100,000 rows and a filter that keeps a fifth of them this finds 99 of
#: 100 in some 10 ms.
EF_SEARCH = 400

#: pgvector's own limit.
_MAX_EF_SEARCH = 1000


@dataclass(frozen=True, slots=True)
class Nearest:
    """What to look for, by whom, and how far."""

    viewer: Viewer
    #: Shape (dimension,), L2-normalised.
    vector: NDArray[np.float32]
    model_id: int
    where: Filter
    #: Assets that are left out, as they are what the search is for more of.
    besides: tuple[UUID, ...]
    #: How many rows, 1 to :data:`~appliance.db.assets.MAX_LIMIT`.
    limit: int
    after: PageKey | None
    #: Whether of a group of alike pictures the nearest stands for all.
    collapse: bool = False
    #: What is in the answer already: with ``collapse`` its fellows are left out.
    heads: tuple[UUID, ...] = ()

    @property
    def stored(self) -> QueryString:
        """The stored vector as the model's index has it. The literal dimension is part of the index's expression."""
        return QueryString(f"e.vector::halfvec({len(self.vector)})")

    @property
    def of_model(self) -> QueryString:
        """The model's vectors near the viewer. The literal model is what makes the partial index usable."""
        return QueryString(f"e.model = {int(self.model_id)} AND {{}}", vectors_of(self.viewer))

    @property
    def all_own(self) -> bool:
        """Whether every vector is the viewer's own and none is filtered, so that the asset tells nothing more."""
        return self.viewer.sight is Sight.OWN and is_everything(self.where)

    @property
    def distance(self) -> QueryString:
        """The cosine distance, 0 to 2."""
        return QueryString("({} <=> {}::halfvec)", self.stored, HalfVector(self.vector))


@dataclass(frozen=True, slots=True)
class Found:
    """The nearest assets, nearest first."""

    hits: tuple[NearHit, ...]
    exact: bool
    #: Whether there are more behind the last one.
    more: bool
    #: How many vectors the filter leaves, as far as was counted; None on a later page, which does not count.
    matched: int | None = None
    #: Whether counting ended before all were counted.
    matched_at_least: bool = False


async def find_nearest(db: Database, wanted: Nearest) -> Found:
    """The nearest visible assets: as many as are asked for, when there are that many."""
    limit = max(1, min(wanted.limit, MAX_LIMIT))
    async with db.transaction():
        counted = await _count(db, wanted)
        exact = counted is None or counted.is_few
        await _configure(db, limit)
        statement = exact_statement if exact else index_statement
        rows = await db.fetch(statement(wanted, limit + 1))
        if not exact and len(rows) <= limit:
            exact = True
            rows = await db.fetch(exact_statement(wanted, limit + 1))
        if wanted.collapse and len(rows) <= limit and not (counted and counted.rows <= _looked_at(limit + 1)):
            rows = await db.fetch(exact_statement(wanted, limit + 1, all_rows=True))
    return Found(
        hits=tuple(_hit(row) for row in rows[:limit]),
        exact=exact,
        more=len(rows) > limit,
        matched=counted and max(0, min(counted.rows, counted.cap) - counted.hidden),
        matched_at_least=counted is not None and counted.rows > counted.cap,
    )


async def get_vector(
    db: Database, viewer: Viewer, asset_id: UUID, *, model_id: int
) -> NDArray[np.float32] | None:
    """The asset's vector by this model, shape (dimension,), or None when it has none yet.

    Raises:
        NotFound: there is no such asset, or it is somebody else's and not shared.
    """
    row = await db.fetch_one(
        """
        SELECT e.vector FROM asset a
        LEFT JOIN embedding e ON e.asset = a.id AND e.model = {} AND e.moment_ms = 0
        WHERE a.id = {} AND a.state <> 'purging' AND {}
        """,
        model_id, asset_id, visible_to(viewer, by_id=True),
    )  # fmt: skip
    if row is None:
        raise NotFound
    vector: HalfVector | None = row["vector"]
    return None if vector is None else np.asarray(vector.to_numpy(), dtype=np.float32)


class _Counted(NamedTuple):
    #: As many as the filter leaves, and at most one more than the cap.
    rows: int
    cap: int
    indexed: bool
    #: Of these how many are not to be seen.
    hidden: int

    @property
    def is_few(self) -> bool:
        """Whether all of them are to be compared."""
        return not self.indexed or self.rows <= self.cap


async def _count(db: Database, wanted: Nearest) -> _Counted | None:
    """How many vectors the filter leaves; None for a later page.

    A later page must not leave out what an approximate order would put too late: there everything is compared.
    """
    if wanted.after is not None:
        return None
    hidden = QueryString("SELECT WHERE FALSE")
    if wanted.all_own:
        left = QueryString("SELECT FROM embedding e WHERE {}", wanted.of_model)
        hidden = QueryString(
            "SELECT FROM ({}) AS h JOIN embedding e ON e.asset = h.id WHERE {}",
            hidden_ids(wanted.viewer), wanted.of_model,
        )  # fmt: skip
    else:
        left = _seen(wanted.viewer, wanted.where)
    row = await db.fetch_one(
        """
        WITH found AS (
            SELECT c.reltuples FROM pg_index i
            JOIN pg_class c ON c.oid = i.indexrelid
            JOIN pg_am m ON m.oid = c.relam
            WHERE i.indrelid = 'embedding'::regclass AND i.indisvalid AND m.amname = 'hnsw'
              AND pg_get_expr(i.indpred, i.indrelid) = {}
        ), cap AS (
            SELECT greatest({}::bigint, least({}::bigint, (max(reltuples) / {}::bigint)::bigint)) AS rows,
                   count(*) > 0 AS indexed
            FROM found
        )
        SELECT cap.indexed, cap.rows AS cap, (
            SELECT count(*) FROM ({} LIMIT (SELECT rows + 1 FROM cap)) AS counted
        ) AS rows, (SELECT count(*) FROM ({}) AS hidden) AS hidden FROM cap
        """,
        f"(model = {int(wanted.model_id)})", EXACT_ROWS, EXACT_ROWS_AT_MOST, EXACT_PART, left, hidden,
    )  # fmt: skip
    return None if row is None else _Counted(row["rows"], row["cap"], row["indexed"], row["hidden"])


async def _configure(db: Database, limit: int) -> None:
    """Set up this transaction: a custom plan for each filter, and an index that looks far enough."""
    await db.fetch(
        """
        SELECT set_config('hnsw.ef_search', {}, TRUE),
            set_config('hnsw.iterative_scan', 'relaxed_order', TRUE),
            set_config('hnsw.max_scan_tuples', '100000', TRUE),
            set_config('hnsw.scan_mem_multiplier', '4', TRUE),
            set_config('plan_cache_mode', 'force_custom_plan', TRUE)
        """,
        str(min(_MAX_EF_SEARCH, max(EF_SEARCH, 2 * (limit + 1)))),
    )


def exact_statement(wanted: Nearest, rows: int, *, all_rows: bool = False) -> QueryString:
    """Every vector that the filter leaves is compared; ``+ 0`` hides the order from the index.

    Of what is collapsed only some more than the wanted rows are looked at, unless ``all_rows`` are to be.
    """
    if wanted.all_own:
        # Without a filter, most assets are visible: leaving out the few hidden ones is cheaper than a join.
        tables = QueryString("embedding e")
        condition = QueryString(
            "NOT EXISTS (SELECT FROM ({}) AS hidden WHERE hidden.id = e.asset)", hidden_ids(wanted.viewer)
        )
    else:
        tables = QueryString("embedding e JOIN asset a ON a.id = e.asset")
        condition = _asset_condition(wanted, by_id=False)
    nearest = QueryString(
        """
        SELECT each.asset, each.distance FROM (
            SELECT e.asset, {} + 0 AS distance FROM {}
            WHERE {} AND {} AND e.asset <> ALL({}::uuid[])
            OFFSET 0
        ) AS each
        WHERE {}
        ORDER BY each.distance, each.asset LIMIT {}
        """,
        wanted.distance, tables, wanted.of_model, condition, list(wanted.besides), _after(wanted.after),
        None if wanted.collapse and all_rows else _looked_at(rows) if wanted.collapse else rows,
    )  # fmt: skip
    return _with_assets(wanted, _collapsed(wanted, nearest, rows) if wanted.collapse else nearest)


def index_statement(wanted: Nearest, rows: int) -> QueryString:
    """The index gives candidates in roughly the right order until enough of them pass the filter."""
    nearest = QueryString(
        """
        SELECT e.asset, {} AS distance FROM embedding e JOIN asset a ON a.id = e.asset
        WHERE {} AND {} AND e.asset <> ALL({}::uuid[])
        ORDER BY {} LIMIT {}
        """,
        wanted.distance, wanted.of_model, _asset_condition(wanted, by_id=True), list(wanted.besides),
        wanted.distance, _looked_at(rows) if wanted.collapse else rows,
    )  # fmt: skip
    return _with_assets(wanted, _collapsed(wanted, nearest, rows) if wanted.collapse else nearest)


def _looked_at(rows: int) -> int:
    """How many of the nearest are looked at for so many of different groups."""
    return rows * 3 // 2 + 16


def _collapsed(wanted: Nearest, nearest: QueryString, rows: int) -> QueryString:
    """Of the nearest those before which no fellow of their group comes, on this page or one before it."""
    passing = QueryString(
        "{} AND {} AND f.asset <> ALL({}::uuid[])",
        wanted.of_model, to_sql(wanted.where, wanted.viewer), list(wanted.besides),
    )  # fmt: skip
    return QueryString(
        """
        SELECT each.asset, each.distance FROM (
            SELECT n.asset, n.distance FROM ({}) AS n ORDER BY n.distance, n.asset OFFSET 0
        ) AS each
        WHERE NOT {} AND NOT {} ORDER BY each.distance, each.asset LIMIT {}
        """,
        nearest, outranked(wanted.viewer, passing, wanted.distance), is_fellow(wanted.viewer, wanted.heads), rows,
    )  # fmt: skip


def _with_assets(wanted: Nearest, nearest: QueryString) -> QueryString:
    return QueryString(
        """
        WITH nearest AS MATERIALIZED ({})
        SELECT {}, nearest.distance FROM {} JOIN nearest ON nearest.asset = a.id
        WHERE {} AND {}
        ORDER BY nearest.distance, a.id
        """,
        nearest, asset_columns(wanted.viewer.user_id, wanted.viewer.sight), ASSET_TABLES,
        visible_to(wanted.viewer, by_id=True), searchable(),
    )  # fmt: skip


def _asset_condition(wanted: Nearest, *, by_id: bool) -> QueryString:
    """Which assets may be answered with; ``by_id`` where few candidates are looked at, one by one."""
    return QueryString(
        "{} AND {} AND {}",
        visible_to(wanted.viewer, by_id=by_id), searchable(), to_sql(wanted.where, wanted.viewer),
    )  # fmt: skip


def _after(key: PageKey | None) -> QueryString:
    if key is None:
        return QueryString("TRUE")
    return QueryString("(each.distance, each.asset) > ({}, {})", key.distance, key.id)


def _hit(row: Row) -> NearHit:
    distance = float(row["distance"])
    return NearHit(asset=asset_from_row(row), score=1.0 - distance, distance=distance)


async def count_seen(db: Database, viewer: Viewer, where: Filter, *, most: int) -> int:
    """How many visible assets the filter leaves, at most ``most``."""
    row = await db.fetch_one("SELECT count(*) AS n FROM ({} LIMIT {}) AS seen", _seen(viewer, where), most)
    return int(row["n"]) if row else 0


def _seen(viewer: Viewer, where: Filter) -> QueryString:
    """A SELECT of nothing for each visible asset, part by part, so that counting may end with the first one."""
    parts = [
        QueryString("SELECT FROM asset a WHERE {} AND {} AND {}", part, searchable(), to_sql(where, viewer))
        for part in visible_parts(viewer)
    ]
    return QueryString(" UNION ALL ".join("{}" for _ in parts), *parts)
