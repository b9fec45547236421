"""How much room people have: the bytes of their originals, and of uploads that are written down."""

from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.engine import Database

# All assets count until their files are gone. The same bytes wait once, and not where there is such an asset.
_USED = """
    (SELECT coalesce(sum(x.bytes), 0) FROM asset x WHERE x.owner = a.id)
    + (SELECT coalesce(sum(w.bytes), 0) FROM (
        SELECT DISTINCT u.sha256, u.bytes FROM upload u WHERE u.owner = a.id AND NOT EXISTS (
            SELECT FROM asset x WHERE x.owner = u.owner AND x.sha256 = u.sha256 AND x.state <> 'purging'
        )
    ) w)
"""


async def lock(db: Database, owner: UUID) -> None:
    """Wait until nobody else decides about this person's room. Belongs inside a transaction, which ends it."""
    await db.fetch("SELECT pg_advisory_xact_lock(hashtextextended({}, 2))", f"quota:{owner}")


async def room(db: Database, owner: UUID) -> int | None:
    """Bytes that are left, less than 0 where a quota was lowered; None: no limit."""
    row = await db.fetch_one(
        "SELECT (a.quota_bytes - ({}))::bigint AS room FROM account a WHERE a.id = {}",
        QueryString(_USED),
        owner,
    )
    return row["room"] if row else None


async def largest_welcome(db: Database, owner: UUID) -> int | None:
    """The size of the largest own original, or the room that is left if that is more; None: no limit."""
    row = await db.fetch_one(
        """
        SELECT CASE WHEN a.quota_bytes IS NOT NULL THEN greatest(
            a.quota_bytes - ({}), (SELECT max(x.bytes) FROM asset x WHERE x.owner = a.id)
        ) END::bigint AS size
        FROM account a WHERE a.id = {}
        """,
        QueryString(_USED), owner,
    )  # fmt: skip
    return row["size"] if row else None


async def has_room(db: Database, owner: UUID, *, sha256: bytes, size: int) -> bool:
    """Whether these bytes fit, or are there or on their way already. Means something under :func:`lock`."""
    row = await db.fetch_one(
        """
        SELECT FROM account a WHERE a.id = {} AND (
            a.quota_bytes IS NULL OR {} + ({}) <= a.quota_bytes
            OR EXISTS (SELECT FROM upload u WHERE u.owner = a.id AND u.sha256 = {})
            OR EXISTS (SELECT FROM asset x WHERE x.owner = a.id AND x.sha256 = {} AND x.state <> 'purging')
        )
        """,
        owner, size, QueryString(_USED), sha256, sha256,
    )  # fmt: skip
    return row is not None
