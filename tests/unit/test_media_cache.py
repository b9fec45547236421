"""Renditions on the system disk."""

import os
import time
from pathlib import Path
from uuid import uuid4

import pytest

from appliance.media.cache import SIZES, RenditionCache


@pytest.fixture
def cache(tmp_path: Path) -> RenditionCache:
    return RenditionCache(tmp_path / "cache")


def test_what_is_written_can_be_read_by_version_and_size(cache: RenditionCache) -> None:
    asset = uuid4()
    cache.write(asset, 1, {size: f"v1 {size}".encode() for size in SIZES})
    cache.write(asset, 2, {240: b"v2"})
    assert cache.read(asset, 1, 240) == b"v1 240"
    assert cache.read(asset, 2, 240) == b"v2"
    assert cache.read(asset, 2, 480) is None
    assert cache.read(uuid4(), 1, 240) is None
    assert cache.path(asset, 1, 1440).suffix == ".jpg"
    assert cache.root.stat().st_mode & 0o777 == 0o700
    assert cache.path(asset, 1, 240).stat().st_mode & 0o777 == 0o600


def test_a_file_that_a_power_cut_emptied_counts_as_absent(cache: RenditionCache) -> None:
    asset = uuid4()
    cache.write(asset, 1, {240: b"x"})
    cache.path(asset, 1, 240).write_bytes(b"")
    assert cache.read(asset, 1, 240) is None


def test_deleting_takes_all_versions_of_one_asset_and_may_be_repeated(cache: RenditionCache) -> None:
    asset, other = uuid4(), uuid4()
    cache.write(asset, 1, {240: b"x"})
    cache.write(asset, 2, {240: b"x"})
    cache.write(other, 1, {240: b"y"})
    cache.delete(asset)
    cache.delete(asset)
    assert cache.read(asset, 1, 240) is cache.read(asset, 2, 240) is None
    assert cache.read(other, 1, 240) == b"y"


def test_other_sizes_do_not_exist(cache: RenditionCache) -> None:
    with pytest.raises(KeyError):
        cache.path(uuid4(), 1, 999)


def test_nothing_half_written_is_left(cache: RenditionCache) -> None:
    asset = uuid4()
    cache.write(asset, 1, dict.fromkeys(SIZES, b"x"))
    assert sorted(path.name for path in cache.path(asset, 1, 240).parent.iterdir()) == [
        "1-1440.jpg", "1-240.webp", "1-480.webp",
    ]  # fmt: skip
    assert list((cache.root / ".parts").iterdir()) == []


def test_what_a_killed_process_left_half_written_goes_and_what_is_being_written_stays(
    cache: RenditionCache,
) -> None:
    assert cache.drop_parts() == 0
    asset = uuid4()
    cache.write(asset, 1, {240: b"x"})
    left, coming = cache.root / ".parts" / "left", cache.root / ".parts" / "coming"
    for part in (left, coming):
        part.write_bytes(b"half")
    two_hours_ago = time.time() - 7200
    os.utime(left, (two_hours_ago, two_hours_ago))
    assert cache.drop_parts() == 1
    assert (left.exists(), coming.exists()) == (False, True)
    assert cache.read(asset, 1, 240) == b"x"
    assert cache.list_ids() == [asset]
