"""What the rights of those who go on for long depend on, as one short text each, read for all of them at once.

Whoever was looked up while the text was the same has the same rights now. Only others have to be looked up again.
"""

from collections.abc import Sequence
from uuid import UUID

from appliance.db.accounts import ACCOUNT_COLUMNS
from appliance.db.engine import Database
from appliance.db.sessions import IN_GRACE

_STANDINGS = f"""
SELECT id, md5(row::text) AS standing FROM (
    SELECT s.id::text AS id, s.token_sha256, s.previous_sha256, s.revoked_at, s.expires_at > now() AS goes_on,
        {IN_GRACE} AS in_grace,
        s.last_seen_at > now() - make_interval(secs => {{}}) AS is_used, a.deleted_at, {ACCOUNT_COLUMNS}
    FROM session s JOIN account a ON a.id = s.account WHERE s.id = ANY({{}}::uuid[])
) row
UNION ALL
SELECT id, md5(row::text) AS standing FROM (
    SELECT k.id, k.secret_sha256, k.revoked_at, k.expires_at > now() AS goes_on, k.scopes, a.deleted_at,
        {ACCOUNT_COLUMNS}
    FROM api_key k JOIN account a ON a.id = k.account WHERE k.id = ANY({{}}::text[])
) row
"""  # noqa: S608


async def find_standings(
    db: Database, *, sessions: Sequence[UUID], keys: Sequence[str], idle_seconds: float
) -> dict[str, str]:
    """The standing of each of these sessions and keys, by its id; of one that is gone, none.

    It is another one once the credential works no longer, its person's role is another one, or what they are shown
    of others' is. ``idle_seconds`` is how long a browser's session may go unused.
    """
    rows = await db.fetch(_STANDINGS, idle_seconds, list(sessions), list(keys))
    return {row["id"]: row["standing"] for row in rows}
