"""The small parts of signing in at a provider: the way back, what is kept, how often, and what is encrypted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import ProviderUnavailable, SignInRefused, TooManyAttempts
from appliance.library.identities import role_of
from appliance.records.accounts import Role
from appliance.records.sign_in import SHOWN, Reason, shown
from tests.conftest import MakeSettings
from web.auth.oidc.browser import local_path
from web.auth.oidc.client import auth_method, authorization_url, scope
from web.auth.oidc.documents import Metadata, read_metadata
from web.auth.oidc.pace import Pace
from web.auth.oidc.provider import KEEP_FAILURE_SECONDS, KEEP_SECONDS, KEEP_THERE_SECONDS, Kept
from web.auth.oidc.sealing import Seal
from web.auth.oidc.wire import is_private

ISSUER = "https://auth.home.test"

DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth?tenant=home",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
}

OIDC = {
    "public_url": "https://photos.home.test/scene",
    "oidc_enabled": "true",
    "oidc_issuer": ISSUER,
    "oidc_client_id": "scene-sense",
}


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


# --- the way back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/photos?q=red%20car#top", "/a//b", "/folders/1/@you", "/~x"])
def test_paths_of_the_page_are_gone_on_to(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "text",
    [
        *("", "//evil.test", "/\\evil.test", "\\/evil.test", "https://evil.test/", "javascript:alert(1)"),
        *("/\t/evil.test", "/\n//evil.test", "/a\\b", "/a b", "evil.test", "/ä", "/\x00", "?next=/"),
        *("/api/auth/logout", "/media/x", "/" + "a" * 3000),
    ],
)
def test_everything_else_leads_to_the_front_page(text: str) -> None:
    assert local_path(text) == "/"


@given(st.text())
def test_no_path_leads_to_another_host(text: str) -> None:
    path = local_path(text)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert path.isprintable()


# --- the provider's document -------------------------------------------------------------------------------------


def test_an_authorization_request_has_all_that_binds_the_answer(make_settings: MakeSettings) -> None:
    settings = make_settings(**OIDC, oidc_scope="openid offline_access groups")
    url = authorization_url(
        settings,
        read_metadata(settings, DOCUMENT),
        state="S",
        nonce="N",
        verifier="v" * 43,
        purpose="confirm",
    )
    assert url.startswith(f"{ISSUER}/auth?tenant=home&")
    for wanted in (
        *("response_type=code", "client_id=scene-sense", "state=S", "nonce=N", "response_mode=query"),
        *("code_challenge_method=S256", "code_challenge=", "prompt=login", "max_age=0"),
        *(
            "scope=openid+groups",
            "redirect_uri=https%3A%2F%2Fphotos.home.test%2Fscene%2Fapi%2Fauth%2Foidc%2Fcallback",
        ),
    ):
        assert wanted in url
    assert "vvvv" not in url
    assert scope(settings) == "openid groups"
    assert auth_method(settings) == "none"


@pytest.mark.parametrize("issuer", [f"{ISSUER}/", "https://other.test", None, 7])
def test_the_issuer_is_the_configured_one_to_the_letter(make_settings: MakeSettings, issuer: object) -> None:
    with pytest.raises(SignInRefused) as refused:
        read_metadata(make_settings(**OIDC), DOCUMENT | {"issuer": issuer})
    assert refused.value.reason == Reason.ISSUER_DISCOVERY


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token_endpoint", None),
        ("jwks_uri", ""),
        ("token_endpoint", "http://auth.home.test/token"),
        ("userinfo_endpoint", "ftp://auth.home.test/"),
        ("end_session_endpoint", "javascript:alert(1)"),
        ("authorization_endpoint", ["https://auth.home.test"]),
        ("jwks_uri", "https://[broken/"),
        ("jwks_uri", "https:///nowhere"),
    ],
)
def test_endpoints_are_there_and_https(make_settings: MakeSettings, name: str, value: object) -> None:
    with pytest.raises(ProviderUnavailable) as refused:
        read_metadata(make_settings(**OIDC), DOCUMENT | {name: value})
    assert refused.value.reason == Reason.ENDPOINTS


def test_lists_of_the_wrong_kind_are_nothing_said(make_settings: MakeSettings) -> None:
    found: Metadata = read_metadata(make_settings(**OIDC), DOCUMENT | {"scopes_supported": "openid"})
    assert found.scopes is None
    assert not found.names_issuer


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("127.0.0.1", True),
        ("192.168.1.5", True),
        ("10.0.0.1", True),
        ("fd00::1", True),
        ("fe80::1%eth0", True),
        ("::1", True),
        ("::ffff:192.168.1.5", True),
        ("::ffff:8.8.8.8", False),
        ("8.8.8.8", False),
        ("0.0.0.0", False),  # noqa: S104 - nothing is bound here
        ("224.0.0.1", False),
        ("2001:4860:4860::8888", False),
    ],
)
def test_only_a_homes_addresses_are_private(address: str, private: bool) -> None:
    assert is_private(address) is private


# --- what is kept ------------------------------------------------------------------------------------------------


async def test_an_answer_is_kept_for_a_while_and_asked_for_again_when_it_is_dropped() -> None:
    asked: list[int] = []
    clock = Clock()

    async def ask() -> int:
        asked.append(1)
        return len(asked)

    kept = Kept(ask, clock)
    assert [await kept.get(), await kept.get()] == [1, 1]
    clock.seconds += KEEP_SECONDS
    assert await kept.get() == 2
    kept.drop(kept.version - 1)
    assert await kept.get() == 2
    kept.drop(kept.version)
    assert await kept.get() == 3


async def test_whoever_needs_it_to_be_there_now_is_not_given_what_was_true_minutes_ago() -> None:
    clock = Clock()
    is_there = True

    async def ask() -> int:
        if not is_there:
            raise ProviderUnavailable
        return 1

    kept = Kept(ask, clock)
    assert await kept.get() == 1
    is_there = False
    clock.seconds += KEEP_THERE_SECONDS
    assert await kept.get() == 1
    with pytest.raises(ProviderUnavailable):
        await kept.get(age_seconds=KEEP_THERE_SECONDS)


async def test_a_failure_is_kept_for_seconds() -> None:
    asked: list[int] = []
    clock = Clock()

    async def ask() -> int:
        asked.append(1)
        if len(asked) == 1:
            raise ProviderUnavailable
        return 7

    kept = Kept(ask, clock)
    for _ in range(5):
        with pytest.raises(ProviderUnavailable):
            await kept.get()
    assert len(asked) == 1
    clock.seconds += KEEP_FAILURE_SECONDS
    assert await kept.get() == 7


def test_strangers_are_slowed_down_each_by_themselves() -> None:
    clock = Clock()
    pace = Pace(each=2, together=5, clock=clock)
    for ip in ("fd00::1", "fd00::2", "192.168.1.5", "192.168.1.5"):
        pace.step(ip)
    for ip in ("fd00::3", "192.168.1.5"):
        with pytest.raises(TooManyAttempts):
            pace.step(ip)
    pace.step("")
    with pytest.raises(TooManyAttempts):
        pace.step("192.168.1.6")
    clock.seconds += 60
    pace.step("192.168.1.5")


def test_an_id_token_is_opened_by_its_own_key_and_for_its_own_person_alone() -> None:
    seal = Seal(bytes(32))
    sealed = seal.close("a.b.c", issuer=ISSUER, sub="alice")
    assert sealed is not None
    assert b"a.b.c" not in sealed
    assert seal.open(sealed, issuer=ISSUER, sub="alice") == "a.b.c"
    assert seal.open(sealed, issuer=ISSUER, sub="bob") is None
    assert Seal(b"1" * 32).open(sealed, issuer=ISSUER, sub="alice") is None
    assert seal.open(b"", issuer=ISSUER, sub="alice") is None
    assert seal.close("x" * 20_000, issuer=ISSUER, sub="alice") is None


# --- roles and reasons -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "groups", "expected"),
    [
        (Role.MEMBER, {"admins"}, Role.ADMIN),
        (Role.MEMBER, {"lookers"}, Role.VIEWER),
        (Role.VIEWER, {"admins", "lookers"}, Role.ADMIN),
        (Role.ADMIN, {"lookers"}, Role.VIEWER),
        (Role.ADMIN, set(), Role.MEMBER),
        (Role.VIEWER, {"Admins"}, Role.MEMBER),
        (Role.ADMIN, None, Role.ADMIN),
    ],
)
def test_groups_give_roles_and_take_them(
    make_settings: MakeSettings, role: Role, groups: set[str] | None, expected: Role
) -> None:
    settings = make_settings(oidc_admin_group="admins", oidc_viewer_group="lookers")
    assert role_of(settings, role, None if groups is None else frozenset(groups)) is expected


def test_a_role_that_no_group_gives_is_kept(make_settings: MakeSettings) -> None:
    none, admins = make_settings(), make_settings(oidc_admin_group="admins")
    assert all(role_of(none, role, frozenset({"admins"})) is role for role in Role)
    assert role_of(admins, Role.VIEWER, frozenset()) is Role.VIEWER
    assert role_of(admins, Role.ADMIN, frozenset()) is Role.MEMBER


def test_the_page_is_told_one_of_few_codes() -> None:
    codes = {shown(reason) for reason in Reason}
    assert codes == set(SHOWN.values()) | {"sign_in_refused"}
    assert shown("whatever") == "sign_in_refused"
    assert len(codes) == 8
