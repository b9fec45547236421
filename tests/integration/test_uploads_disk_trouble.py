"""A disk that is full, read-only or gone in the middle of an upload: told as it is, and gone on with afterwards."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.conftest import MakeSettings
from tests.support.home import picture
from tests.support.mounts import bind, mounted_tmpfs, remount, unmount
from tests.support.tus import Slow, append, begun, look, offset
from tests.support.uploads import form, form_headers, part, remains, upload
from tests.support.web import Web, open_web

MIB = 2**20


def large_picture() -> bytes:
    """A photo with noise behind its end, which decoders ignore: 6 MiB."""
    noise = np.random.default_rng(1).integers(0, 256, 6 * MIB, dtype=np.uint8).tobytes()
    return picture(1) + noise


DATA = large_picture()
HALF = len(DATA) // 2


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MiB where the originals are going to be, not mounted there yet."""
    point = tmp_path / "stick"
    point.mkdir()
    with mounted_tmpfs(point, megabytes=16):
        yield point


@pytest.fixture
async def web(make_settings: MakeSettings, database_url: str, stick: Path) -> AsyncIterator[Web]:
    settings = make_settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        free_space_floor_bytes=0,
        clip_model="not-there",
    )
    settings.storage_path.mkdir(parents=True)
    bind(stick, settings.storage_path)
    try:
        async with open_web(settings) as opened:
            yield opened
    finally:
        unmount(settings.storage_path)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """What a problem document says, which is complete."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["detail"]
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]


def part_size(root: Path) -> int:
    """How much of the one upload is on the disk."""
    (path,) = (root / ".incoming").iterdir()
    return path.stat().st_size


async def check_stored(web: Web, answer: httpx.Response) -> None:
    """The file has come to its end, and is what was sent."""
    assert answer.headers["upload-result"] == "stored"
    (name,) = (await remains(web)).files
    stored = web.settings.storage_path / name
    assert hashlib.sha256(stored.read_bytes()).digest() == hashlib.sha256(DATA).digest()


async def test_a_disk_that_fills_up_in_the_middle_of_a_piece_keeps_what_fitted(
    web: Web, anna: httpx.AsyncClient, stick: Path
) -> None:
    url = await begun(anna, len(DATA))
    body = Slow(DATA[:HALF])
    sending = asyncio.create_task(append(anna, url, 0, body))
    await body.taken()
    # Somebody else fills it, all but a little.
    with (stick / "film").open("wb") as film, suppress(OSError):
        while True:
            film.write(bytes(MIB // 4))
            film.flush()
    os.truncate(stick / "film", (stick / "film").stat().st_size - MIB - 4096)
    body.give(DATA[HALF:], None)
    assert code_of(await sending) == (507, "disk_full")
    came = await offset(anna, url)
    assert HALF <= came < len(DATA)
    assert came == part_size(stick)
    # It is full still, and says so again; nothing is lost by trying.
    assert code_of(await append(anna, url, came, DATA[came:])) == (507, "disk_full")
    came = await offset(anna, url)
    (stick / "film").unlink()
    await check_stored(web, await append(anna, url, came, DATA[came:]))


async def test_a_disk_that_fills_up_in_the_middle_of_a_form_is_left_as_it_was(
    web: Web, anna: httpx.AsyncClient, stick: Path
) -> None:
    whole = form(part("file", DATA, filename="a.jpg"))
    body = Slow(whole[:HALF])
    sending = asyncio.create_task(anna.post("/api/assets", content=body, headers=form_headers()))
    await body.taken()
    (stick / "film").write_bytes(bytes(11 * MIB))
    body.give(whole[HALF:], None)
    assert code_of(await sending) == (507, "disk_full")
    assert (await remains(web)).files == {"film"}
    (stick / "film").unlink()
    assert (await upload(anna, DATA)).status_code == 201


async def test_a_disk_that_is_read_only_between_two_pieces_keeps_the_first(
    web: Web, anna: httpx.AsyncClient
) -> None:
    url = await begun(anna, len(DATA))
    await append(anna, url, 0, DATA[:HALF])
    remount(web.settings.storage_path, "bind,ro")
    assert code_of(await append(anna, url, HALF, DATA[HALF:])) == (503, "volume_unavailable")
    assert code_of(await upload(anna, picture(2))) == (503, "volume_unavailable")
    assert await offset(anna, url) == HALF
    remount(web.settings.storage_path, "bind,rw")
    await check_stored(web, await append(anna, url, HALF, DATA[HALF:]))


@pytest.mark.parametrize("door", ["pieces", "form"])
async def test_a_disk_that_goes_in_the_middle_is_told_and_nothing_is_written_where_it_was(
    web: Web, anna: httpx.AsyncClient, stick: Path, door: str
) -> None:
    root = web.settings.storage_path
    whole = DATA if door == "pieces" else form(part("file", DATA, filename="a.jpg"))
    body = Slow(whole[:HALF])
    if door == "pieces":
        url = await begun(anna, len(DATA))
        sending = asyncio.create_task(append(anna, url, 0, body))
    else:
        sending = asyncio.create_task(anna.post("/api/assets", content=body, headers=form_headers()))
    await body.taken()
    unmount(root)
    body.give(whole[HALF:], None)
    assert code_of(await sending) == (503, "volume_unavailable")
    assert list(root.iterdir()) == []
    if door == "form":
        bind(stick, root)
        assert (await upload(anna, DATA)).status_code == 201
        return
    assert (await look(anna, url)).status_code == 503
    assert code_of(await append(anna, url, HALF, DATA[HALF:])) == (503, "volume_unavailable")
    bind(stick, root)
    came = await look(anna, url)
    # All of it had come before it was missed.
    assert (came.status_code, came.headers["upload-offset"]) == (200, str(len(DATA)))
    await check_stored(web, came)


@pytest.mark.parametrize("error", ["EIO", "EROFS"])
async def test_a_disk_that_fails_in_the_middle_of_a_piece_leaves_an_offset_that_is_true(
    web: Web, anna: httpx.AsyncClient, stick: Path, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await begun(anna, len(DATA))
    write, left = os.pwrite, [2]

    def fails(fd: int, data: bytes, at: int) -> int:
        if not left[0]:
            raise OSError(getattr(errno, error), "broken")
        left[0] -= 1
        # Less than it was asked to, as disks may.
        return write(fd, bytes(data)[: MIB // 2 + 7], at)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", fails)
        assert code_of(await append(anna, url, 0, DATA)) == (503, "volume_unavailable")
    came = await offset(anna, url)
    assert came == part_size(stick) == 2 * (MIB // 2 + 7)
    await check_stored(web, await append(anna, url, came, DATA[came:]))
