"""The audit log as it is read: narrowed, in pages, with the names of whoever still has one."""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.engine import Database, Row
from appliance.records.audit import Actor, AuditFilter, Entry

#: Most rows that :func:`list_entries` gives at once.
MOST = 500

_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")

#: Of these the object begins with an account's id, also when there is no such account any more.
_OF_ACCOUNTS = ("user.", "key.use")


async def list_entries(
    db: Database, wanted: AuditFilter, *, limit: int, before: int | None = None
) -> tuple[tuple[Entry, ...], int | None]:
    """What happened, the latest first, only ids below ``before``; and what ``before`` is for the next page, if any.

    ``limit`` is 1 to :data:`MOST`.
    """
    most = max(1, min(limit, MOST))
    parts = _conditions(wanted)
    if before is not None:
        parts.append(QueryString("t.id < {}", before))
    rows = await db.fetch(
        QueryString(
            "SELECT t.id, t.at, t.actor, t.session, t.ip, t.action, t.object, t.outcome, t.reason "
            "FROM audit t WHERE {} ORDER BY t.id DESC LIMIT {}",
            QueryString(" AND ".join("{}" for _ in parts), *parts),
            most + 1,
        )
    )
    page = rows[:most]
    names, keys = await _names(db, page), await _keys(db, page)
    found = tuple(_entry_from(row, names, keys) for row in page)
    return found, found[-1].id if len(rows) > most else None


def _conditions(wanted: AuditFilter) -> list[QueryString]:
    parts = [QueryString("TRUE")]
    if wanted.actions:
        # "auth" is everything about signing in, "denied" whatever somebody may not.
        fits = [
            QueryString(
                "(t.action = {} OR starts_with(t.action, {}) OR starts_with(t.action, {}))",
                action,
                f"{action}.",
                f"{action} ",
            )
            for action in wanted.actions
        ]
        parts.append(QueryString(f"({' OR '.join('{}' for _ in fits)})", *fits))
    for column, value in (("actor", wanted.actor), ("outcome", wanted.outcome)):
        if value is not None:
            parts.append(QueryString(f"t.{column} = {{}}", value))
    if wanted.person is not None:
        parts.append(_concerning(wanted.person))
    if wanted.since is not None:
        parts.append(QueryString("t.at >= {}", wanted.since))
    if wanted.until is not None:
        parts.append(QueryString("t.at < {}", wanted.until))
    return parts


def _concerning(person: UUID) -> QueryString:
    # A failed sign-in names the account and not its id; the name was somebody else's before this one had it.
    return QueryString(
        "(t.actor = {} OR strpos(t.object, {}) > 0 OR (starts_with(t.action, 'auth.') AND EXISTS ("
        "SELECT FROM account p WHERE p.id = {} AND p.name = t.object AND p.created_at <= t.at)))",
        person,
        str(person),
        person,
    )


async def _names(db: Database, rows: Sequence[Row]) -> dict[UUID, str]:
    """Names of the accounts that these rows name; one that waits for its last purge has none any more."""
    named = {UUID(each) for row in rows for each in _UUID.findall(row["object"])}
    named |= {row["actor"] for row in rows if row["actor"] is not None}
    found = await db.fetch(
        "SELECT a.id, CASE WHEN a.deleted_at IS NULL THEN a.name ELSE '' END AS name "
        "FROM account a WHERE a.id = ANY({}::uuid[])",
        list(named),
    )
    return {row["id"]: row["name"] for row in found}


async def _keys(db: Database, rows: Sequence[Row]) -> dict[str, str]:
    """Names of the API keys that these rows name, by their ids."""
    named = {row[column] for row in rows for column in ("session", "object")}
    found = await db.fetch("SELECT k.id, k.name FROM api_key k WHERE k.id = ANY({}::text[])", list(named))
    return {row["id"]: row["name"] for row in found}


def _entry_from(row: Row, names: Mapping[UUID, str], keys: Mapping[str, str]) -> Entry:
    actor, ids = row["actor"], [UUID(each) for each in _UUID.findall(row["object"])]
    first_is_one = row["action"].startswith(_OF_ACCOUNTS)
    return Entry(
        id=row["id"],
        at=row["at"],
        actor=None if actor is None else Actor(actor, names.get(actor, "")),
        people=tuple(
            Actor(each, names.get(each, ""))
            for number, each in enumerate(dict.fromkeys(ids))
            if each in names or (first_is_one and number == 0)
        ),
        session=row["session"],
        key=keys.get(row["object"]) or keys.get(row["session"], ""),
        ip=row["ip"],
        action=row["action"],
        object=row["object"],
        outcome=row["outcome"],
        reason=row["reason"],
    )
