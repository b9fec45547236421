"""``model add`` from a folder or an archive: a model is on the shelf whole and tried, or nothing of it is."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from appliance.clip.identity import PROVENANCE, identity
from appliance.errors import (
    Busy,
    Conflict,
    DamagedFile,
    DiskFull,
    ModelUnavailable,
    SettingsError,
    UsageError,
)
from appliance.library.shelf.places import locked
from appliance.library.shelf.provenance import read_provenance
from appliance.settings import Settings
from tests.conftest import MakeSettings
from tests.support.shelf import Watched, left, model_files, put, taped, zipped
from tests.support.tiny_models import Tiny, make

#: A preset whose graphs have no published hash, so that a tiny model can stand in for it.
PRESET = "ViT-B-32__openai"


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(free_space_floor_bytes=0, encode_threads=1)


def test_a_folder_is_copied_tried_and_noted(settings: Settings, tmp_path: Path) -> None:
    root = make(tmp_path / "mine")
    (root / ".git").mkdir()
    (root / ".git/huge").write_text("x")
    (root / "visual/model.armnn").write_text("x")
    watcher = Watched()
    added = put(settings, root, watcher=watcher)
    there = settings.models_path / "mine"
    assert (added.name, added.dimension, added.precision) == ("mine", 4, "fp32")
    assert added.identity == identity(root) == identity(there)
    assert left(settings) == ["mine"]
    assert not (there / ".git").exists()
    assert not (there / "visual/model.armnn").exists()
    assert watcher.steps[0][1] == watcher.bytes
    assert watcher.deliveries == []
    note = read_provenance(there)
    assert note is not None
    assert (note.source, note.identity, note.dimension) == (str(root), added.identity, 4)
    assert set(note.files) == {
        "config.json", "textual/model.onnx", "textual/tokenizer.json", "textual/tokenizer_config.json",
        "visual/model.onnx", "visual/preprocess_cfg.json",
    }  # fmt: skip


def test_links_of_a_download_tools_cache_are_copied_as_the_files_that_they_mean(
    settings: Settings, tmp_path: Path
) -> None:
    root = make(tmp_path / "models--some--clip/snapshots/snapshot")
    blob = tmp_path / "models--some--clip/blobs/0a1b"
    blob.parent.mkdir()
    (root / "visual/model.onnx").rename(blob)
    (root / "visual/model.onnx").symlink_to("../../../blobs/0a1b")
    put(settings, root)
    assert not (settings.models_path / "snapshot/visual/model.onnx").is_symlink()


def test_a_link_that_leads_out_of_the_folder_is_refused(settings: Settings, tmp_path: Path) -> None:
    root = make(tmp_path / "mine")
    (tmp_path / "secret").write_text("x")
    (root / "notes.json").symlink_to(tmp_path / "secret")
    with pytest.raises(UsageError, match=r"notes\.json is a link that leads out"):
        put(settings, root)
    assert left(settings) == []


def test_a_pipe_or_a_linked_folder_in_the_source_is_refused(settings: Settings, tmp_path: Path) -> None:
    root = make(tmp_path / "one")
    os.mkfifo(root / "visual/pipe")
    with pytest.raises(UsageError, match="pipe is no file"):
        put(settings, root)
    other = make(tmp_path / "two")
    (other / "more").symlink_to(root)
    with pytest.raises(UsageError, match="more is no file"):
        put(settings, other)
    assert left(settings) == []


@pytest.mark.parametrize("kind", ["zip", "tar", "tgz"])
def test_an_archive_is_unpacked(settings: Settings, tmp_path: Path, kind: str) -> None:
    files = {f"inner/{name}": content for name, content in model_files(tmp_path / "made").items()}
    content = zipped(files) if kind == "zip" else taped(files, mode="gz" if kind == "tgz" else "")
    path = tmp_path / f"packed.{kind}"
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    added = put(settings, path, sha256=sha256)
    assert added.name == "packed"
    assert added.identity == identity(tmp_path / "made")
    note = read_provenance(settings.models_path / "packed")
    assert note is not None
    assert note.archive_sha256 == sha256


def test_an_archive_with_another_sha256_is_not_even_unpacked(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "packed.zip"
    path.write_bytes(zipped(model_files(tmp_path / "made")))
    with pytest.raises(DamagedFile, match="Nothing of it was kept"):
        put(settings, path, sha256="0" * 64)
    assert left(settings) == []


def _lengthen(root: Path) -> None:
    config = json.loads((root / "config.json").read_text())
    config["text_cfg"]["context_length"] = 8193
    (root / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda root: (root / "textual/tokenizer.json").unlink(), "textual/tokenizer.json is missing"),
        (lambda root: (root / "visual/model.onnx").write_bytes(b"no graph"), "not a model that can be run"),
        (lambda root: shutil.copy(root / "textual/model.onnx", root / "visual/model.onnx"), "swapped"),
        (lambda root: (root / "visual/preprocess_cfg.json").write_text("{}"), "preprocess_cfg.json"),
        (_lengthen, "number from 2 to 8192"),
    ],
    ids=["incomplete", "damaged", "swapped", "without preprocessing", "endless texts"],
)
def test_a_model_that_can_not_be_used_is_not_kept(
    settings: Settings, tmp_path: Path, break_it: object, says: str
) -> None:
    root = make(tmp_path / "broken")
    assert callable(break_it)
    break_it(root)
    with pytest.raises(ModelUnavailable, match=says):
        put(settings, root)
    assert left(settings) == []


def test_towers_of_different_sizes_are_not_kept(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable):
        put(settings, make(tmp_path / "mixed", Tiny(text_dimension=5)))
    assert left(settings) == []


def test_a_name_that_is_taken_is_refused_unless_it_is_the_same_model(
    settings: Settings, tmp_path: Path
) -> None:
    first = put(settings, make(tmp_path / "a"), name="mine")
    again = put(settings, make(tmp_path / "b"), name="mine")
    assert (again.already_there, again.identity) == (True, first.identity)
    with pytest.raises(Conflict, match="another model mine"):
        put(settings, make(tmp_path / "c", Tiny(side=32)), name="mine")
    assert identity(settings.models_path / "mine") == first.identity
    assert left(settings) == ["mine"]


@pytest.mark.parametrize("name", ["starter", ".hidden", "a/b", "", "-x", "a" * 101])
def test_a_name_that_a_model_can_not_have_is_refused(settings: Settings, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        put(settings, make(tmp_path / "mine"), name=name or " ")
    assert left(settings) == []


def test_what_a_source_means_is_said_when_it_means_nothing(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    wrong: list[tuple[str | Path, dict[str, Any], str]] = [
        (tmp_path / "absent", {}, "no folder or archive"),
        (tmp_path / "text", {}, "neither a folder nor an archive"),
        ("starter", {}, "built in"),
        ("nllb-clip-large-siglip__mrl", {}, "add the folder"),
        (make(tmp_path / "m"), {"sha256": "0" * 64}, "goes with an archive"),
        (tmp_path / "m", {"sha256": "xyz"}, "64 hexadecimal"),
        (tmp_path / "m", {"base": "https://mirror"}, "goes with the name of a preset"),
        (PRESET, {"base": "ftp://mirror"}, "begins with https"),
    ]
    for source, options, says in wrong:
        with pytest.raises(UsageError, match=says):
            put(settings, source, **options)
    assert left(settings) == []


def test_a_folder_that_can_not_be_written_is_said_to_be(make_settings: MakeSettings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsError, match="MODELS_PATH"):
        put(make_settings(models_path=str(tmp_path / "file/models")), make(tmp_path / "mine"))


def test_two_calls_are_kept_apart(settings: Settings, tmp_path: Path) -> None:
    root = make(tmp_path / "mine")
    with locked(settings.models_path), pytest.raises(Busy, match="Another call"):
        put(settings, root)
    put(settings, root)


def test_a_disk_with_too_little_room_is_seen_before_anything_is_written(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings(free_space_floor_bytes=1 << 60)
    with pytest.raises(DiskFull, match="FREE_SPACE_FLOOR_BYTES"):
        put(settings, make(tmp_path / "mine"))
    assert left(settings) == []


def test_the_note_is_no_part_of_the_identity(settings: Settings, tmp_path: Path) -> None:
    put(settings, make(tmp_path / "mine"))
    there = settings.models_path / "mine"
    before = identity(there)
    (there / PROVENANCE).write_text("{}")
    assert identity(there) == before
    (there / "visual" / PROVENANCE).write_text("{}")
    assert identity(there) != before
