"""What identity providers say of a person is read in all the ways in which they say it."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.errors import UsageError
from appliance.library.claims import find_claim, groups_of, profile_of, quota_of, words
from appliance.library.quantities import read_bytes
from tests.conftest import MakeSettings

TOKEN: dict[str, Any] = {"iss": "https://auth.home.test", "sub": "alice"}

ZITADEL = "urn:zitadel:iam:org:project:roles"


@pytest.mark.parametrize(
    ("document", "name", "found"),
    [
        ({"groups": ["a"]}, "groups", ["a"]),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", ["a"]),
        ({"resource_access": {"scene": {"roles": ["a"]}}}, "resource_access.scene.roles", ["a"]),
        ({"a.b": 1, "a": {"b": 2}}, "a.b", 1),
        ({ZITADEL: {"admins": {}}}, ZITADEL, {"admins": {}}),
        ({"a": "text"}, "a.b", None),
        ({"a": {"b": None}}, "a.b", None),
        ({}, "a", None),
    ],
)
def test_a_claim_is_found_by_its_exact_name_before_a_path(
    document: dict[str, Any], name: str, found: object
) -> None:
    assert find_claim(document, name) == found


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["a", "b c", " d "], {"a", "b c", "d"}),
        ("a", {"a"}),
        ("a, b c,d", {"a", "b c", "d"}),
        ("a b", {"a", "b"}),
        ({"admins": {"1": "home.test"}, "users": {}}, {"admins", "users"}),
        ([{"name": "a"}, {"id": 1}], {"a"}),
        ([1, None, "a", "", ["b"]], {"a"}),
        ([], set()),
        ("", set()),
        (None, None),
        (7, None),
        (True, None),
    ],
)
def test_groups_are_lists_texts_and_keys_of_objects(value: object, names: set[str] | None) -> None:
    assert words(value) == (None if names is None else frozenset(names))


def test_no_groups_are_not_the_same_as_nothing_said_of_groups(make_settings: MakeSettings) -> None:
    settings = make_settings()
    assert groups_of(settings, {}, {"groups": []}) == frozenset()
    assert groups_of(settings, {}, {"other": ["a"]}) is None


def test_userinfo_wins_over_the_id_token(make_settings: MakeSettings) -> None:
    profile = profile_of(
        make_settings(),
        id_token=TOKEN | {"groups": ["old"], "preferred_username": "a", "sub": "alice"},
        userinfo={"groups": ["new"], "preferred_username": "b", "sub": "somebody else"},
    )
    assert (profile.groups, profile.name, profile.sub) == (frozenset({"new"}), "b", "alice")


def test_a_slash_is_taken_off_only_when_it_is_said(make_settings: MakeSettings) -> None:
    document = {"groups": ["/family/admins", "plain"]}
    assert groups_of(make_settings(), document) == frozenset(document["groups"])
    stripped = make_settings(oidc_strip_leading_slash="true")
    assert groups_of(stripped, document) == frozenset({"family/admins", "plain"})


@pytest.mark.parametrize(
    ("id_token", "userinfo", "verified"),
    [
        ({"email": "a@home.test", "email_verified": True}, {}, True),
        ({"email_verified": True}, {"email": "a@home.test"}, False),
        ({"email": "a@home.test", "email_verified": True}, {"email": "b@home.test"}, False),
        ({}, {"email": "a@home.test", "email_verified": "true"}, False),
        ({}, {"email": "a@home.test", "email_verified": 1}, False),
        ({}, {"email": "a@home.test"}, False),
    ],
)
def test_an_address_is_verified_by_the_document_that_it_stands_in(
    make_settings: MakeSettings, id_token: dict[str, Any], userinfo: dict[str, Any], verified: bool
) -> None:
    profile = profile_of(make_settings(), id_token=TOKEN | id_token, userinfo=userinfo)
    assert profile.email is not None
    assert profile.email_verified is verified


@pytest.mark.parametrize(
    ("value", "quota"),
    [(5, 5), ("5", 5), ("50 GiB", 50 * 1024**3), (["1 GB"], 10**9), (1.5e9, 1_500_000_000), (None, None)],
)
def test_a_quota_is_bytes_or_a_text_with_a_unit(
    make_settings: MakeSettings, value: object, quota: int | None
) -> None:
    settings = make_settings(oidc_quota_claim="limits.photos")
    assert quota_of(settings, {}, {"limits": {"photos": value}}) == quota
    assert quota_of(make_settings(), {"limits": {"photos": value}}) is None


@pytest.mark.parametrize("value", ["much", -1, True, {"a": 1}, "1e30", "99999999999999999999 TB"])
def test_a_quota_that_can_not_be_read_is_refused_and_left_out_of_a_profile(
    make_settings: MakeSettings, value: object
) -> None:
    settings = make_settings(oidc_quota_claim="quota")
    with pytest.raises(UsageError):
        quota_of(settings, {"quota": value})
    assert profile_of(settings, id_token=TOKEN, userinfo={"quota": value}).quota_bytes is None


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1.5 KiB", 1536),
        ("2k", 2048),
        ("2 kB", 2000),
        ("3 MB", 3_000_000),
        ("1 TiB", 1024**4),
        ("7 B", 7),
    ],
)
def test_a_quantity_of_bytes_is_read_as_people_write_it(text: str, size: int) -> None:
    assert read_bytes(text) == size


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first example makes a table of all characters
@given(
    st.dictionaries(st.sampled_from(["groups", "email", "name", "a", "preferred_username", "quota"]), JSON),
    st.sampled_from(["groups", "a.b", "a", "..", ""]),
)
def test_whatever_a_provider_says_is_read_without_a_failure(
    document: Mapping[str, object], name: str
) -> None:
    words(find_claim(document, name))
