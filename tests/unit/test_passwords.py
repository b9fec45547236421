"""Hashing: its parameters, what it refuses, and that nobody's password takes as long as anybody's."""

import pytest

from appliance.errors import UsageError
from appliance.library.passwords import NOBODYS_HASH, Passwords, check_password, is_outdated


async def test_a_hash_is_argon2id_with_todays_parameters_and_a_salt_of_its_own() -> None:
    passwords = Passwords()
    one, other = await passwords.hash("correct horse"), await passwords.hash("correct horse")
    assert one != other
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(one, "correct horse")
    assert not await passwords.verify(one, "correct horsf")


async def test_who_is_not_there_costs_as_much_as_who_is() -> None:
    passwords = Passwords()
    assert not is_outdated(NOBODYS_HASH)
    assert NOBODYS_HASH.split("$")[1:4] == (await passwords.hash("correct horse")).split("$")[1:4]
    assert not await passwords.verify(None, "nobody has this password")


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$broken", "pbkdf2_sha256$1$a$b"])
async def test_a_hash_that_can_not_be_read_opens_nothing(stored: str) -> None:
    assert not await Passwords().verify(stored, "plain")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse",
        "pässwörter sind lang",
        "12 characters",
        "\U0001f600\U0001f603\U0001f604\U0001f601" * 2,
        "x y" * 341,
        "a b c d ",
    ],
)
def test_there_are_no_rules_on_signs_and_nothing_is_cut_off(password: str) -> None:
    check_password(password, user_name="anna")


@pytest.mark.parametrize(
    "password", ["1234567", "12345678", "Qwerty123", "zzzzzzzzz", "anna-anna", "x y" * 342]
)
def test_what_anybody_would_try_first_and_what_never_ends_is_refused(password: str) -> None:
    with pytest.raises(UsageError):
        check_password(password, user_name="Anna-Anna")


async def test_a_password_that_never_ends_is_not_even_hashed() -> None:
    assert not await Passwords().verify(NOBODYS_HASH, "x" * 10_000_000)
