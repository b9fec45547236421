"""How often one may try, counted in a real database, whose clock is moved by moving the rows."""

import asyncio

import pytest

from appliance.db.engine import Database
from appliance.errors import TooManyAttempts
from appliance.library import attempts
from appliance.library.accounts import folded
from tests.support.web import Web

RULES = attempts.RULES


@pytest.fixture
def db(bare_web: Web) -> Database:
    return bare_web.db


async def wait_for(db: Database, account: str = "anna", place: str = "10.0.0.1") -> float:
    """How long this try has to wait, whole seconds; 0 when it was let through, and failed."""
    try:
        await attempts.begin(db, account, place)
    except TooManyAttempts as error:
        assert error.retry_after_seconds is not None
        return round(error.retry_after_seconds)
    return 0


async def passes(db: Database, seconds: float) -> None:
    """Time goes by."""
    await db.fetch("UPDATE attempt SET last_at = last_at - make_interval(secs => {})", float(seconds))


async def use_up(db: Database, account: str = "anna", place: str = "10.0.0.1") -> None:
    assert [await wait_for(db, account, place) for _ in range(RULES.free_failures)] == [0] * 5


async def test_the_first_failures_are_free_and_each_later_one_waits_twice_as_long(db: Database) -> None:
    await use_up(db)
    waits = []
    for _ in range(8):
        waits.append(await wait_for(db))
        await passes(db, waits[-1])
        assert await wait_for(db) == 0
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


async def test_waiting_in_vain_does_not_make_it_longer(db: Database) -> None:
    await use_up(db)
    await passes(db, 10)
    assert [await wait_for(db) for _ in range(3)] == [20] * 3


async def test_a_success_forgets_the_failures_of_that_place(db: Database) -> None:
    await use_up(db)
    await use_up(db, place="10.0.0.2")
    await attempts.succeeded(db, " ANNA", "10.0.0.1")
    assert await wait_for(db) == 0
    assert await wait_for(db, place="10.0.0.2") > 0


async def test_a_new_password_forgets_them_everywhere(db: Database) -> None:
    await use_up(db)
    await use_up(db, place="10.0.0.2")
    await attempts.forget(db, "Anna")
    assert [await wait_for(db), await wait_for(db, place="10.0.0.2")] == [0, 0]


async def test_an_hour_of_peace_forgets_them_too(db: Database) -> None:
    await use_up(db)
    await passes(db, 3601)
    await use_up(db)


def test_names_that_the_database_takes_for_one_are_counted_as_one() -> None:
    assert folded("kr\u0130stin") == folded("KRISTIN") == folded("kristin")


async def test_another_place_and_another_account_are_not_slowed_down(db: Database) -> None:
    await use_up(db)
    assert await wait_for(db) > 0
    assert await wait_for(db, place="10.0.0.2") == 0
    assert await wait_for(db, account="bob") == 0


async def test_a_place_is_bounded_over_all_accounts(db: Database) -> None:
    for number in range(RULES.per_place_a_minute):
        assert await wait_for(db, account=f"user{number}") == 0
    assert await wait_for(db, account="one more") == 60
    assert await wait_for(db, account="one more", place="10.0.0.2") == 0
    await passes(db, 60)
    assert await wait_for(db, account="one more") == 0


async def test_of_many_tries_at_the_same_time_no_more_get_through_than_one_after_the_other(
    db: Database,
) -> None:
    waits = await asyncio.gather(*(wait_for(db) for _ in range(40)))
    assert sorted(waits)[:6] == [0] * 5 + [30]
    counted = await db.fetch("SELECT failures FROM attempt ORDER BY account")
    assert [row["failures"] for row in counted] == [5, 5]


async def test_a_clock_that_was_wrong_locks_nobody_out(db: Database) -> None:
    await use_up(db)
    await passes(db, -86400)
    assert await wait_for(db) == 0


async def test_neither_names_nor_passwords_typed_as_names_are_kept(db: Database) -> None:
    await wait_for(db, account="my secret password")
    rows = await db.fetch("SELECT account FROM attempt")
    assert len(rows) == 2
    assert all("secret" not in row["account"] for row in rows)


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("", "", True),
        ("10.0.0.1", "10.0.0.2", False),
    ],
)
def test_an_address_of_ipv6_is_a_whole_network(one: str, other: str, are_one: bool) -> None:
    assert (attempts.place_of(one) == attempts.place_of(other)) is are_one


async def test_what_is_kept_is_bounded_by_time_and_by_number(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await db.fetch(
        "INSERT INTO attempt (account, place, failures, last_at) "
        "SELECT 'a' || n, 'p', 5, now() - interval '2 hours' FROM generate_series(1, 900) AS n"
    )
    # A new minute of some place takes the old ones along.
    await wait_for(db)
    assert await db.fetch("SELECT count(*) AS n FROM attempt") == [{"n": 2}]

    monkeypatch.setattr(attempts, "MOST_KEPT", 10)
    for number in range(12):
        await wait_for(db, account=f"user{number}")
    assert await attempts.forget_old(db) == 4
    assert await attempts.forget_old(db) == 0
