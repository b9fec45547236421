"""Revisions of what a person's lists show, and the log of changes that they come from, kept short.

While very much changes, a trigger keeps the log of each owner below some 13,000 rows, which a revision reads in less
than two milliseconds; :func:`trim` is for what is old.
"""

import hashlib
from datetime import datetime

from piccolo.querystring import QueryString

from appliance.db.engine import Database
from appliance.db.visibility import owners_seen
from appliance.records.accounts import Viewer

#: Kinds of changes that lists show. ``trim`` is one, so that a shortened log is not taken for the log of long ago.
_SHOWN = QueryString("c.kind IN ('asset', 'tag', 'folder', 'album', 'share', 'trim')")

#: Newest rows of each owner that :func:`trim` leaves, and how many more there must be before it takes any.
_KEPT, _SPARE = 10_000, 1_000


async def revision(db: Database, viewer: Viewer) -> str:
    """A short text that is another one whenever anything changed that this person's lists, in whatever order, show.

    It may change without need, and comes never back. Expiries count at their very moment, without a write.

    1. The highest id alone would not do, as ids become visible out of their order; so all of them are joined.
    2. The time of the latest tells apart what follows on a backup that was restored.
    3. Rows that go leave one in their place that nobody has seen before.
    """
    owners = QueryString("ARRAY({})", owners_seen(viewer))
    [row] = await db.fetch(
        """
        SELECT newest, at, joined, expired, expired_at
        FROM (
            SELECT max(id) AS newest, max(at) AS at, bit_xor(hashint8extended(id, 0)) AS joined FROM (
                SELECT c.id, c.at FROM change c WHERE c.owner = ANY({}) AND {}
                UNION ALL SELECT c.id, c.at FROM change c WHERE c.owner IS NULL AND {}
            ) seen
        ) log, (
            SELECT count(*) AS expired, max(a.expires_at) AS expired_at FROM asset a
            WHERE a.owner = ANY({}) AND a.state = 'active' AND a.expires_at <= now()
        ) gone
        """,
        owners, _SHOWN, _SHOWN, owners,
    )  # fmt: skip
    # What rules show changes with them, and they came with the viewer a moment ago.
    text = repr((*row.values(), viewer.in_albums, [(rule.album, rule.stored) for rule in viewer.rules]))
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


async def trim(db: Database, *, before: datetime) -> int:
    """How many rows from before that moment went: those beyond the newest 10,000 or more of an owner.

    A row in their place says so. Nobody's revision has rows of owners who are gone; these all go.
    """
    [row] = await db.fetch(
        """
        WITH numbered AS (
            SELECT id, owner, at, row_number() OVER (PARTITION BY owner ORDER BY id DESC) AS n,
                count(*) OVER (PARTITION BY owner) AS rows
            FROM change
        ), gone AS (
            DELETE FROM change WHERE id IN (
                SELECT c.id FROM numbered c LEFT JOIN account o ON o.id = c.owner
                WHERE c.at < {} AND (
                    (c.owner IS NOT NULL AND o.id IS NULL) OR (c.rows > {} AND c.n > {})
                )
            ) RETURNING owner
        ), told AS (
            INSERT INTO change (owner, kind)
            SELECT DISTINCT g.owner, 'trim' FROM gone g LEFT JOIN account o ON o.id = g.owner
            WHERE g.owner IS NULL OR o.id IS NOT NULL
        )
        SELECT count(*) AS n FROM gone
        """,
        before, _KEPT + _SPARE, _KEPT,
    )  # fmt: skip
    return int(row["n"])
