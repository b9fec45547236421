"""How an original is read again."""

import hashlib
import os
from pathlib import Path
from threading import Event
from uuid import uuid4

import pytest

from appliance.media import rehash as module
from appliance.media.rehash import rehash
from appliance.media.store import Store
from appliance.media.volume import Volume
from appliance.records.scrub import Expected, Found, Outcome

DATA = bytes(range(256)) * 5


@pytest.fixture
def store(tmp_path: Path) -> Store:
    root = tmp_path / "storage"
    return Store(Volume(root, Volume.initialise(root)), max_upload_bytes=10**6, free_space_floor_bytes=0)


@pytest.fixture
def expected(store: Store) -> Expected:
    asset = uuid4()
    (store.volume.root / str(asset)).mkdir()
    (store.volume.root / str(asset) / "a.jpg").write_bytes(DATA)
    return Expected(asset, "a.jpg", hashlib.sha256(DATA).digest(), len(DATA), checked_at=None)


@pytest.mark.parametrize("chunk", [1, 7, 256, len(DATA), 4096])
def test_a_file_is_read_whole_whatever_its_length_is(
    store: Store, expected: Expected, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", chunk)
    assert rehash(store, expected, stop=Event()) == Found(Outcome.OK, expected.sha256, len(DATA))


def test_a_reading_that_is_asked_to_stop_says_nothing(store: Store, expected: Expected) -> None:
    stop = Event()
    stop.set()
    assert rehash(store, expected, stop=stop) is None


def test_memory_is_let_go_before_and_after_so_that_the_disk_is_read_and_other_files_stay(
    store: Store, expected: Expected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", 1000)
    advised: list[tuple[int, int, int]] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda fd, *advice: advised.append(advice))
    rehash(store, expected, stop=Event())
    drop = os.POSIX_FADV_DONTNEED
    assert advised == [(0, 0, drop), (0, 1000, drop), (1000, 280, drop), (0, 0, drop)]


def test_a_file_system_that_takes_no_advice_is_read_all_the_same(
    store: Store, expected: Expected, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: int) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "posix_fadvise", refused)
    found = rehash(store, expected, stop=Event())
    assert found is not None
    assert found.outcome is Outcome.OK


def test_no_descriptor_stays_open(store: Store, expected: Expected) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    path = store.volume.root / str(expected.id) / "a.jpg"
    for data in (DATA, DATA[1:], bytes(len(DATA))):
        path.write_bytes(data)
        rehash(store, expected, stop=Event())
    assert len(list(Path("/proc/self/fd").iterdir())) == before
