"""``scene-sense model add`` as a process: killed, interrupted and out of room, and what the next call finds."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.clip.identity import identity
from appliance.errors import DiskFull
from appliance.library.shelf.places import Room
from tests.conftest import MakeSettings
from tests.support.files_over_http import FileServer, serving
from tests.support.mounts import mounted_tmpfs
from tests.support.shelf import left, model_files, put, taped
from tests.support.tiny_models import make
from tests.support.waiting import eventually

pytestmark = pytest.mark.acceptance

MIB = 1 << 20
SIZE = 8 * MIB
STARTED: "list[subprocess.Popen[str]]" = []


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as running:
        yield running


def start(data: Path, *arguments: str, floor: int = 0) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "scene-sense"), "--data", str(data), "model", *arguments],
        env={
            **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
            "FREE_SPACE_FLOOR_BYTES": str(floor),
            "DATABASE_URL": "postgresql://127.0.0.1:9/none",
        },
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    STARTED.append(process)
    return process


@pytest.fixture(autouse=True)
def none_left() -> Iterator[None]:
    yield
    for process in STARTED:
        process.kill()
        process.communicate()
    STARTED.clear()


def finish(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def part_bytes(data: Path) -> int:
    return sum(path.stat().st_size for path in (data / "models").glob(".part-mine/*.part"))


@pytest.fixture
def address(server: FileServer, tmp_path: Path) -> str:
    content = taped(model_files(tmp_path / "made", padding=SIZE))
    return server.put("get", {"mine.tar": content}) + "/mine.tar"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_add_that_is_ended_in_the_middle_goes_on_from_there(
    tmp_path: Path, server: FileServer, address: str, how: signal.Signals
) -> None:
    data = tmp_path / "data"
    server.pause_seconds = 0.05
    first = start(data, "add", address, "--yes")
    assert eventually(lambda: part_bytes(data) > MIB, deadline_seconds=30)
    second = start(data, "add", address, "--yes")
    code, _, err = finish(second)
    assert code == 1
    assert "Another call is changing the models" in err
    first.send_signal(how)
    code, _, err = finish(first)
    assert "Traceback" not in err
    assert code in {-signal.SIGKILL, -signal.SIGTERM, 130}
    here = part_bytes(data)
    assert here > MIB
    assert not (data / "models/mine").exists()

    server.pause_seconds = 0.0
    server.asked.clear()
    code, out, err = finish(start(data, "add", address, "--yes", "--json"))
    assert code == 0, err
    assert json.loads(out)["identity"] == identity(tmp_path / "made") == identity(data / "models/mine")
    assert [asked.range for asked in server.gets("/get/mine.tar")] == [f"bytes={here}-"]
    assert sorted(path.name for path in (data / "models").iterdir()) == [".lock", "mine"]


def test_a_copy_that_is_killed_leaves_nothing_after_the_next_call(tmp_path: Path) -> None:
    root, data = make(tmp_path / "mine"), tmp_path / "data"
    with (root / "weights.bin").open("wb") as file:
        file.truncate(1 << 31)
    first = start(data, "add", str(root))
    models = data / "models"
    assert eventually(lambda: list(models.glob(".adding-mine-*/weights.bin")), deadline_seconds=30)
    first.kill()
    finish(first)
    assert list(models.glob(".adding-mine-*"))
    (root / "weights.bin").unlink()
    code, out, err = finish(start(data, "add", str(root)))
    assert code == 0, err
    assert "mine: 4 numbers, fp32" in out
    assert sorted(path.name for path in models.iterdir()) == [".lock", "mine"]


def test_nobody_to_ask_and_no_yes_means_that_nothing_is_fetched(
    tmp_path: Path, server: FileServer, address: str
) -> None:
    code, _, err = finish(start(tmp_path / "data", "add", address))
    assert code == 2
    assert "say --yes" in err
    assert f"{address}  " in err
    assert server.gets("/get/mine.tar") == []


def test_a_disk_that_is_full_is_said_and_a_download_goes_on_when_there_is_room(
    tmp_path: Path, server: FileServer, address: str, make_settings: MakeSettings
) -> None:
    settings = make_settings(free_space_floor_bytes=0)
    settings.models_path.mkdir(parents=True)
    with mounted_tmpfs(settings.models_path, megabytes=4):
        code, _, err = finish(start(settings.data_path, "add", address, "--yes"))
        assert code == 1
        assert "may be taken there" in err
        assert left(settings) == []
    with mounted_tmpfs(settings.models_path, megabytes=12):
        code, _, err = finish(start(settings.data_path, "add", address, "--yes"))
        assert code == 1
        assert "may be taken there" in err
        assert left(settings) == [".part-mine"]
        # What fills up while nobody looks is the file system's own word.
        subprocess.run(["mount", "-o", "remount,size=32m", str(settings.models_path)], check=True)  # noqa: S607
        server.asked.clear()
        code, _, err = finish(start(settings.data_path, "add", address, "--yes"))
        assert code == 0, err
        assert server.gets("/get/mine.tar") == []
        assert left(settings) == ["mine"]


def test_the_disks_own_word_is_a_line_too(
    tmp_path: Path, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:

    settings = make_settings(free_space_floor_bytes=0)
    settings.models_path.mkdir(parents=True)
    root = make(tmp_path / "mine")
    (root / "weights.bin").write_bytes(bytes(4 * MIB))
    monkeypatch.setattr(Room, "check", lambda self, needed: None)
    with mounted_tmpfs(settings.models_path, megabytes=2):
        with pytest.raises(DiskFull, match="is full"):
            put(settings, root)
        assert left(settings) == []


def test_two_that_start_at_once_leave_one_whole_model(tmp_path: Path) -> None:
    root, data = make(tmp_path / "mine"), tmp_path / "data"
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda: codes.append(finish(start(data, "add", str(root)))[0]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 in codes
    assert set(codes) <= {0, 1}
    assert identity(data / "models/mine") == identity(root)
    assert sorted(path.name for path in (data / "models").iterdir()) == [".lock", "mine"]
