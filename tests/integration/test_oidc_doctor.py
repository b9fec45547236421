"""``scene-sense doctor oidc`` walks the way to a sign-in, and says what is wrong so that an owner can mend it."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.cli.up import only_one
from appliance.settings import load
from tests.integration.conftest import OpenOidcHome
from tests.support.certificates import HomeAuthority
from tests.support.identity_provider import NpmProvider, Provider
from tests.support.oidc import OidcHome, running_home
from tests.support.up import free_port
from tests.support.web import ORIGIN


async def walk(home: OidcHome) -> dict[str, Any]:
    """What an administrator is shown."""
    async with home.browser() as browser:
        await home.local_admin(browser)
        answer = await browser.api("GET", "/api/admin/oidc/check")
        assert answer.status_code == 200, answer.text
        assert "eyJ" not in answer.text
        return dict(answer.json())


async def failures(home: OidcHome) -> dict[str, str]:
    """What failed: the step, and its text with what mends it."""
    found = await walk(home)
    failed = {
        step["name"]: f"{step['text']} -> {step['remedy']}"
        for step in found["steps"]
        if step["level"] == "failure"
    }
    assert found["ok"] is not bool(failed)
    return failed


async def test_a_provider_that_is_set_up_well_passes_every_step(
    https_provider: NpmProvider, open_oidc_home: OpenOidcHome, authority: HomeAuthority
) -> None:
    settings = {"oidc_ca_file": str(authority.ca), "oidc_allow_http_issuer": "false"}
    async with open_oidc_home(https_provider, oidc_admin_group="admins", **settings) as home:
        found = await walk(home)
        assert found["ok"] is True
        assert [step for step in found["steps"] if step["level"] != "ok"] == []
        names = {step["name"] for step in found["steps"]}
        assert {"name", "certificate", "discovery", "issuer", "keys", "clock", "client", "redirect"} <= names
        assert await home.db.fetch("SELECT FROM session WHERE issuer IS NOT NULL") == [], (
            "nobody was signed in"
        )
        assert https_provider.sessions() == []


async def test_plain_http_in_the_home_is_a_warning(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(provider) as home:
        found = await walk(home)
    assert found["ok"] is True
    assert [step["name"] for step in found["steps"] if step["level"] == "warning"] == ["certificate"]


async def test_an_issuer_that_differs_by_a_slash_is_named_with_the_right_one(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(provider, oidc_issuer=f"{provider.issuer}/") as home:
        failed = await failures(home)
    assert set(failed) == {"issuer"}
    assert f"OIDC_ISSUER={provider.issuer}," in failed["issuer"]


async def test_an_issuer_without_its_path_is_told_where_providers_have_it(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(provider, oidc_issuer=f"{provider.issuer}/realms/other") as home:
        failed = await failures(home)
    assert set(failed) == {"discovery"}
    assert "/realms/NAME" in failed["discovery"]


async def test_a_provider_that_is_down_is_told_from_one_that_is_wrong(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    port = free_port()
    async with open_oidc_home(provider, oidc_issuer=f"http://127.0.0.1:{port}") as home:
        failed = await failures(home)
    assert set(failed) == {"connection"}
    assert f"127.0.0.1:{port}" in failed["connection"]


async def test_a_wrong_secret_and_an_unknown_client_fail_at_the_client(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    wrong: tuple[Provider, ...] = (
        replace(provider, client_secret="a-secret-that-is-not-this-clients-own"),
        replace(provider, client_id="somebody-else"),
    )
    for settings in wrong:
        async with open_oidc_home(settings) as home:
            failed = await failures(home)
        assert "OIDC_CLIENT_SECRET" in failed["client"]
        assert settings.client_secret not in str(failed)
        assert ("redirect" in failed) is (settings.client_id == "somebody-else")


async def test_a_redirect_address_that_is_not_registered_is_written_out(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    provider.reset(origins=["http://photos.lan:8020"])
    async with open_oidc_home(provider) as home:
        failed = await failures(home)
    assert set(failed) == {"redirect"}
    assert f"{ORIGIN}/api/auth/oidc/callback" in failed["redirect"]


async def test_a_signature_that_the_owner_did_not_list_is_seen_before_the_first_sign_in(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    provider.reset(origins=[ORIGIN], alg="ES256")
    async with open_oidc_home(provider) as home:
        failed = await failures(home)
    assert set(failed) <= {"algorithms", "keys"}
    assert "OIDC_SIGNING_ALG" in str(failed)


async def test_an_authority_that_nobody_named_is_told_with_the_setting(
    https_provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(https_provider, oidc_allow_http_issuer="false") as home:
        failed = await failures(home)
    assert set(failed) == {"certificate"}
    assert "OIDC_CA_FILE" in failed["certificate"]


@pytest.mark.parametrize(
    ("fault", "step"),
    [
        ("discovery_page", "discovery"),
        ("discovery_moved", "discovery"),
        ("discovery_broken", "discovery"),
        ("discovery_without_token_endpoint", "endpoints"),
        ("discovery_clock_off", "clock"),
        ("jwks_empty", "keys"),
        ("jwks_broken", "keys"),
    ],
)
async def test_what_is_broken_at_the_provider_fails_at_its_own_step(
    provider: NpmProvider, shared_oidc_home: OidcHome, fault: str, step: str
) -> None:
    provider.fault(fault)
    failed = await failures(shared_oidc_home)
    assert set(failed) == {step}
    assert failed[step].rpartition(" -> ")[2], "what mends it is said"


async def test_a_scope_that_the_provider_does_not_know_is_a_warning(
    provider: NpmProvider, open_oidc_home: OpenOidcHome
) -> None:
    async with open_oidc_home(provider, oidc_scope="openid profile roles") as home:
        found = await walk(home)
    [scopes] = [step for step in found["steps"] if step["name"] == "scopes"]
    assert scopes["level"] in {"warning", "failure"}
    assert "roles" in scopes["text"]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("token_refused", "Allow the grant type authorization_code"),
        ("token_broken", "look at its log"),
        ("token_page", "a proxy before it"),
    ],
)
async def test_an_answer_that_says_nothing_of_the_client_is_a_warning_with_what_fits_it(
    provider: NpmProvider, shared_oidc_home: OidcHome, fault: str, says: str
) -> None:
    provider.fault(fault)
    found = await walk(shared_oidc_home)
    [client] = [step for step in found["steps"] if step["name"] == "client"]
    assert client["level"] == "warning"
    assert says in client["remedy"]
    assert "secret" not in client["remedy"].lower()


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        ({"oidc_admin_group": "a"}, "OIDC_ADMIN_GROUP goes by the claim groups."),
        (
            {"oidc_admin_group": "a", "oidc_viewer_group": "v"},
            "OIDC_ADMIN_GROUP, OIDC_VIEWER_GROUP go by the claim groups.",
        ),
    ],
    ids=["one", "two"],
)
async def test_one_group_goes_by_its_claim_and_two_go_by_theirs(
    provider: NpmProvider, open_oidc_home: OpenOidcHome, groups: dict[str, str], says: str
) -> None:
    async with open_oidc_home(provider, **groups) as home:
        found = await walk(home)
    assert says in [step["text"] for step in found["steps"] if step["name"] == "groups"]


async def test_a_server_that_up_bound_elsewhere_is_asked_there(
    running_provider: NpmProvider, database_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    async with running_home(running_provider, database_url, data) as (origin, _):
        running_provider.reset(origins=[origin])
        settings, unused = running_provider.settings(origin), f"http://127.0.0.1:{free_port()}"
        code, said = await doctor(settings, database_url, data, unused)
        assert code == 1, said
        assert f"Nobody answers at {unused.removeprefix('http://')}" in said
        assert "If it runs at another address, say so with BIND." in said
        with only_one(load({"DATA_PATH": str(data), "BIND": origin.removeprefix("http://")})):
            code, said = await doctor(settings, database_url, data, unused)
        assert code == 0, said
        # What was left behind by one that runs no more is passed over.
        assert (await doctor(settings, database_url, data, unused))[0] == 1


async def test_the_command_asks_the_running_server_and_ends_with_1_on_a_failure(
    running_provider: NpmProvider, database_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    async with running_home(running_provider, database_url, data) as (origin, _):
        running_provider.reset(origins=[origin])
        code, said = await doctor(running_provider.settings(origin), database_url, data, origin)
        assert code == 0, said
        assert "The provider takes the client's name and secret." in said
        running_provider.reset(origins=["http://elsewhere.lan"])
        code, said = await doctor(running_provider.settings(origin), database_url, data, origin)
        assert code == 1, said
        assert f"-> Register the redirect URI {origin}/api/auth/oidc/callback" in said
        assert running_provider.client_secret not in said


async def doctor(settings: dict[str, str], database_url: str, data: Path, origin: str) -> tuple[int, str]:
    """The command as the owner types it on the machine: its exit code and what it prints."""
    place = {"DATABASE_URL": database_url, "DATA_PATH": str(data), "BIND": origin.removeprefix("http://")}
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("scene-sense")),
        *("doctor", "oidc"),
        env=settings
        | place
        | {"REDIS_URL": "redis://127.0.0.1:1", "CLIP_MODEL": "not-there", "PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, said.decode()
