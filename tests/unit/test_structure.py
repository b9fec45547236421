"""The habits that a machine can check."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

import appliance
from appliance.settings import load
from scripts import settings_doc, sizes

ROOT = Path(__file__).parents[2]


def test_no_hand_written_file_or_function_is_too_long() -> None:
    found = [line for path in sizes.hand_written(ROOT) for line in sizes.oversized(path)]
    assert found == []


def test_the_size_check_can_fail(tmp_path: Path) -> None:
    long = tmp_path / "long.py"
    long.write_text("def f():\n" + "    x = 1\n" * 60 + "y = 2\n" * 400)
    assert len(sizes.oversized(long)) == 2


def test_the_settings_page_is_what_the_settings_say() -> None:
    assert settings_doc.PAGE.read_text(encoding="utf-8") == settings_doc.page()


def test_the_example_of_an_env_file_has_every_setting_with_its_default(tmp_path: Path) -> None:
    assert settings_doc.EXAMPLE.read_text(encoding="utf-8") == settings_doc.example()
    env_file = tmp_path / "env"
    env_file.write_text(re.sub(r"^#(?=[A-Z])", "", settings_doc.example(), flags=re.MULTILINE))
    assert load({"HOME": "/home/someone"}, env_file=env_file) == load({"HOME": "/home/someone"})


def test_the_newest_version_in_the_changelog_is_the_packages() -> None:
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == appliance.__version__


def test_every_link_in_the_docs_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_no_package_is_older_than_its_security_floor() -> None:
    rows = re.findall(
        r"^\| `([\w-]+)` \| ([\d.]+) \|",
        (ROOT / "docs/security.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    floors = {name: Version(floor) for name, floor in rows}
    assert set(floors) == {
        *(
            "authlib",
            "h11",
            "h2",
            "hypercorn",
            "joserfc",
            "piccolo",
            "pillow",
            "python-multipart",
            "starlette",
        ),
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {wanted.name: wanted.specifier for wanted in map(Requirement, project["dependencies"])}
    for name, floor in floors.items():
        assert Version(version(name)) >= floor, name
        least = [Version(one.version) for one in asked.get(name, ()) if one.operator == ">="]
        assert all(found >= floor for found in least), name
        assert least or name in {"h11", "h2"}, name  # these come with Hypercorn


def requirements() -> list[list[str]]:
    """The table of what is proved: number, ids, levels, requirement and proof of each."""
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", text, re.MULTILINE)
    return [[number, *rest.split(" | ")] for number, rest in rows]


def test_the_requirements_are_all_there_and_in_order() -> None:
    assert [row[0] for row in requirements()] == [str(number) for number in range(1, 72)]
    assert {len(row) for row in requirements()} == {5}


def test_every_test_that_is_named_as_a_proof_exists() -> None:
    named = {
        tuple(found) for row in requirements() for found in re.findall(r"`(tests/[^`]+)::(\w+)`", row[4])
    }
    assert len(named) > 60
    missing = [
        f"{path}::{name}"
        for path, name in sorted(named)
        if not (ROOT / path).is_file()
        or not re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert missing == []


def test_the_requirements_that_count_most_have_a_test_each() -> None:
    for number, ids, levels, _, proof in requirements():
        chapters = {int(one.split(".")[0]) for one in re.split(r", |-", ids)}
        if "1" in levels or ("2" in levels and chapters & {6, 7, 8, 9, 10, 16}):
            assert "::test_" in proof, number
