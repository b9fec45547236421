"""The log of changes as it is followed, and what the people who follow it may be told of each."""

from collections.abc import Sequence
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.engine import Database, Row
from appliance.db.visibility import owners_seen, visible_to
from appliance.records.accounts import Viewer
from appliance.records.live import Change, EditProgress, Glance

#: How long an edit that has ended is still told of, for who was away at the moment.
_ENDED_AGO = QueryString("interval '2 minutes'")


async def look(db: Database, *, after: int, missing: Sequence[int], limit: int) -> Glance:
    """The rows behind an id, at most ``limit`` and the first first, and those of ``missing`` that are there by now.

    All of it is seen at one moment.
    """
    rows = await db.fetch(
        """
        SELECT s.*, c.id, c.owner, c.kind, c.assets FROM (
            SELECT coalesce((SELECT max(id) FROM change), 0) AS newest,
                pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest
        ) s LEFT JOIN (
            (SELECT * FROM change WHERE id > {} ORDER BY id LIMIT {})
            UNION ALL SELECT * FROM change WHERE id = ANY({}::bigint[])
        ) c ON TRUE ORDER BY c.id
        """,
        after, limit, list(missing),
    )  # fmt: skip
    return Glance(
        changes=tuple(_change(row) for row in rows if row["id"] is not None),
        newest=rows[0]["newest"],
        oldest=rows[0]["oldest"],
    )


async def next_transaction(db: Database) -> int:
    """A transaction that is later than all that have written something by now.

    A snapshot does not say: what it calls its end comes after the last that has ended, and later ones may go on.
    """
    [row] = await db.fetch("SELECT pg_current_xact_id()::text::bigint AS id")
    return int(row["id"])


async def missing_ids(db: Database, *, after: int, upto: int) -> tuple[int, ...]:
    """Ids of this range that no visible row has."""
    rows = await db.fetch(
        "SELECT n FROM generate_series({}::bigint, {}::bigint) n"
        " WHERE NOT EXISTS (SELECT FROM change c WHERE c.id = n) ORDER BY n",
        after + 1, upto,
    )  # fmt: skip
    return tuple(row["n"] for row in rows)


async def seen_owners(db: Database, viewer: Viewer) -> frozenset[UUID]:
    """People whose changes may show in what this person looks at."""
    rows = await db.fetch("SELECT DISTINCT o.id FROM ({}) o (id)", owners_seen(viewer))
    return frozenset(row["id"] for row in rows)


async def visible_ids(db: Database, viewer: Viewer, ids: Sequence[UUID]) -> tuple[UUID, ...]:
    """Those of these assets that this person may see now, in a fixed order."""
    rows = await db.fetch(
        "SELECT a.id FROM asset a WHERE a.id = ANY({}::uuid[]) AND {} AND a.state <> 'purging' ORDER BY a.id",
        list(ids), visible_to(viewer, by_id=True),
    )  # fmt: skip
    return tuple(row["id"] for row in rows)


async def list_progress(db: Database, viewer: Viewer) -> tuple[EditProgress, ...]:
    """One's own edits that are under way or ended moments ago, the first begun first, at most 50."""
    rows = await db.fetch(
        "SELECT id, state, done, total FROM (SELECT * FROM edit WHERE owner = {}"
        " AND (state IN ('running', 'undoing') OR finished_at > now() - {}) ORDER BY created_at DESC LIMIT 50) e"
        " ORDER BY created_at, id",
        viewer.user_id, _ENDED_AGO,
    )  # fmt: skip
    return tuple(EditProgress(**row) for row in rows)


def _change(row: Row) -> Change:
    return Change(
        id=row["id"],
        owner=row["owner"],
        kind=row["kind"],
        assets=None if row["assets"] is None else tuple(row["assets"]),
    )
