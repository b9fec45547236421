"""``model list``, ``verify``, ``remove`` and ``recommend``, with a library that can be asked and without."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from appliance.clip.identity import identity
from appliance.db.engine import Database
from appliance.db.models import record_model
from appliance.db.sets import begin_fill, pause
from appliance.library.shelf.places import part_folder
from appliance.settings import Settings
from tests.conftest import MakeSettings
from tests.support.cli import Said, scene_sense
from tests.support.shelf import put
from tests.support.tiny_models import Tiny, make

NOWHERE = "postgresql://127.0.0.1:9/none"


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(free_space_floor_bytes=0, encode_threads=1)


@pytest.fixture
def shelf(settings: Settings, tmp_path: Path) -> Path:
    """A shelf with ``mine`` on it, which was added, and ``bare``, which was copied there by hand."""
    put(settings, make(tmp_path / "mine"))
    make(settings.models_path / "bare", Tiny(side=32))
    return settings.models_path


def model(settings: Settings, *arguments: str, database: str = NOWHERE) -> Said:
    environment: Mapping[str, str] = {"DATA_PATH": str(settings.data_path), "DATABASE_URL": database}
    return scene_sense("model", *arguments, environment=environment)


def listed(settings: Settings, **options: str) -> dict[str, Any]:
    said = model(settings, "list", "--json", **options)
    assert said.code == 0, said.err
    return {item["name"]: item for item in said.json}


def test_models_are_listed_with_what_is_known_of_them_and_without_a_library(
    settings: Settings, shelf: Path
) -> None:
    (shelf / "broken").mkdir()
    (shelf / "broken/visual").mkdir()
    found = listed(settings)
    assert list(found) == ["starter", "bare", "broken", "mine"]
    assert (found["mine"]["dimension"], found["mine"]["state"]) == (4, "")
    assert found["mine"]["identity"] == identity(shelf / "mine")
    assert found["starter"]["languages"] == ["en"]
    assert "is missing" in found["broken"]["problem"]
    said = model(settings, "list")
    assert "can't be asked" in said.err
    assert "broken: " in said.out.splitlines()[-1]
    assert "(can't be used)" in said.out


def test_speed_is_measured_when_asked_for_and_remembered(settings: Settings, shelf: Path) -> None:
    (shelf / "broken").mkdir()
    assert all(item["speed"] is None for item in listed(settings).values())
    said = model(settings, "list", "--speed", "--json")
    assert said.code == 0
    found = listed(settings)
    assert found["mine"]["speed"]["images_per_second"] > 0
    assert found["mine"]["speed"]["text_ms"] > 0
    assert found["mine"]["speed"]["provider"] == "CPUExecutionProvider"
    assert found["broken"]["speed"] is None
    assert "pictures/s" in model(settings, "list").out


async def sets_of(database: Database, shelf: Path) -> None:
    """The starter answers, ``mine`` is being filled, and ``gone`` has vectors and no files."""
    await record_model(database, identity="ab" * 32, name="starter", dimension=384)
    mine = await record_model(database, identity=identity(shelf / "mine"), name="mine", dimension=4)
    await begin_fill(database, mine.id)
    gone = await record_model(database, identity="cd" * 32, name="gone", dimension=8)
    await pause(database, gone)


async def test_a_library_says_which_is_active_and_how_full_the_sets_are(
    settings: Settings, shelf: Path, database: Database, database_url: str
) -> None:
    await sets_of(database, shelf)
    found = await asyncio.to_thread(listed, settings, database=database_url)
    assert {name: item["state"] for name, item in found.items()} == {
        "starter": "active", "bare": "unused", "mine": "filling", "gone": "paused",
    }  # fmt: skip
    assert found["gone"]["problem"]
    assert found["gone"]["dimension"] == 8
    assert found["mine"]["set"]["assets"] == 0
    said = await asyncio.to_thread(model, settings, "list", database=database_url)
    assert "0 of 0 pictures" in said.out


def test_verify_finds_each_change_by_its_name(settings: Settings, shelf: Path) -> None:
    assert model(settings, "verify").code == 0
    root = shelf / "mine"
    (root / "README.md").write_text("no matter")
    assert model(settings, "verify", "mine").code == 0
    (root / "config.json").write_text(json.dumps({"text_cfg": {"context_length": 9}}))
    (root / "more.bin").write_text("x")
    (root / "textual/tokenizer.json").unlink()
    said = model(settings, "verify", "mine", "bare")
    assert said.code == 1
    assert "  config.json has changed" in said.out
    assert "  more.bin was not there" in said.out
    assert "  textual/tokenizer.json is missing" in said.out
    assert "bare: as it should be (use: both encoders)" in said.out
    report = model(settings, "verify", "mine", "--json").json[0]
    assert report["identity"] == identity(root)
    assert len(report["problems"]) == 4


async def test_verify_compares_with_the_vectors_that_there_are(
    settings: Settings, shelf: Path, database: Database, database_url: str
) -> None:
    await record_model(database, identity=identity(shelf / "bare"), name="bare", dimension=4)
    said = await asyncio.to_thread(model, settings, "verify", "bare", database=database_url)
    assert said.code == 0
    assert "the library's vectors" in said.out
    (shelf / "bare/config.json").write_text("{}")
    said = await asyncio.to_thread(model, settings, "verify", "bare", database=database_url)
    assert said.code == 1
    assert "were made with other files" in said.out


def test_verify_of_what_is_not_there_says_what_is(settings: Settings, shelf: Path) -> None:
    said = model(settings, "verify", "nothing")
    assert said.code == 1
    assert "it has starter, bare, mine" in said.err


async def test_a_model_that_the_library_uses_is_not_removed(
    settings: Settings, shelf: Path, database: Database, database_url: str
) -> None:
    await record_model(database, identity=identity(shelf / "bare"), name="bare", dimension=4)
    mine = await record_model(database, identity=identity(shelf / "mine"), name="mine", dimension=4)
    await begin_fill(database, mine.id)
    for name, says in (("bare", "answers searches"), ("mine", "model drop mine"), ("starter", "stays")):
        said = await asyncio.to_thread(model, settings, "remove", name, database=database_url)
        assert said.code != 0
        assert says in said.err
    assert {"bare", "mine"} <= {path.name for path in shelf.iterdir()}
    await pause(database, mine)
    said = await asyncio.to_thread(model, settings, "remove", "mine", database=database_url)
    assert said.code == 0, said.err
    assert {path.name for path in shelf.iterdir()} == {"bare", ".lock"}


def test_without_a_library_a_model_goes_only_when_it_is_said_twice(settings: Settings, shelf: Path) -> None:
    assert "--unasked" in model(settings, "remove", "mine").err
    part_folder(shelf, "other").mkdir()
    for name in ("mine", "other"):
        assert model(settings, "remove", name, "--unasked").code == 0
    assert {path.name for path in shelf.iterdir()} == {"bare", ".lock"}
    for name in ("mine", "../models", "..", ".", ".lock", ""):
        assert model(settings, "remove", name, "--unasked").code == 1
    assert (shelf / "bare").is_dir()


def test_advice_fits_what_is_said_of_the_machine(settings: Settings) -> None:
    said = model(settings, "recommend", "--language", "de, EN", "--memory", "8", "--no-gpu")
    assert said.code == 0, said.err
    assert "For de, en on a machine with 8.6 GB and no GPU:" in said.out
    assert "scene-sense model add ViT-B-16-SigLIP2__webli" in said.out
    assert "Immich's table" in said.out
    found = model(settings, "recommend", "--language", "de", "--memory", "64", "--gpu", "--json").json
    assert found["advice"][0]["name"] == "ViT-SO400M-16-SigLIP2-384__webli"
    assert model(settings, "recommend", "--language", "ar", "--memory", "1", "--no-gpu").code == 1
    assert model(settings, "recommend", "--language", "xx").code == 2
    assert len(model(settings, "recommend", "--all", "--json").json) >= 15


def test_adding_a_folder_needs_no_network_and_no_yes(settings: Settings, tmp_path: Path) -> None:
    said = model(settings, "add", str(make(tmp_path / "mine")), "--name", "other")
    assert said.code == 0, said.err
    assert "other: 4 numbers, fp32; " in said.out
    again = model(settings, "add", str(tmp_path / "mine"), "--name", "other")
    assert (again.code, again.out) == (0, "other is there already, the same to the byte.\n")
