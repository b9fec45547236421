"""How often one may try to sign in."""

import pytest

from appliance.errors import TooManyAttempts
from appliance.library.attempts import FREE_FAILURES, LONGEST_WAIT_SECONDS, PER_ADDRESS_A_MINUTE, Attempts


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(clock)


def wait_for(attempts: Attempts, account: str = "anna", ip: str = "10.0.0.1") -> float:
    """How long this try has to wait; 0 when it was let through, and failed."""
    try:
        attempts.begin(account, ip)
    except TooManyAttempts as error:
        assert error.retry_after_seconds is not None
        return error.retry_after_seconds
    return 0.0


def test_the_first_failures_are_free_and_each_later_one_waits_twice_as_long(
    attempts: Attempts, clock: Clock
) -> None:
    assert [wait_for(attempts) for _ in range(FREE_FAILURES)] == [0.0] * FREE_FAILURES
    waits = []
    for _ in range(8):
        waits.append(wait_for(attempts))
        clock.now += waits[-1]
        assert wait_for(attempts) == 0.0
    assert waits[:3] == [30.0, 60.0, 120.0]
    assert max(waits) == waits[-1] == LONGEST_WAIT_SECONDS


def test_waiting_in_vain_does_not_make_it_longer(attempts: Attempts, clock: Clock) -> None:
    for _ in range(FREE_FAILURES):
        wait_for(attempts)
    clock.now += 10
    assert [wait_for(attempts) for _ in range(3)] == [20.0] * 3


def test_a_success_forgets_the_failures(attempts: Attempts) -> None:
    for _ in range(FREE_FAILURES):
        wait_for(attempts)
    attempts.succeeded("ANNA", "10.0.0.1")
    assert wait_for(attempts) == 0.0


def test_an_hour_of_peace_forgets_them_too(attempts: Attempts, clock: Clock) -> None:
    for _ in range(FREE_FAILURES):
        wait_for(attempts)
    clock.now += 3601
    assert [wait_for(attempts) for _ in range(FREE_FAILURES)] == [0.0] * FREE_FAILURES


def test_another_address_and_another_account_are_not_slowed_down(attempts: Attempts) -> None:
    for _ in range(FREE_FAILURES):
        wait_for(attempts)
    assert wait_for(attempts) > 0
    assert wait_for(attempts, ip="10.0.0.2") == 0.0
    assert wait_for(attempts, account="bob") == 0.0


def test_an_address_is_bounded_over_all_accounts(attempts: Attempts, clock: Clock) -> None:
    for number in range(PER_ADDRESS_A_MINUTE):
        assert wait_for(attempts, account=f"user{number}") == 0.0
    assert wait_for(attempts, account="one more") == 60.0
    assert wait_for(attempts, account="one more", ip="10.0.0.2") == 0.0
    clock.now += 60
    assert wait_for(attempts, account="one more") == 0.0


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("", "", True),
    ],
)
def test_an_address_of_ipv6_is_a_whole_network(
    attempts: Attempts, one: str, other: str, are_one: bool
) -> None:
    for _ in range(FREE_FAILURES):
        wait_for(attempts, ip=one)
    assert (wait_for(attempts, ip=other) > 0) is are_one


def test_what_is_remembered_is_bounded(attempts: Attempts, clock: Clock) -> None:
    for number in range(10_050):
        clock.now += 3
        wait_for(
            attempts, account=f"user{number}", ip=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        )
    assert len(attempts._failures) == len(attempts._recent) == 10_000
