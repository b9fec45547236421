"""How much room people have: the bytes of their originals, of uploads that are written down, and of such that come.

An upload in pieces counts with all the bytes that it announced, for as long as it has its room, until it is an upload
that is written down.
"""

from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db import locks
from appliance.db.engine import Database

# All assets count until their files are gone. The same bytes wait once, and not where there is such an asset.
_USED = """
    (SELECT coalesce(sum(x.bytes), 0) FROM asset x WHERE x.owner = a.id)
    + (SELECT coalesce(sum(w.bytes), 0) FROM (
        SELECT DISTINCT u.sha256, u.bytes FROM upload u WHERE u.owner = a.id AND NOT EXISTS (
            SELECT FROM asset x WHERE x.owner = u.owner AND x.sha256 = u.sha256 AND x.state <> 'purging'
        )
    ) w)
    + (SELECT coalesce(sum(t.bytes), 0) FROM transfer t
        WHERE t.owner = a.id AND t.finished_at IS NULL AND t.expires_at > now() AND t.id <> {}
        AND (t.reserved_until IS NULL OR t.reserved_until > now()) AND NOT EXISTS (
            SELECT FROM upload u WHERE u.id = t.id
        ) AND NOT EXISTS (
            SELECT FROM asset x WHERE x.owner = t.owner AND x.sha256 = t.sha256 AND x.state <> 'purging'
        )
    )
"""

#: The id of no transfer.
_NONE = UUID(int=0)


def _used(besides: UUID = _NONE) -> QueryString:
    """Bytes of the account ``a``, without those of one transfer."""
    return QueryString(_USED, besides)


async def lock(db: Database, owner: UUID) -> None:
    """Wait until nobody else decides about this person's room. Belongs inside a transaction, which ends it."""
    await locks.lock(db, f"quota:{owner}")


async def room(db: Database, owner: UUID) -> int | None:
    """Bytes that are left, less than 0 where a quota was lowered; None: no limit."""
    row = await db.fetch_one(
        "SELECT (a.quota_bytes - ({}))::bigint AS room FROM account a WHERE a.id = {}",
        _used(),
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
        _used(), owner,
    )  # fmt: skip
    return row["size"] if row else None


async def has_room(
    db: Database, owner: UUID, *, sha256: bytes | None, size: int, besides: UUID = _NONE
) -> bool:
    """Whether these bytes fit, or are there or on their way already. Means something under :func:`lock`.

    Without a sum they are taken for new ones. The transfer ``besides`` is not counted: they are its own.
    """
    row = await db.fetch_one(
        """
        SELECT FROM account a WHERE a.id = {} AND (
            a.quota_bytes IS NULL OR {} + ({}) <= a.quota_bytes
            OR EXISTS (SELECT FROM upload u WHERE u.owner = a.id AND u.sha256 = {})
            OR EXISTS (SELECT FROM asset x WHERE x.owner = a.id AND x.sha256 = {} AND x.state <> 'purging')
        )
        """,
        owner, size, _used(besides), sha256, sha256,
    )  # fmt: skip
    return row is not None
