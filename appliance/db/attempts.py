"""Tries at signing in, counted so that of several at the same time none slips through.

A row holds the tries of an account from a place. The empty account stands for all tries of a place, and its
``last_at`` is when the minute began in which they are counted. The database's clock decides.
"""

from dataclasses import dataclass

from appliance.db.engine import Database

#: What a place's row is forgotten by, and an account's; a time in the future is a clock that was wrong.
_FORGOTTEN = (
    "(t.last_at <= clock_timestamp() - make_interval(secs => {}) "
    "OR t.last_at > clock_timestamp() + interval '1 minute')"
)

#: Seconds until the next try after so many failures. Takes the free ones, the first wait, them again, the longest.
_WAIT = (
    "CASE WHEN t.failures < {} THEN 0.0 "
    "ELSE least({} * 2.0 ^ least(t.failures - {}, 20), {})::double precision END"
)


@dataclass(frozen=True, slots=True)
class Rules:
    """How many tries are let through; times in seconds."""

    free_failures: int
    first_wait: float
    longest_wait: float
    forgotten_after: float
    per_place_a_minute: int


async def wait_of(db: Database, rules: Rules, *, account: str, place: str) -> float:
    """How long a try has to wait, seconds; 0: it may be made. Nothing is counted, and nobody waits for a lock."""
    row = await db.fetch_one(
        f"""
        SELECT coalesce(max(extract(epoch FROM t.last_at - clock_timestamp()) + CASE
            WHEN t.account <> '' THEN {_WAIT}
            WHEN t.failures < {{}} THEN 0
            ELSE 60
        END), 0)::double precision AS wait
        FROM attempt t
        WHERE t.place = {{}} AND t.account IN ('', {{}})
        AND NOT {_FORGOTTEN}
        """,  # noqa: S608
        *_waiting(rules), rules.per_place_a_minute, place, account, rules.forgotten_after,
    )  # fmt: skip
    return max(0.0, row["wait"]) if row else 0.0


async def count(db: Database, rules: Rules, *, account: str, place: str) -> bool:
    """Whether this try may be made. It counts as failed until :func:`forget`; one that may not counts nothing."""
    try:
        async with db.transaction():
            # A crash may forget the last moment; waiting for the disk would make a flood everybody's business.
            await db.fetch("SET LOCAL synchronous_commit = off")
            # Always the place first: two that each hold what the other wants would wait for ever.
            await _count_place(db, rules, place)
            await _count_account(db, rules, account, place)
    except _Refused:
        return False
    return True


class _Refused(Exception):
    """Takes back what was counted."""


async def _count_place(db: Database, rules: Rules, place: str) -> None:
    rows = await db.fetch(
        f"""
        INSERT INTO attempt AS t (account, place, failures, last_at) VALUES ('', {{}}, 1, clock_timestamp())
        ON CONFLICT (account, place) DO UPDATE SET
            failures = CASE WHEN {_FORGOTTEN} THEN 1 ELSE t.failures + 1 END,
            last_at = CASE WHEN {_FORGOTTEN} THEN clock_timestamp() ELSE t.last_at END
        WHERE t.failures < {{}} OR {_FORGOTTEN}
        RETURNING t.failures
        """,  # noqa: S608
        place, 60.0, 60.0, rules.per_place_a_minute, 60.0,
    )  # fmt: skip
    if not rows:
        raise _Refused
    if rows[0]["failures"] == 1:
        # A minute adds so many rows at most, and takes more than that away when they are old.
        await db.fetch(
            f"DELETE FROM attempt WHERE id IN (SELECT t.id FROM attempt t WHERE {_FORGOTTEN} "  # noqa: S608
            "ORDER BY t.last_at LIMIT 1000 FOR UPDATE SKIP LOCKED)",
            rules.forgotten_after,
        )


async def _count_account(db: Database, rules: Rules, account: str, place: str) -> None:
    rows = await db.fetch(
        f"""
        INSERT INTO attempt AS t (account, place, failures, last_at) VALUES ({{}}, {{}}, 1, clock_timestamp())
        ON CONFLICT (account, place) DO UPDATE SET
            failures = CASE WHEN {_FORGOTTEN} THEN 1 ELSE t.failures + 1 END, last_at = clock_timestamp()
        WHERE {_FORGOTTEN} OR t.last_at + make_interval(secs => {_WAIT}) <= clock_timestamp()
        RETURNING t.id
        """,  # noqa: S608
        account, place, rules.forgotten_after, rules.forgotten_after, *_waiting(rules),
    )  # fmt: skip
    if not rows:
        raise _Refused


def _waiting(rules: Rules) -> tuple[int, float, int, float]:
    return rules.free_failures, rules.first_wait, rules.free_failures, rules.longest_wait


async def forget(db: Database, *, account: str, place: str | None = None) -> None:
    """Forget the failures of an account at a place, or everywhere."""
    await db.fetch(
        "DELETE FROM attempt WHERE account = {} AND ({}::text IS NULL OR place = {})", account, place, place
    )


async def forget_old(db: Database, *, seconds: float, most: int) -> int:
    """How many rows went: those left alone so long, and beyond ``most`` the ones left alone longest."""
    rows = await db.fetch(
        "DELETE FROM attempt WHERE last_at <= clock_timestamp() - make_interval(secs => {}) OR id IN ("
        "SELECT id FROM attempt ORDER BY last_at DESC OFFSET {}) RETURNING id",
        seconds,
        most,
    )
    return len(rows)
