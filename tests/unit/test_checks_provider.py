"""What the doctor says of the settings of an identity provider, before anything starts."""

import shutil
import ssl
from pathlib import Path

import pytest

from appliance.library.checks import provider
from appliance.settings import Settings, load

PROVIDER = {
    "HOME": "/home/someone",
    "PUBLIC_URL": "https://photos.example.org",
    "OIDC_ENABLED": "true",
    "OIDC_ISSUER": "https://auth.example.org",
    "OIDC_CLIENT_ID": "scene-sense",
}


def said(**more: str) -> list[tuple[str, str]]:
    return [(found.level.value, found.name) for found in provider.examine(load(PROVIDER | more))]


def test_where_nobody_signs_in_through_a_provider_nothing_is_said() -> None:
    assert said(OIDC_ENABLED="false", OIDC_CA_FILE="/nowhere") == []


@pytest.mark.parametrize("more", [{}, {"OIDC_CLIENT_SECRET": "s3cret"}, {"OIDC_TOKEN_AUTH_METHOD": "none"}])
def test_settings_that_are_complete_are_fine(more: dict[str, str]) -> None:
    assert said(**more) == [("ok", "provider")]


def test_a_way_to_send_a_secret_without_a_secret_is_found() -> None:
    assert said(OIDC_TOKEN_AUTH_METHOD="client_secret_post") == [("failure", "provider.secret")]


def test_the_services_that_are_not_given_the_secret_can_read_the_settings_all_the_same() -> None:
    assert isinstance(load(PROVIDER | {"OIDC_TOKEN_AUTH_METHOD": "client_secret_post"}), Settings)


def test_certificates_that_can_not_be_read_are_found(tmp_path: Path) -> None:
    nonsense = tmp_path / "ca.pem"
    nonsense.write_text("no certificate")
    assert said(OIDC_CA_FILE=str(nonsense)) == [("failure", "provider.certificates")]
    assert said(OIDC_CA_FILE=str(tmp_path / "absent.pem")) == [("failure", "provider.certificates")]


def test_certificates_that_can_be_read_are_fine(tmp_path: Path) -> None:
    system = ssl.get_default_verify_paths().cafile
    if system is None:
        pytest.skip("this machine has no file with the system's authorities")
    own = tmp_path / "ca.pem"
    shutil.copy(system, own)
    assert said(OIDC_CA_FILE=str(own)) == [("ok", "provider")]
