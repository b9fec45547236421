"""Sign-ins that have begun at the identity provider, and tokens that work once.

A flow is found by the hash of its state and belongs to the browser whose cookie has the other hash: what comes from
elsewhere changes nothing. The database's clock decides.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from appliance.db.engine import Database, Row
from appliance.records.sign_in import Flow, Purpose

#: How long somebody may take at the provider, seconds.
LIFETIME_SECONDS = 600


async def begin(
    db: Database,
    *,
    state_sha256: bytes,
    browser_sha256: bytes,
    nonce: str,
    verifier: str,
    purpose: Purpose,
    account: UUID | None,
    next: str,  # the column's name
) -> None:
    """Keep a new flow; those that ended more than an hour ago go, until then it can be told that they were late."""
    await db.fetch("DELETE FROM sign_in_flow WHERE expires_at < now() - interval '1 hour'")
    await db.fetch(
        "INSERT INTO sign_in_flow "
        "(state_sha256, browser_sha256, nonce, verifier, purpose, account, next, expires_at) "
        "VALUES ({}, {}, {}, {}, {}, {}, {}, now() + make_interval(secs => {}))",
        state_sha256,
        browser_sha256,
        nonce,
        verifier,
        purpose,
        account,
        next,
        LIFETIME_SECONDS,
    )


async def has_living(db: Database, browser_sha256: bytes) -> bool:
    """Whether this browser has a flow that has not ended."""
    row = await db.fetch_one(
        "SELECT EXISTS (SELECT FROM sign_in_flow WHERE browser_sha256 = {} AND expires_at > now()) AS found",
        browser_sha256,
    )
    return bool(row and row["found"])


async def take(db: Database, *, state_sha256: bytes, browser_sha256: bytes) -> Flow | None:
    """The living flow of this state and browser, which ends with this; None when there is none."""
    row = await db.fetch_one(
        "DELETE FROM sign_in_flow WHERE state_sha256 = {} AND browser_sha256 = {} AND expires_at > now() "
        "RETURNING nonce, verifier, purpose, account, next, expires_at",
        state_sha256,
        browser_sha256,
    )
    return _flow_from(row) if row else None


async def why_none(
    db: Database, *, state_sha256: bytes, browser_sha256: bytes
) -> Literal["unknown", "browser", "expired"]:
    """Why :func:`take` found nothing."""
    row = await db.fetch_one(
        "SELECT browser_sha256 = {} AS own FROM sign_in_flow WHERE state_sha256 = {}",
        browser_sha256,
        state_sha256,
    )
    if row is None:
        return "unknown"
    return "expired" if row["own"] else "browser"


def _flow_from(row: Row) -> Flow:
    return Flow(
        nonce=row["nonce"],
        verifier=row["verifier"],
        purpose=row["purpose"],
        account=row["account"],
        next=row["next"],
        expires_at=row["expires_at"],
    )


async def spend(db: Database, token_sha256: bytes, *, until: datetime) -> bool:
    """Whether this token was not used before; it is now, and remembered ``until`` it is too old anyway."""
    await db.fetch("DELETE FROM spent_token WHERE expires_at < now()")
    rows = await db.fetch(
        "INSERT INTO spent_token (id, expires_at) VALUES ({}, {}) ON CONFLICT DO NOTHING RETURNING id",
        token_sha256,
        until,
    )
    return bool(rows)
