"""What the doctor says of the volume, the folders, the model and the work."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from appliance.clip import session
from appliance.clip.identity import identity
from appliance.clip.providers import CPU, CUDA, Runtime
from appliance.db.engine import Database
from appliance.db.models import record_model
from appliance.db.volumes import record_volume
from appliance.library.checks import folders, model, mounts
from appliance.library.checks.mounts import find_mount
from appliance.media.volume import IDENTITY_FILE, Volume
from tests.support.examined import examined, new_installation, tree
from tests.support.mounts import mounted_tmpfs
from tests.support.rows import add_asset, add_person
from tests.support.tiny_models import make, write


@pytest.fixture
def environment(tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return new_installation(tmp_path, database_url, redis_url)


@pytest.fixture
def disk(environment: dict[str, str]) -> Path:
    return Path(environment["STORAGE_PATH"])


async def test_a_disk_that_is_not_mounted(
    environment: dict[str, str], disk: Path, database: Database
) -> None:
    known = Volume.find_identity(disk)
    assert known is not None
    await record_volume(database, known)
    assert (await examined(environment, "--before-start")).level("volume") == "ok"

    (disk / IDENTITY_FILE).unlink()
    found = await examined(environment, "--before-start")
    assert (found.code, found.level("volume")) == (1, "failure")
    assert "files in the wrong directory" in found.text("volume")
    assert "mount it there" in found.text("volume")

    disk.rmdir()
    found = await examined(environment, "--before-start")
    assert "There is no folder" in found.text("volume")
    assert "storage init" not in found.text("volume")


async def test_a_disk_of_another_library(environment: dict[str, str], disk: Path, database: Database) -> None:
    await record_volume(database, uuid4())
    found = await examined(environment, "--before-start")
    assert (found.code, found.level("volume")) == (1, "failure")
    assert "belongs to another library" in found.text("volume")


async def test_a_disk_of_another_installation_whose_database_is_not_here(
    environment: dict[str, str], disk: Path
) -> None:
    (disk / ".incoming").mkdir()
    assert (await examined(environment, "--before-start")).level("volume") == "ok"
    (disk / str(uuid4())).mkdir()
    found = await examined(environment, "--before-start")
    assert (found.code, found.level("volume")) == (1, "failure")
    assert "the pictures of another installation" in found.text("volume")
    assert "Restore that library's database, or use an empty disk" in found.text("volume")


async def test_a_chosen_folder_that_was_not_prepared(environment: dict[str, str], disk: Path) -> None:
    (disk / IDENTITY_FILE).unlink()
    found = await examined(environment, "--before-start")
    assert "scene-sense storage init" in found.text("volume")
    assert list(disk.iterdir()) == []


@contextmanager
def nobody() -> Iterator[None]:
    """Without root's right to write everywhere, where the test has it."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_folder_that_this_user_may_not_write_to(reachable_path: Path) -> None:
    folder = reachable_path / "disk"
    folder.mkdir()
    before = tree(folder)
    assert folders.write_problem(folder) is None
    assert tree(folder) == before
    folder.chmod(0o555)
    with nobody():
        assert "Permission denied" in (folders.write_problem(folder) or "")


async def test_a_disk_that_is_full_small_or_forgets(environment: dict[str, str], tmp_path: Path) -> None:
    point = tmp_path / "stick"
    point.mkdir()
    with mounted_tmpfs(point, megabytes=8):
        Volume.initialise(point)
        found = await examined(
            environment | {"STORAGE_PATH": str(point), "FREE_SPACE_FLOOR_BYTES": "100000000"}
        )
        assert found.level("volume") == "ok"
        assert found.level("volume.space") == "failure"
        assert "uploads stop below 100.0 MB" in found.text("volume.space")
        assert (found.level("volume.mount"), found.level("volume.file-system")) == ("ok", "warning")
        found = await examined(
            environment | {"STORAGE_PATH": str(point), "FREE_SPACE_FLOOR_BYTES": "6000000"}
        )
        assert found.level("volume.space") == "warning"


async def test_a_file_system_that_is_not_for_this(
    environment: dict[str, str], disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "mountinfo"
    monkeypatch.setattr(mounts, "MOUNTS", said)
    root = "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
    said.write_text(f"{root}40 22 8:17 / {disk} rw shared:5 - vfat /dev/sdb1 rw\n")
    found = await examined(environment, "--before-start")
    assert (found.code, found.level("volume.file-system")) == (0, "warning")
    assert "ext4, XFS or Btrfs" in found.text("volume.file-system")
    said.write_text(root)
    found = await examined(environment, "--before-start")
    assert found.level("volume.mount") == "warning"
    assert "files in the wrong directory" in found.text("volume.mount")
    said.write_text(f"{root}41 22 8:17 / /mnt/my\\040photos rw - ext4 /dev/sdb1 rw\n")
    mount = find_mount(Path("/mnt/my photos/library"))
    assert mount is not None
    assert (mount.point, mount.kind, mount.source) == (Path("/mnt/my photos"), "ext4", "/dev/sdb1")


async def test_folders_that_can_not_be_made(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = await examined(environment | {"CACHE_PATH": str(tmp_path / "file/cache")}, "--before-start")
    assert found.code == 1
    assert "is not a folder" in found.text("cache")
    assert "install -d" in found.text("cache")


async def test_a_model_whose_files_changed_or_went(
    environment: dict[str, str], tmp_path: Path, database: Database
) -> None:
    root = make(tmp_path / "models/tiny")
    await record_model(database, identity=identity(root), name="tiny", dimension=4)
    environment |= {"MODELS_PATH": str(tmp_path / "models")}
    found = await examined(environment)
    assert (found.level("model"), found.level("model.runs")) == ("ok", "ok")
    assert found.level("model.setting") == "warning"

    found = await examined(environment | {"CLIP_MODEL": "tiny", "CLIP_EMBED_DIM": "5"}, "--before-start")
    assert (found.code, found.level("model")) == (1, "failure")
    assert "CLIP_EMBED_DIM is 5" in found.text("model")

    (root / "textual/tokenizer.json").write_text("{}")
    found = await examined(environment, "--before-start")
    assert "not those that the library's vectors were made with" in found.text("model")
    (root / "textual/model.onnx").unlink()
    found = await examined(environment, "--before-start")
    assert "textual/model.onnx is missing" in found.text("model")


@pytest.mark.parametrize(
    ("gpu_build", "has_cuda", "device", "used", "level"),
    [
        (False, False, False, "CPUExecutionProvider", "ok"),
        (False, False, True, "CPUExecutionProvider", "warning"),
        (True, True, True, CUDA, "ok"),
        (True, True, True, "CPUExecutionProvider", "failure"),
        (True, True, False, "CPUExecutionProvider", "failure"),
        (True, False, True, "CPUExecutionProvider", "failure"),
    ],
)
def test_what_runs_the_model_and_what_could(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    gpu_build: bool,
    has_cuda: bool,
    device: bool,
    used: str,
    level: str,
) -> None:
    names = (CUDA, CPU) if has_cuda else (CPU,)
    monkeypatch.setattr(model, "find_runtime", lambda: Runtime("1.32.0", gpu_build, names, "13.0"))
    monkeypatch.setattr(model, "NVIDIA", (tmp_path if device else tmp_path / "nowhere",))
    monkeypatch.setattr(model, "driver_version", lambda: "580.65.06" if device else None)
    assert model.hardware(frozenset({used})).level == level


def test_a_driver_that_is_too_old_is_told_with_what_fits_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "find_runtime", lambda: Runtime("1.31.1", True, (CUDA, CPU), "13.0"))
    monkeypatch.setattr(model, "driver_version", lambda: "550.90.07")
    found = model.hardware(frozenset({CPU}))
    assert found.level == "failure"
    assert "550.90.07, too old" in found.text
    assert "scene-sense[gpu-cuda12]" in found.remedy


async def test_the_models_precision_and_threads_are_told(environment: dict[str, str], tmp_path: Path) -> None:
    found = await examined(environment | {"ENCODE_THREADS": "1"})
    assert "by CPUExecutionProvider in fp32, 1 thread." in found.text("model.hardware")
    root = make(tmp_path / "models/tiny")
    environment |= {"MODELS_PATH": str(tmp_path / "models"), "CLIP_MODEL": "tiny"}
    write(root / "scene-sense.json", {"precision": "int8"})
    found = await examined(environment)
    assert "in int8" in found.text("model.hardware")
    assert found.level("model.precision") == "warning"
    write(root / "scene-sense.json", {"precision": "int8", "agreement": {"pictures": 100}})
    assert (await examined(environment)).level("model.precision") == ""
    found = await examined(environment | {"CLIP_PROVIDER": "cuda"})
    assert (found.code, found.level("model.runs")) == (1, "failure")
    assert "scene-sense[gpu]" in found.text("model.runs")


def test_the_installed_build_is_named() -> None:
    runtime = session.find_runtime()
    assert runtime.version.count(".") == 2
    assert not runtime.gpu_build or runtime.has_cuda


async def test_work_that_failed_was_lost_or_waits(environment: dict[str, str], database: Database) -> None:
    viewer = await add_person(database)
    tiny = await record_model(database, identity="0" * 64, name="starter", dimension=384)
    for state, hours in {"failed": 0, "running": 1, "pending": 2}.items():
        await database.fetch(
            """
            INSERT INTO job (asset, kind, model, state, run_after, lease_until, lease, changed_at)
            SELECT {}, 'embed', {}, {}, at, at, gen_random_uuid(), now() - interval '1 day'
            FROM (SELECT now() - make_interval(hours => {}) AS at) AS moment
            """,
            await add_asset(database, viewer.user_id), tiny.id, state, hours,
        )  # fmt: skip
    found = await examined(environment)
    assert (found.level("work.failed"), found.level("work.lost"), found.level("work")) == ("warning",) * 3
    assert "scene-sense asset failed" in found.text("work.failed")
    assert "due for 2 hours" in found.text("work")
    await database.fetch("UPDATE job SET changed_at = now() WHERE state = 'running'")
    assert (await examined(environment)).level("work") == "ok"


async def test_originals_that_are_known_to_be_bad(environment: dict[str, str], database: Database) -> None:
    viewer = await add_person(database)
    assert (await examined(environment)).level("originals") == "ok"
    for outcome in ("ok", "damaged", "missing"):
        await database.fetch(
            "INSERT INTO scrub (asset, checked_at, outcome) VALUES ({}, now(), {})",
            await add_asset(database, viewer.user_id), outcome,
        )  # fmt: skip
    found = await examined(environment)
    assert (found.code, found.level("originals")) == (1, "failure")
    assert "2 original(s)" in found.text("originals")
    assert "scene-sense scrub --report" in found.text("originals")
    await database.fetch("DELETE FROM migration WHERE id = (SELECT max(id) FROM migration)")
    assert (await examined(environment)).level("originals") == "skipped"


async def test_a_purge_that_stopped_to_ask(environment: dict[str, str], database: Database) -> None:
    assert "work.purge" not in (await examined(environment)).findings
    await database.fetch(
        "INSERT INTO purge_hold (held_at, due, due_bytes, library) VALUES ('2026-01-02 03:04Z', 5, 50, 9)"
    )
    found = await examined(environment)
    assert found.level("work.purge") == "warning"
    assert "Since 2026-01-02 03:04 UTC nothing is purged: 5 of 9 pictures" in found.text("work.purge")
    assert "scene-sense purge --release" in found.text("work.purge")
