"""Searching with a picture that is not in the library: it is looked at, and not kept."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from PIL import Image

from appliance.library.eyes import AT_ONCE, Eyes
from tests.support.album import PHOTOS, Album, open_album
from tests.support.services import Cluster
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/search/pictures"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def album(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Album]:
    async with open_album(cluster, tmp_path_factory.mktemp("album")) as opened:
        yield opened


async def handed_in(album: Album, data: bytes, name: str = "query.jpg") -> httpx.Response:
    return await album.anna.post(PATH, files={"file": (name, data)})


def changed(name: str, *, how: str) -> bytes:
    """A photo of the library as it comes back from elsewhere."""
    with Image.open(PHOTOS / "images" / name) as opened:
        photo = opened.convert("RGB")
    width, height = photo.size
    if how == "cropped":
        photo = photo.crop((width // 12, height // 12, width - width // 12, height - height // 12))
    elif how == "small":
        photo = photo.resize((width // 2, height // 2))
    out = io.BytesIO()
    photo.save(out, "PNG" if how == "as png" else "JPEG", quality=40)
    return out.getvalue()


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and "originals" not in path.parts}


@pytest.mark.parametrize("how", ["cropped", "small", "as png"])
async def test_a_photo_from_elsewhere_finds_its_like_and_leaves_nothing(album: Album, how: str) -> None:
    names = list(album.captions)[:8]
    before, found = (await album.search(q="tag:third1"))["matched"], 0
    for name in names:
        answer = await handed_in(album, changed(name, how=how))
        assert answer.status_code == 200, answer.text
        asked = {"terms": [{"picture": answer.json()["picture"]}], "limit": 3, "strength": "balanced"}
        items = (await album.anna.post("/api/search", json=asked)).json()["items"]
        found += bool(items) and items[0]["asset"]["filename"] == name
    assert found >= 7
    assert (await album.search(q="tag:third1"))["matched"] == before
    kept = [path for path in files_below(album.web.settings.data_path) if "query" in path.name]
    assert not [path for path in kept if path.suffix in {".jpg", ".png"}]


async def test_a_picture_goes_with_words_and_through_pages(album: Album) -> None:
    picture = (await handed_in(album, changed(next(iter(album.captions)), how="small"))).json()["picture"]
    body = {"terms": [{"picture": picture, "weight": 0.5}], "q": "in winter -people", "limit": 20}
    found: list[str] = []
    after = None
    while True:
        answer = (await album.anna.post("/api/search", json=body | {"after": after})).json()
        found += [item["id"] for item in answer["items"]]
        after = answer["next"]
        if after is None:
            break
    assert len(found) == len(set(found)) == len(album.assets)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 422), (b"no picture at all", 422), (b"\xff\xd8\xff\xe0" + b"x" * 100, 422), (b"%PDF-1.7", 422),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", 422),
    ],
)  # fmt: skip
async def test_what_is_no_picture_is_refused(album: Album, data: bytes, status: int) -> None:
    answer = await handed_in(album, data)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


async def test_a_picture_that_would_fill_the_memory_is_refused(album: Album) -> None:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    assert (await handed_in(album, out.getvalue())).status_code == 422


async def test_what_is_no_form_is_refused(album: Album) -> None:
    for answer in (
        await album.anna.post(PATH, content=b"x", headers={"Content-Type": "image/jpeg"}),
        await album.anna.post(PATH, files={"other": ("a.jpg", b"x")}),
        await album.anna.post(PATH, json={"picture": "x"}),
    ):
        assert answer.status_code in {400, 415}, answer.text


async def test_a_handle_that_nobody_gave_is_refused(album: Album) -> None:
    good = (await handed_in(album, changed(next(iter(album.captions)), how="small"))).json()["picture"]
    packed = bytearray(base64.urlsafe_b64decode(good + "=" * (-len(good) % 4)))
    packed[20] ^= 1
    forged = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    for handle in (forged, good[:-1], good[:40], "", "x", "é", "A" * 11_000):
        answer = await album.anna.post("/api/search", json={"terms": [{"picture": handle}]})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request"), handle


async def test_many_at_once_load_the_model_once_and_it_is_let_go_when_nobody_looks(album: Album) -> None:
    appliance = album.web.context.appliance
    model = appliance.model
    assert model is not None
    eyes = Eyes(appliance.db, album.web.settings, idle_seconds=0.3)
    try:
        with eyes.entered(), (PHOTOS / "images" / next(iter(album.captions))).open("rb") as file:
            looks = [eyes.look(file.fileno(), appliance.decoder, model) for _ in range(4)]
            vectors = await asyncio.gather(*looks)
            await asyncio.sleep(0.6)
            # Somebody is still there.
            assert eyes.is_open(model)
        assert all((vector == vectors[0]).all() for vector in vectors)

        async def is_closed() -> bool:
            return not eyes.is_open(model)

        await eventually_async(is_closed)
    finally:
        await eyes.close()


async def test_no_more_pictures_are_held_in_memory_than_can_be_looked_at_soon(album: Album) -> None:
    eyes = album.web.context.appliance.eyes
    with ExitStack() as others:
        for _ in range(AT_ONCE):
            others.enter_context(eyes.entered())
        answer = await handed_in(album, changed(next(iter(album.captions)), how="small"))
        assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert (await handed_in(album, changed(next(iter(album.captions)), how="small"))).status_code == 200


async def test_a_file_that_is_too_large_is_refused_before_it_is_sent(album: Album) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(10**10)}
    answer = await album.anna.post(PATH, content=b"--x--", headers=headers)
    assert answer.status_code == 413
