"""What leaves the library by itself: one person's pictures that expire soon, and all that a purge takes soon."""

from datetime import datetime, timedelta

import asyncpg
from piccolo.querystring import QueryString

from appliance.db.assets import MAX_LIMIT, select_assets
from appliance.db.engine import Database
from appliance.db.visibility import owned_by, searchable
from appliance.errors import UsageError
from appliance.records.accounts import Named, Viewer
from appliance.records.assets import Asset
from appliance.records.expiry import LeavingDay, OwnersDue
from appliance.records.organise import ListKey


async def count_leaving(
    db: Database, viewer: Viewer, *, until: datetime, zone: str
) -> tuple[LeavingDay, ...]:
    """How many of a person's assets expire on each day of a time zone, from now on; days without any are left out.

    Raises:
        UsageError: there is no such time zone.
    """
    query = QueryString(
        """
        SELECT (a.expires_at AT TIME ZONE {})::date AS day, count(*) AS assets, sum(a.bytes)::bigint AS bytes
        FROM asset a WHERE {} AND {} AND a.expires_at <= {}
        GROUP BY 1 ORDER BY 1
        """,
        zone, owned_by(viewer), searchable(), until,
    )  # fmt: skip
    try:
        rows = await db.fetch(query)
    except asyncpg.InvalidParameterValueError as error:
        raise UsageError("There is no such time zone.") from error
    return tuple(LeavingDay(**row) for row in rows)


async def list_leaving(
    db: Database, viewer: Viewer, *, until: datetime, limit: int, after: ListKey | None = None
) -> tuple[Asset, ...]:
    """A person's assets that expire by then, the first to go first."""
    beyond = QueryString("TRUE")
    if after is not None:
        beyond = QueryString("(a.expires_at, a.id) > ({}, {})", after.at, after.id)
    condition = QueryString(
        "{} AND {} AND a.expires_at <= {} AND {} ORDER BY a.expires_at, a.id LIMIT {}",
        owned_by(viewer), searchable(), until, beyond, max(1, min(limit, MAX_LIMIT + 1)),
    )  # fmt: skip
    return await select_assets(db, viewer, condition)


def _purged_at(trash: timedelta) -> QueryString:
    return QueryString(
        "CASE WHEN a.state = 'trashed' THEN a.purge_after ELSE a.expires_at + {}::interval END", trash
    )


async def count_purged_soon(
    db: Database, *, at: datetime, until: datetime, trash: timedelta
) -> tuple[LeavingDay, ...]:
    """How much of everybody's may be purged on each day in UTC; what is due at ``at`` counts for its day."""
    rows = await db.fetch(
        """
        SELECT (greatest(due, {}) AT TIME ZONE 'UTC')::date AS day, count(*) AS assets, sum(bytes)::bigint AS bytes
        FROM (SELECT {} AS due, a.bytes FROM asset a WHERE a.state <> 'purging') AS a
        WHERE due <= {} GROUP BY 1 ORDER BY 1
        """,
        at, _purged_at(trash), until,
    )  # fmt: skip
    return tuple(LeavingDay(**row) for row in rows)


async def sum_by_owner(db: Database, *, at: datetime, trash: timedelta) -> tuple[OwnersDue, ...]:
    """How much of each person's may be purged at ``at``, the most first."""
    rows = await db.fetch(
        """
        SELECT a.owner, o.name, count(*) AS assets, sum(a.bytes)::bigint AS bytes
        FROM asset a JOIN account o ON o.id = a.owner
        WHERE a.state <> 'purging' AND {} <= {} GROUP BY 1, 2 ORDER BY 3 DESC, 2
        """,
        _purged_at(trash), at,
    )  # fmt: skip
    return tuple(
        OwnersDue(owner=Named(row["owner"], row["name"]), assets=row["assets"], bytes=row["bytes"])
        for row in rows
    )


async def count_purged(db: Database, *, since: datetime) -> tuple[LeavingDay, ...]:
    """How much was purged on each day in UTC, by the log."""
    rows = await db.fetch(
        """
        SELECT (purged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS assets, sum(bytes)::bigint AS bytes
        FROM purge_log WHERE purged_at >= {} GROUP BY 1 ORDER BY 1
        """,
        since,
    )
    return tuple(LeavingDay(**row) for row in rows)
