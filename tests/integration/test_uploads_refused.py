"""Bad uploads: each is refused with its status and code, and leaves nothing on the volume or in the database."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import MakeSettings
from tests.support.corpus import NOT_PICTURES, encoded, noisy, png_header, quadrants
from tests.support.home import picture
from tests.support.uploads import BOUNDARY, NOTHING, Pulled, form, form_headers, part, remains, upload
from tests.support.web import Web, open_web

MIB = 1024 * 1024
CAP = 2 * MIB

STATUSES = {"file_empty": 422, "file_unsupported": 415, "video_unsupported": 415}


@pytest.fixture
async def web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    settings = make_settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        free_space_floor_bytes=0,
        max_upload_bytes=CAP,
        clip_model="not-there",
    )
    async with open_web(settings) as opened:
        yield opened


async def expect(web: Web, answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert await remains(web) == NOTHING
    return problem


@pytest.mark.parametrize("name", NOT_PICTURES)
async def test_what_is_no_picture(web: Web, anna: httpx.AsyncClient, name: str) -> None:
    data, code = NOT_PICTURES[name]
    await expect(web, await upload(anna, data, "picture.jpg"), STATUSES[code], code)


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF"])
async def test_a_picture_cut_short(web: Web, anna: httpx.AsyncClient, format_name: str) -> None:
    data = encoded(noisy(160, 120), format_name)
    await expect(web, await upload(anna, data[: len(data) * 2 // 3]), 422, "file_damaged")


async def test_a_picture_of_300_megapixels_that_can_only_be_decoded_whole(
    web: Web, anna: httpx.AsyncClient
) -> None:
    await expect(web, await upload(anna, png_header(20_000, 15_000)), 422, "too_many_pixels")


async def test_a_decompression_bomb(web: Web, anna: httpx.AsyncClient) -> None:
    await expect(web, await upload(anna, png_header(60_000, 60_000), "bomb.png"), 422, "too_many_pixels")


async def test_a_stream_over_the_cap_is_refused_before_it_is_through(
    web: Web, anna: httpx.AsyncClient
) -> None:
    piece = bytes(MIB // 4)

    def pieces() -> Iterator[bytes]:
        yield form(part("file", b"", filename="big.jpg"))[: -len(BOUNDARY) - 8]
        for _ in range(64):
            yield piece

    answer = await anna.post("/api/assets", content=Pulled(pieces()), headers=form_headers())
    await expect(web, answer, 413, "file_too_large")


async def test_two_gigabytes_that_are_announced_are_not_even_listened_to(
    web: Web, anna: httpx.AsyncClient
) -> None:
    body = Pulled([b"--" + BOUNDARY.encode()])
    headers = form_headers() | {"Content-Length": str(2 * 1024 * MIB)}
    answer = await anna.post("/api/assets", content=body, headers=headers)
    await expect(web, answer, 413, "file_too_large")


async def hang_up_after(web: Web, anna: httpx.AsyncClient, body: bytes) -> list[Any]:
    """Send ``body`` and close the connection; what the server said."""
    messages = [{"type": "http.request", "body": body, "more_body": True}, {"type": "http.disconnect"}]
    said: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0) if len(messages) > 1 else messages[0]

    async def send(message: Any) -> None:
        said.append(message)

    headers = {
        "host": "localhost:8020",
        "origin": "http://localhost:8020",
        "cookie": f"sid={anna.cookies['sid']}",
        "transfer-encoding": "chunked",
        **{name.lower(): value for name, value in form_headers().items()},
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/assets",
        "raw_path": b"/api/assets",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("localhost", 8020),
    }
    await web.app(scope, receive, send)
    return said


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
async def test_a_client_that_hangs_up(web: Web, anna: httpx.AsyncClient, share: float) -> None:
    body = form(part("file", encoded(noisy(400, 300), "JPEG"), filename="a.jpg"))
    await hang_up_after(web, anna, body[: int(len(body) * share)])
    assert await remains(web) == NOTHING


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (form(part("folder", b"a")), "file"),
        (form(), "file"),
        (
            form(part("file", picture(1), filename="a.jpg"), part("file", picture(2), filename="b.jpg")),
            "file",
        ),
        (form(part("file", picture(1), filename="a.jpg"), part("colour", b"red")), "colour"),
        (
            form(part("file", picture(1), filename="a.jpg"), part("folder", b"a"), part("folder", b"b")),
            "folder",
        ),
        (form(part("file", picture(1), filename="a.jpg"), part("folder", b"\xff")), "folder"),
        (form(part("file", picture(1), filename="a.jpg"), part("folder", b"a\0b")), "folder"),
        (form(part("file", picture(1), filename="a.jpg"), part("tags", b"x" * 70_000)), "tags"),
        (form(part("file", picture(1), filename="a.jpg"))[:-20], "body"),
        (form(part("", picture(1), raw_disposition="attachment; name=file")), "body"),
        (b"this is no form at all", "body"),
        (b"", "body"),
    ],
)
async def test_a_form_that_is_none(web: Web, anna: httpx.AsyncClient, body: bytes, where: str) -> None:
    answer = await anna.post("/api/assets", content=body, headers=form_headers())
    problem = await expect(web, answer, 400, "bad_request")
    assert problem["errors"][0]["where"] == where


@pytest.mark.parametrize(
    "fields",
    [
        {"ttl": "soon"},
        {"ttl": "5s"},
        {"ttl": "101 years"},
        {"ttl": "99999999999w"},
        {"folder": "a/../b"},
        {"folder": "a//b"},
        {"folder": "/".join("a" * 21)},
        {"folder": "a" * 201},
        {"tags": "a\x07b"},
        {"tags": "x" * 201},
        {"tags": ",".join(str(n) for n in range(101))},
    ],
)
async def test_a_wish_that_cannot_be_met(web: Web, anna: httpx.AsyncClient, fields: dict[str, str]) -> None:
    await expect(web, await upload(anna, picture(1), **fields), 400, "bad_request")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "image/jpeg", "multipart/form-data", "multipart/form-data; boundary=", None],
)
async def test_a_body_of_another_kind(web: Web, anna: httpx.AsyncClient, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await anna.post("/api/assets", content=picture(1), headers=headers)
    await expect(web, answer, 415, "wrong_content_type")


async def test_a_wrong_key(web: Web, anna: httpx.AsyncClient) -> None:
    async with web.script("ss_AAAAAAAA_" + "A" * 43) as script:
        await expect(web, await upload(script, picture(1)), 401, "unauthenticated")


async def test_a_key_that_may_only_read(web: Web, anna: httpx.AsyncClient) -> None:
    wish = {"name": "frame", "scopes": ["asset:read", "search:read"], "expires_days": 1}
    key = (await anna.post("/api/me/keys", json=wish)).json()["key"]
    async with web.script(key) as script:
        await expect(web, await upload(script, picture(1)), 403, "forbidden")
        asked = [{"sha256": "ab" * 32, "size": 1}]
        assert (await script.post("/api/uploads/check", json=asked)).status_code == 403


async def test_a_volume_that_is_gone(web: Web, anna: httpx.AsyncClient, tmp_path: Path) -> None:
    root, away = web.settings.storage_path, tmp_path / "unplugged"
    root.rename(away)
    answer = await upload(anna, picture(1))
    assert (answer.status_code, answer.json()["code"]) == (503, "volume_unavailable")
    assert not root.exists()
    # Reading and searching what is known goes on
    assert (await anna.get("/api/assets")).status_code == 200
    assert (await anna.get("/api/status")).json()["volume"]["state"] == "missing"
    away.rename(root)
    assert (await upload(anna, picture(1))).status_code == 201


async def test_an_empty_folder_in_place_of_the_volume(
    web: Web, anna: httpx.AsyncClient, tmp_path: Path
) -> None:
    root = web.settings.storage_path
    root.rename(tmp_path / "unplugged")
    root.mkdir()
    answer = await upload(anna, picture(1))
    assert (answer.status_code, answer.json()["code"]) == (503, "volume_unavailable")
    assert not list(root.iterdir())


async def test_a_disk_that_is_nearly_full(make_settings: MakeSettings, database_url: str) -> None:
    settings = make_settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1",
        clip_model="not-there",
        free_space_floor_bytes=2**62,
    )
    async with open_web(settings) as web, web.signed_in() as anna:
        await expect(web, await upload(anna, picture(1)), 507, "disk_full")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b"[]extra",
        b'{"sha256": "ab"}',
        b'[{"sha256": "ab", "size": 1}]',
        b'[{"sha256": "' + b"ab" * 32 + b'", "size": -1}]',
        b'[{"sha256": "' + b"ab" * 32 + b'", "size": 1, "more": 1}]',
        b"\xff\xfe",
        b"",
    ],
)
async def test_junk_json(web: Web, anna: httpx.AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await anna.post("/api/uploads/check", content=body, headers=headers)
    await expect(web, answer, 400, "bad_request")


async def test_what_is_refused_can_be_sent_right_afterwards(web: Web, anna: httpx.AsyncClient) -> None:
    await expect(web, await upload(anna, encoded(quadrants(), "JPEG")[:300]), 422, "file_damaged")
    assert (await upload(anna, encoded(quadrants(), "JPEG"))).status_code == 201
