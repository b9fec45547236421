"""Files on their way in, over HTTP, into a real volume and database."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import MakeSettings
from tests.support.corpus import FORMATS, encoded, quadrants
from tests.support.home import picture
from tests.support.rows import count
from tests.support.uploads import form, form_headers, part, remains, stored, upload
from tests.support.web import Web, open_web


@pytest.fixture
async def web(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Web]:
    settings = make_settings(
        database_url=database_url, redis_url="redis://127.0.0.1:1", free_space_floor_bytes=0
    )
    async with open_web(settings) as opened:
        yield opened


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_picture_becomes_an_asset_with_its_bytes_untouched(web: Web, anna: httpx.AsyncClient) -> None:
    data = picture(1, width=120, height=80)
    asset = await stored(anna, data, "Grüße vom See.jpg")
    assert asset["filename"] == "Grüße vom See.jpg"
    assert asset["sha256"] == hashlib.sha256(data).hexdigest()
    assert (asset["width"], asset["height"], asset["mime"], asset["kind"]) == (120, 80, "image/jpeg", "image")
    assert asset["bytes"] == len(data)
    assert asset["state"] == "active"
    assert asset["index"] == {"state": "pending", "attempts": 0, "error_code": None, "error_text": None}
    path = web.settings.storage_path / asset["id"] / asset["filename"]
    assert path.read_bytes() == data
    assert await count(web.db, "upload") == 0
    audit = await web.db.fetch_one("SELECT object, outcome FROM audit WHERE action = 'asset.upload'")
    assert audit == {"object": asset["id"], "outcome": "ok"}


@pytest.mark.parametrize("name", FORMATS)
async def test_every_kind_of_picture_is_taken(anna: httpx.AsyncClient, name: str) -> None:
    # The name says nothing: the bytes do.
    asset = await stored(anna, encoded(quadrants(), name), "picture.dat")
    assert asset["mime"] in {FORMATS[name], "image/heif"}
    assert (asset["width"], asset["height"]) == (64, 48)


async def test_the_same_bytes_again_are_the_same_asset(web: Web, anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(1), "a.jpg")
    before = await remains(web)
    again = await upload(anna, picture(1), "other name.jpg")
    assert again.status_code == 200
    assert again.json()["status"] == "duplicate"
    assert again.json()["asset"] == asset
    assert await remains(web) == before


async def test_uploads_of_the_same_bytes_at_once_are_one_asset(web: Web, anna: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(upload(anna, picture(1), f"{n}.jpg", folder="a/b") for n in range(6)))
    statuses = Counter(answer.json()["status"] for answer in answers)
    assert statuses == {"stored": 1, "duplicate": 5}
    assert len({answer.json()["asset"]["id"] for answer in answers}) == 1
    left = await remains(web)
    assert (left.assets, left.uploads, len(left.files), left.folders) == (1, 0, 1, 1)


async def test_uploads_into_a_new_folder_at_once_make_it_once(web: Web, anna: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(upload(anna, picture(n), folder="trips/2024/snow", tags="winter,Alps") for n in range(8))
    )
    assert {answer.status_code for answer in answers} == {201}
    folders = (await anna.get("/api/folders")).json()
    assert [(folder["path"], folder["assets"]) for folder in folders] == [
        ("trips", 0),
        ("trips/2024", 0),
        ("trips/2024/snow", 8),
    ]
    tags = (await anna.get("/api/tags")).json()
    assert [(tag["name"], tag["count"]) for tag in tags] == [("Alps", 8), ("winter", 8)]
    parents = await web.db.fetch(
        "SELECT f.path, p.path AS above FROM folder f JOIN folder p ON p.id = f.parent"
    )
    assert {(row["path"], row["above"]) for row in parents} == {
        ("trips/2024", "trips"),
        ("trips/2024/snow", "trips/2024"),
    }


async def test_what_was_trashed_is_back_when_it_comes_again(anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(1), ttl="1d")
    trashed = (await anna.delete(f"/api/assets/{asset['id']}")).json()
    assert trashed["state"] == "trashed"
    again = (await upload(anna, picture(1), ttl="7d")).json()
    assert again["status"] == "restored"
    assert again["asset"]["id"] == asset["id"]
    assert again["asset"]["state"] == "active"
    assert moment(again["asset"]["expires_at"]) > moment(asset["expires_at"])


@pytest.mark.parametrize(
    ("first", "second", "days"), [("1d", "7d", 7), ("7d", "1d", 7), ("1d", None, None), (None, "1d", None)]
)
async def test_of_two_lives_the_longer_one_counts(
    anna: httpx.AsyncClient, first: str | None, second: str | None, days: int | None
) -> None:
    await stored(anna, picture(1), **({"ttl": first} if first else {}))
    again = (await upload(anna, picture(1), **({"ttl": second} if second else {}))).json()
    assert again["status"] == "duplicate"
    if days is None:
        assert again["asset"]["expires_at"] is None
    else:
        left = moment(again["asset"]["expires_at"]) - datetime.now(UTC)
        assert timedelta(days=days, minutes=-1) < left <= timedelta(days=days)


async def test_each_person_has_their_own_copy(web: Web, anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(1))
    async with web.second_person() as bob:
        theirs = await stored(bob, picture(1))
        assert theirs["id"] != asset["id"]
        assert (await bob.get(f"/api/assets/{asset['id']}")).status_code == 404


async def test_fields_may_come_before_the_file_or_after_it(anna: httpx.AsyncClient) -> None:
    body = form(
        part("tags", b"one"),
        part("folder", "Öl/Bilder".encode()),
        part("file", picture(1), filename="a.jpg"),
        part("tags", b"two, three"),
        part("ttl", b"2w"),
    )
    answer = await anna.post("/api/assets", content=body, headers=form_headers())
    assert answer.status_code == 201, answer.text
    asset = answer.json()["asset"]
    assert (asset["folder"], asset["tags"]) == ("Öl/Bilder", ["one", "three", "two"])
    assert moment(asset["expires_at"]) - datetime.now(UTC) > timedelta(days=13)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('form-data; name="file"; filename="plain.jpg"', "plain.jpg"),
        ("form-data; name=file; filename=bare.jpg", "bare.jpg"),
        ('form-data; name="file"; filename="x.jpg"; filename*=UTF-8\'\'na%C3%AFve.jpg', "naïve.jpg"),
        ('form-data; name="file"; filename="x.jpg"; filename*=UTF-8\'\'%ff%fe', "x.jpg"),
        ('form-data; name="file"; filename="../../etc/passwd"', "passwd"),
        ('form-data; name="file"; filename="C:\\\\Users\\\\me\\\\me.jpg"', "me.jpg"),
        ('form-data; name="file"; filename="a%22b.jpg"', "a_b.jpg"),
        ('form-data; name="file"; filename="..."', "unnamed"),
        ('form-data; name="file"; filename=""', "unnamed"),
        ('form-data; name="file"', "unnamed"),
        ('form-data; name="file"; filename=".hidden.jpg"', "hidden.jpg"),
        ('form-data; name="file"; filename="CON.jpg"', "_CON.jpg"),
        ('form-data; name="file"; filename="\u202egpj.exe"', "gpj.exe"),
    ],
)
async def test_names_are_made_safe(web: Web, anna: httpx.AsyncClient, disposition: str, name: str) -> None:
    body = form(part("file", picture(1), raw_disposition=disposition))
    answer = await anna.post("/api/assets", content=body, headers=form_headers())
    assert answer.status_code == 201, answer.text
    assert answer.json()["asset"]["filename"] == name
    assert (await remains(web)).files == {f"{answer.json()['asset']['id']}/{name}"}


async def test_a_name_longer_than_a_file_system_takes_keeps_its_suffix(anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(1), "ä" * 4000 + ".jpeg")
    assert asset["filename"].endswith("ä.jpeg")
    assert len(asset["filename"].encode()) <= 200


async def test_the_body_may_come_in_pieces_of_any_size(anna: httpx.AsyncClient) -> None:
    body = form(part("folder", b"a"), part("file", picture(1), filename="a.jpg"), part("tags", b"x"))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 7):
            yield body[start : start + 7]

    answer = await anna.post("/api/assets", content=pieces(), headers=form_headers())
    assert answer.status_code == 201, answer.text
    assert answer.json()["asset"]["sha256"] == hashlib.sha256(picture(1)).hexdigest()


async def test_known_files_need_not_be_sent(anna: httpx.AsyncClient) -> None:
    kept = await stored(anna, picture(1))
    gone = await stored(anna, picture(2))
    await anna.delete(f"/api/assets/{gone['id']}")
    asked = [{"sha256": sha, "size": 1} for sha in (kept["sha256"], "ab" * 32, gone["sha256"])]
    answer = await anna.post("/api/uploads/check", json=asked)
    assert answer.status_code == 200
    assert answer.json() == [
        {"sha256": kept["sha256"], "state": "known", "id": kept["id"], "uploading": None},
        {"sha256": "ab" * 32, "state": "new", "id": None, "uploading": None},
        {"sha256": gone["sha256"], "state": "trashed", "id": gone["id"], "uploading": None},
    ]


async def test_nothing_of_an_upload_is_written_outside_the_volume(
    web: Web, anna: httpx.AsyncClient, tmp_path: Path
) -> None:
    def outside() -> dict[str, Any]:
        return {
            str(path): path.stat().st_size
            for path in web.settings.data_path.rglob("*")
            if path.is_file() and not path.is_relative_to(web.settings.storage_path)
        }

    before = outside()
    await stored(anna, picture(1))
    assert outside() == before
