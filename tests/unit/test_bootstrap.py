"""What stands between a newcomer and ``make run`` is said in one line each, by whatever Python there is."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import bootstrap, build_ui

ROOT = Path(__file__).parents[2]


def test_every_python_3_can_read_the_script() -> None:
    ast.parse((ROOT / "scripts/bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 9, 2), (3, 10, 0)])
def test_a_python_that_is_too_old_is_named_with_the_remedy(version: tuple[int, int, int]) -> None:
    said = bootstrap.version_problem(version)
    assert said is not None
    assert said.startswith(f"Python {version[0]}.{version[1]} is too old: Scene-Sense needs 3.11 or newer.")
    assert "\n" not in said


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 2), (4, 0, 0)])
def test_a_python_that_is_new_enough_will_do(version: tuple[int, int, int]) -> None:
    assert bootstrap.version_problem(version) is None


def test_a_python_without_venv_names_debians_package() -> None:
    said = bootstrap.venv_problem(["ensurepip"], (3, 11, 2))
    assert said is not None
    assert "apt install python3-venv (or python3.11-venv)" in said
    assert bootstrap.venv_problem([], (3, 11, 2)) is None


def test_an_unknown_target_is_one_line() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts/bootstrap.py"), "fly"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    targets = "bench, bench-full, bundle, check, deploy, run, test, test-deploy, ui, wheel"
    assert done.stderr == f"make: There is no target fly; there are: {targets}\n"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A virtual environment that was made from this checkout, as far as the script can tell."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "stamp.json")
    stamp = {**bootstrap.wanted_stamp(), "extras": ["cpu", "embedded"]}
    (tmp_path / "stamp.json").write_text(json.dumps(stamp))
    return tmp_path


def test_an_environment_made_from_this_checkout_is_not_made_again(environment: Path) -> None:
    assert bootstrap.installed_extras() == {"cpu", "embedded"}
    bootstrap.ensure_installed({"cpu"})


@pytest.mark.parametrize("name", ["pyproject", "python", "root"])
def test_an_environment_made_from_something_else_counts_for_nothing(environment: Path, name: str) -> None:
    stamp = json.loads((environment / "stamp.json").read_text())
    (environment / "stamp.json").write_text(json.dumps(stamp | {name: "other"}))
    assert bootstrap.installed_extras() == set()


def test_the_page_is_built_again_when_a_source_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "web/ui/src/main.tsx"
    built = tmp_path / "web/static/index.html"
    for path in (source, built, tmp_path / "web/ui/node_modules/left-pad/index.js"):
        path.parent.mkdir(parents=True)
        path.write_text("x")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "PAGE", built)
    monkeypatch.setattr(bootstrap, "PAGE_STAMP", built.with_name(".built-from"))
    assert not bootstrap.page_is_current()
    bootstrap.PAGE_STAMP.write_text(bootstrap.page_hash())
    assert bootstrap.page_is_current()
    (tmp_path / "web/ui/node_modules/left-pad/index.js").write_text("y")
    assert bootstrap.page_is_current()
    source.write_text("y")
    assert not bootstrap.page_is_current()


def test_an_empty_folder_with_a_modules_name_is_not_the_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "left_behind").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert not bootstrap.is_there("left_behind")
    assert not bootstrap.is_there("never_there")
    assert bootstrap.is_there("venv")


def test_a_python_that_was_searched_for_leaves_no_trace_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is started afterwards refuses names like this one, as they look like its settings.
    monkeypatch.setenv("SCENE_SENSE_BOOTSTRAPPED", "1")
    bootstrap.check_python()
    assert "SCENE_SENSE_BOOTSTRAPPED" not in os.environ


def test_a_page_that_can_not_be_built_gives_its_own_reason() -> None:
    npm = "npm error code ENOTFOUND\nnpm error request to https://x failed\nnpm error A complete log: y\n"
    assert build_ui.npm_reason(npm) == " (request to https://x failed)"
    assert build_ui.npm_reason("oh") == ""
    assert bootstrap.reason("build_ui: npm failed (no)\n" + npm) == "npm failed (no)"
    assert bootstrap.reason("Traceback\nKilled\n") == "Killed"
