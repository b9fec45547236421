"""The pages about identity providers name settings that there are, with values that are taken."""

import re
from pathlib import Path

import pytest

from appliance.records.sign_in import SHOWN, Reason
from appliance.settings import SECRETS, Settings, load

PAGES = Path(__file__).parents[2] / "docs" / "identity-providers"
PROVIDERS = sorted(path for path in PAGES.glob("*.md") if path.name != "README.md")

#: Where a page keeps the secret; the file is not here.
SECRET = "/etc/scene-sense/oidc-secret"


def blocks(page: Path) -> list[str]:
    """The code of a page that is lines of an env file, in its order."""
    text = page.read_text(encoding="utf-8")
    code = re.findall(r"(?:^ {4,}\S.*\n)+", text, re.MULTILINE)
    return [
        block for block in code if all(re.match(r" +[A-Z][A-Z0-9_]+=", line) for line in block.splitlines())
    ]


def settings_of(folder: Path, *parts: str) -> Settings:
    """What these blocks, one after the other in one file, come to."""
    secret = folder / "secret"
    secret.write_text("a-secret-of-the-client")
    env_file = folder / "scene-sense.env"
    env_file.write_text("".join(parts).replace(SECRET, str(secret)))
    return load({"HOME": str(folder)}, env_file=env_file)


def test_each_provider_has_a_page_that_the_first_one_leads_to() -> None:
    listed = re.findall(r"\]\(([a-z-]+\.md)\)", (PAGES / "README.md").read_text(encoding="utf-8"))
    assert {page.name for page in PROVIDERS} <= set(listed)
    assert len(PROVIDERS) >= 7


@pytest.mark.parametrize("page", PROVIDERS, ids=lambda page: page.stem)
def test_the_settings_of_a_page_can_be_loaded_as_they_stand(page: Path, tmp_path: Path) -> None:
    first, *further = blocks(page)
    settings = settings_of(tmp_path, first)
    assert settings.oidc_enabled
    assert settings.oidc_client_secret is not None
    assert settings.public_url == "https://photos.example.org"
    for block in further:
        # What is said of a special case is added to the rest.
        assert settings_of(tmp_path, first, block) != settings


def test_the_settings_of_the_common_part_are_settings() -> None:
    named = re.findall(r"`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`", (PAGES / "README.md").read_text(encoding="utf-8"))
    known = {name.upper() for name in Settings.model_fields} | {f"{secret}_FILE" for secret in SECRETS}
    assert {name for name in named if not name.startswith(("AF_", "HTTPS_"))} - known == set()


@pytest.mark.parametrize("page", PROVIDERS, ids=lambda page: page.stem)
def test_a_page_says_whether_it_was_tried(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "not tried" in text or "Tried:" in text
    assert "https://photos.example.org/api/auth/oidc/callback" in text


def test_every_reason_for_a_refusal_has_a_remedy() -> None:
    page = (PAGES / "README.md").read_text(encoding="utf-8")
    assert [reason for reason in Reason if f"`{reason}`" not in page] == []
    assert [code for code in {*SHOWN.values(), "sign_in_refused"} if f"| `{code}` | " not in page] == []
