"""Where the tests' identity providers can't be installed, the reason is said; in CI nothing goes on without them."""

import sys
from pathlib import Path

import pytest

from scripts import providers
from scripts.build_ui import BuildError


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be fetched, and nothing was before."""

    def refuse() -> None:
        raise BuildError("npm failed (getaddrinfo ENOTFOUND)")

    monkeypatch.setattr(providers, "ensure_npm_provider", refuse)
    monkeypatch.setattr(providers, "ensure_canaille", lambda: None)
    monkeypatch.setattr(providers, "ensure_tus_client", lambda: None)


@pytest.mark.usefixtures("no_network")
def test_a_provider_that_is_missing_is_said_and_its_tests_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert providers.main() == 0
    said = capsys.readouterr().out
    assert said.startswith("npm oidc-provider can't be installed, so that tests that need it are skipped: ")
    assert "ENOTFOUND" in said
    assert "Canaille" not in said


@pytest.mark.usefixtures("no_network")
def test_in_ci_a_provider_that_is_missing_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert providers.main() == 1


def test_what_pip_complained_about_is_the_reason() -> None:
    program = (
        "import sys; print('Looking in indexes'); print('ERROR: no such thing'); print('bye'); sys.exit(1)"
    )
    with pytest.raises(BuildError, match=r"^ERROR: no such thing$"):
        providers._run(sys.executable, "-c", program)


def test_an_environment_of_other_packages_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "REQUIREMENTS", tmp_path / "requirements.txt")
    providers.REQUIREMENTS.write_text("canaille==1\n")
    first = providers.wanted_stamp()
    providers.REQUIREMENTS.write_text("canaille==2\n")
    assert providers.wanted_stamp() != first
