"""People on a provisioned machine: the identity provider's variables and secret, whom services may ask, and root."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.box import Box, Disk, Played, play
from tests.support.household import Household
from tests.support.outside import OUTSIDE, Outside, outside_provider

pytestmark = pytest.mark.provision

SECRET = "a-secret-that-stands-nowhere-else"
PASSWORD = "correct horse battery staple"
WEB, WORKER = "scene-sense-web.service", "scene-sense-worker.service"

BASIC: dict[str, Any] = {
    "storage_device": "/dev/disk/by-label/PHOTOS",
    "app_lan": ["198.18.0.0/15"],
    "app_settings": {"FREE_SPACE_FLOOR_BYTES": 0, "OIDC_BUTTON_TEXT": "Home account"},
    # A bare `off` in YAML.
    "app_signup": False,
}


@pytest.fixture(scope="module")
def disk(box: Box) -> Iterator[Disk]:
    with Disk("PHOTOS", megabytes=256) as made:
        made.plug(box)
        yield made


@pytest.fixture(scope="module")
def home(box: Box, disk: Disk) -> Household:
    return Household(box)


@pytest.fixture(scope="module")
def outside(home: Household, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    with outside_provider(home, tmp_path_factory.mktemp("outside")) as provider:
        yield provider


def provision(home: Household, bundle: Path, **more: object) -> Played:
    played = play(home.box, bundle / "ansible" / "site.yml", {**BASIC, **more})
    assert played.good, played.output[-3000:]
    return played


def with_provider(outside: Outside) -> dict[str, object]:
    return {
        "app_oidc_issuer": outside.issuer,
        "app_oidc_admin_group": "photo-admins",
        "app_oidc_ca_file": str(outside.ca_file),
        "app_secrets": {"OIDC_CLIENT_SECRET": SECRET},
    }


def checked(home: Household) -> tuple[int, str]:
    """What ``scene-sense doctor oidc`` ends with and says."""
    said = home.cli("doctor", "oidc", check=False)
    return said.returncode, said.stdout + said.stderr


def test_the_providers_variables_become_settings_and_its_secret_a_credential(
    home: Household, outside: Outside, bundle: Path
) -> None:
    played = provision(home, bundle, **with_provider(outside))
    home.until_ready()
    settings = home.box.read("/etc/scene-sense/scene-sense.env").splitlines()
    wanted = {
        "SIGNUP=off",
        "OIDC_ENABLED=true",
        f"OIDC_ISSUER={outside.issuer}",
        "OIDC_CLIENT_ID=scene-sense",
        "OIDC_ADMIN_GROUP=photo-admins",
        "OIDC_CA_FILE=/etc/scene-sense/oidc-ca.pem",
    }
    assert wanted <= set(settings)
    assert SECRET not in "\n".join(settings) + played.output
    owner = home.box.run(["stat", "--format=%U %a", "/etc/credstore/scene-sense.OIDC_CLIENT_SECRET"])
    assert owner.stdout.split() == ["root", "600"]
    assert home.box.read("/etc/scene-sense/oidc-ca.pem") == outside.ca_file.read_text()


def test_only_the_web_server_is_shown_the_secret(home: Household) -> None:
    name = "scene-sense.OIDC_CLIENT_SECRET"
    assert home.box.read(f"/run/credentials/{WEB}/{name}") == SECRET
    assert home.box.run(["test", "-e", f"/run/credentials/{WORKER}/{name}"], check=False).returncode != 0


def test_people_sign_in_with_passwords_while_the_provider_is_out_of_reach(home: Household) -> None:
    home.make_first_account()
    credentials = {"username": "anna", "password": PASSWORD}
    with httpx.Client(
        base_url=home.url, headers={"Origin": home.url}, timeout=30, trust_env=False
    ) as browser:
        state = browser.get("/api/auth/state").json()
        assert state["oidc"]["button_text"] == "Home account"
        assert browser.post("/api/auth/login", json=credentials).status_code == 200
        assert browser.get("/api/me").json()["pinned"] is True
    code, said = checked(home)
    assert code == 1
    # The kernel drops what the unit may not send: it looks like silence.
    assert "within 5 seconds" in said or "not permitted" in said, said


def test_root_on_the_machine_sees_who_has_an_account(home: Household) -> None:
    listed = json.loads(home.cli("user", "list", "--json").stdout)
    assert "anna" in json.dumps(listed)
    assert "anna" in home.cli("user", "list").stdout


def test_a_provider_outside_of_the_home_is_reached_when_it_is_named_and_only_by_the_web_server(
    home: Household, outside: Outside, bundle: Path
) -> None:
    wishes = {**with_provider(outside), "app_oidc_networks": [OUTSIDE]}
    provision(home, bundle, **wishes)
    home.until_ready()
    _, said = checked(home)
    assert outside.issuer in said
    assert "within 5 seconds" not in said
    assert "CERTIFICATE_VERIFY_FAILED" not in said
    allowed = {unit: home.property(unit, "IPAddressAllow").split() for unit in (WEB, WORKER)}
    assert f"{OUTSIDE}/32" in allowed[WEB]
    assert f"{OUTSIDE}/32" not in allowed[WORKER]
    assert home.property(WORKER, "PrivateNetwork") == "yes"
    assert provision(home, bundle, **wishes).changed_tasks == []


def test_what_is_not_wished_any_more_is_gone(home: Household, bundle: Path) -> None:
    provision(home, bundle)
    home.until_ready()
    assert "OIDC_ISSUER" not in home.box.read("/etc/scene-sense/scene-sense.env")
    for path in ("/etc/scene-sense/oidc-ca.pem", "/etc/credstore/scene-sense.OIDC_CLIENT_SECRET"):
        assert home.box.run(["test", "-e", path], check=False).returncode != 0
    with home.client() as client:
        assert client.get("/api/auth/state").json()["oidc"] is None
