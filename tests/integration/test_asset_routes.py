"""Assets over HTTP: lists, filters, changes, trash, originals and renditions; each for their owner alone."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.support.home import picture
from tests.support.uploads import stored
from tests.support.web import Web


async def names(client: httpx.AsyncClient, path: str = "/api/assets", **query: Any) -> list[str]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return [item["filename"] for item in answer.json()["items"]]


def dated(number: int, taken: str) -> bytes:
    """A picture whose EXIF says when it was taken."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = taken
    out = io.BytesIO()
    Image.open(io.BytesIO(picture(number))).save(out, "JPEG", exif=exif)
    return out.getvalue()


async def test_the_library_is_listed_newest_first_a_page_at_a_time(anna: httpx.AsyncClient) -> None:
    for number in range(7):
        await stored(anna, picture(number), f"{number}.jpg")
    seen, after = [], None
    for _ in range(4):
        page = (
            await anna.get("/api/assets", params={"limit": 2} | ({"after": after} if after else {}))
        ).json()
        seen += [item["filename"] for item in page["items"]]
        after = page["next"]
    assert seen == [f"{number}.jpg" for number in reversed(range(7))]
    assert after is None


@pytest.mark.parametrize("after", ["x", "20260101T000000.000000-zz", "-", "a" * 200, "0x1p0~" + "0" * 32])
async def test_a_page_key_that_is_none_is_refused(anna: httpx.AsyncClient, after: str) -> None:
    for path in ("/api/assets", "/api/trash"):
        answer = await anna.get(path, params={"after": after})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 1001},
        {"limit": "ten"},
        {"from": "yesterday"},
        {"type": "a; drop table"},
        {"folder": "a/../b"},
        {"colour": "red"},
        {"tag": "a\0b"},
    ],
)
async def test_a_list_asked_wrongly_is_refused(anna: httpx.AsyncClient, query: dict[str, Any]) -> None:
    answer = await anna.get("/api/assets", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_filters_narrow_the_list(anna: httpx.AsyncClient) -> None:
    await stored(anna, dated(1, "2019:12:31 23:30:00"), "a.jpg", folder="trips/snow", tags="Winter,red")
    await stored(anna, dated(2, "2020:01:01 00:30:00"), "b.jpg", folder="trips", tags="winter")
    await stored(anna, picture(3), "c.jpg", folder="trips_and%")
    await stored(anna, picture(4), "d.jpg", folder="trips-and more/below")
    assert await names(anna, folder="trips") == ["b.jpg", "a.jpg"]
    assert await names(anna, folder="/trips/snow/") == ["a.jpg"]
    assert await names(anna, folder="trips_and%") == ["c.jpg"]
    assert await names(anna, folder="trip") == []
    assert await names(anna, tag="WINTER") == ["b.jpg", "a.jpg"]
    assert await names(anna, tag="winter,RED") == ["a.jpg"]
    assert await names(anna, **{"from": "2019-12-31", "to": "2019-12-31"}) == ["a.jpg"]
    assert await names(anna, to="2020-01-01") == ["b.jpg", "a.jpg"]
    # What has no date of its own counts by the day it was uploaded
    today = datetime.now(UTC).date().isoformat()
    assert await names(anna, **{"from": today}) == ["d.jpg", "c.jpg"]
    assert await names(anna, type="image") == ["d.jpg", "c.jpg", "b.jpg", "a.jpg"]
    assert await names(anna, type="image/png") == []


async def test_tags_differ_in_more_than_the_case_of_any_letter(anna: httpx.AsyncClient) -> None:
    await stored(anna, picture(1), "a.jpg", tags="Äpfel")
    await stored(anna, picture(2), "b.jpg", tags="äpfel")
    assert await names(anna, tag="ÄPFEL") == ["b.jpg", "a.jpg"]
    assert [(tag["name"], tag["count"]) for tag in (await anna.get("/api/tags")).json()] == [("Äpfel", 2)]


async def test_an_asset_is_changed_as_a_whole_or_not_at_all(anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(1), folder="old", tags="one,two")
    path = f"/api/assets/{asset['id']}"
    changes = {
        "folder": "new/place",
        "tags": ["Two", "three"],
        "description": "Snow.",
        "favourite": True,
        "rating": 4,
    }
    changed = (await anna.patch(path, json=changes)).json()
    assert (changed["folder"], changed["tags"]) == ("new/place", ["three", "two"])
    assert (changed["description"], changed["favourite"], changed["rating"]) == ("Snow.", True, 4)
    assert changed["revision"] == asset["revision"] + 1
    refused = await anna.patch(path, json={"description": "Rain.", "folder": "a//b"})
    assert refused.status_code == 400
    cleared = (await anna.patch(path, json={"folder": None, "rating": None, "tags": []})).json()
    assert (cleared["folder"], cleared["rating"], cleared["tags"], cleared["description"]) == (
        None,
        None,
        [],
        "Snow.",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"ttl": "1d", "expires_at": None},
        {"ttl": "soon"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "2030-01-01T00:00:00"},
        {"expires_at": "9999-01-01T00:00:00Z"},
        {"rating": 6},
        {"tags": None},
        {"favourite": None},
        {"owner": "me"},
        {"tags": ["a\x00b"]},
        [],
    ],
)
async def test_a_change_that_makes_no_sense_is_refused(anna: httpx.AsyncClient, changes: Any) -> None:
    asset = await stored(anna, picture(1))
    answer = await anna.patch(f"/api/assets/{asset['id']}", json=changes)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert (await anna.get(f"/api/assets/{asset['id']}")).json() == asset


async def test_a_time_to_live_is_given_and_taken_away(anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(1))
    path = f"/api/assets/{asset['id']}"
    expires = datetime.fromisoformat((await anna.patch(path, json={"ttl": "7d"})).json()["expires_at"])
    assert timedelta(days=6, hours=23) < expires - datetime.now(UTC) <= timedelta(days=7)
    assert (await anna.patch(path, json={"ttl": 3600})).json()["expires_at"] is not None
    for forever in ({"ttl": "never"}, {"ttl": None}, {"expires_at": None}):
        await anna.patch(path, json={"ttl": "7d"})
        assert (await anna.patch(path, json=forever)).json()["expires_at"] is None


async def test_the_trash_takes_and_gives_back(anna: httpx.AsyncClient) -> None:
    kept, gone = await stored(anna, picture(1), "kept.jpg"), await stored(anna, picture(2), "gone.jpg")
    path = f"/api/assets/{gone['id']}"
    trashed = (await anna.delete(path)).json()
    assert trashed["state"] == "trashed"
    trashed_at, purge_after = (
        datetime.fromisoformat(trashed[name]) for name in ("trashed_at", "purge_after")
    )
    assert purge_after - trashed_at == timedelta(days=30)
    # Again changes nothing, and nothing in the trash is edited
    assert (await anna.delete(path)).json() == trashed
    assert (await anna.patch(path, json={"rating": 1})).status_code == 409
    assert await names(anna) == ["kept.jpg"]
    assert await names(anna, "/api/trash") == ["gone.jpg"]
    back = (await anna.post(f"{path}/restore")).json()
    assert (back["state"], back["trashed_at"], back["purge_after"]) == ("active", None, None)
    assert sorted(await names(anna)) == ["gone.jpg", "kept.jpg"]
    again = await anna.post(f"/api/assets/{kept['id']}/restore")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_what_has_expired_is_in_the_trash_before_any_sweep(web: Web, anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(1), "a.jpg", ttl="1m")
    await web.db.fetch("UPDATE asset SET expires_at = now() - interval '1 second'")
    assert await names(anna) == []
    assert await names(anna, "/api/trash") == ["a.jpg"]
    assert (await anna.get(f"/api/assets/{asset['id']}")).json()["state"] == "trashed"
    assert (await anna.get("/api/status")).json()["assets"] == 0
    back = (await anna.post(f"/api/assets/{asset['id']}/restore")).json()
    assert (back["state"], back["expires_at"]) == ("active", None)
    assert await names(anna) == ["a.jpg"]


async def test_the_trash_is_listed_a_page_at_a_time(anna: httpx.AsyncClient) -> None:
    for number in range(5):
        asset = await stored(anna, picture(number), f"{number}.jpg")
        await anna.delete(f"/api/assets/{asset['id']}")
    first = (await anna.get("/api/trash", params={"limit": 3})).json()
    second = (await anna.get("/api/trash", params={"limit": 3, "after": first["next"]})).json()
    found = [item["filename"] for page in (first, second) for item in page["items"]]
    assert found == ["4.jpg", "3.jpg", "2.jpg", "1.jpg", "0.jpg"]
    assert second["next"] is None


async def test_an_original_comes_back_bit_for_bit(anna: httpx.AsyncClient) -> None:
    data = picture(1)
    asset = await stored(anna, data, 'Grüße "aus" Köln.jpg')
    answer = await anna.get(f"/api/assets/{asset['id']}/original")
    assert answer.status_code == 200
    assert answer.content == data
    headers = answer.headers
    assert headers["content-type"] == "image/jpeg"
    assert headers["content-length"] == str(len(data))
    assert headers["etag"] == f'"{asset["sha256"]}"'
    assert headers["accept-ranges"] == "bytes"
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["content-disposition"].startswith(
        'inline; filename="Gr__e _aus_ K_ln.jpg"; filename*=UTF-8'
    )
    saved = await anna.get(f"/api/assets/{asset['id']}/original", params={"download": 1})
    assert saved.headers["content-disposition"].startswith("attachment; ")
    head = await anna.head(f"/api/assets/{asset['id']}/original")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(data)), b"")


async def test_parts_of_an_original_are_given(anna: httpx.AsyncClient) -> None:
    data = picture(1)
    asset = await stored(anna, data)
    path, size = f"/api/assets/{asset['id']}/original", len(data)
    cases: dict[str, tuple[int, bytes, str | None]] = {
        "bytes=0-99": (206, data[:100], f"bytes 0-99/{size}"),
        "bytes=100-": (206, data[100:], f"bytes 100-{size - 1}/{size}"),
        "bytes=-7": (206, data[-7:], f"bytes {size - 7}-{size - 1}/{size}"),
        "bytes=0-999999999": (206, data, f"bytes 0-{size - 1}/{size}"),
        f"bytes={size}-": (416, b"", f"bytes */{size}"),
        "bytes=5-2": (416, b"", f"bytes */{size}"),
        "bytes=-0": (416, b"", f"bytes */{size}"),
        "bytes=0-1,5-6": (200, data, None),
        "bytes=-": (200, data, None),
        "lines=0-1": (200, data, None),
    }
    for asked, (status, body, said) in cases.items():
        answer = await anna.get(path, headers={"Range": asked})
        assert (asked, answer.status_code, answer.content) == (asked, status, body)
        assert answer.headers.get("content-range") == said
        assert answer.headers["content-length"] == str(len(body))
    etag = f'"{asset["sha256"]}"'
    for condition, status in ((etag, 206), ('"other"', 200)):
        answer = await anna.get(path, headers={"Range": "bytes=0-1", "If-Range": condition})
        assert answer.status_code == status
    for known in (etag, f'"x", W/{etag}', "*"):
        answer = await anna.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")


async def test_renditions_are_made_when_they_are_first_asked_for(web: Web, anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(1, width=2000, height=1500))
    assert not web.settings.cache_path.exists()
    sizes = {240: ("WEBP", (320, 240)), 480: ("WEBP", (640, 480)), 1440: ("JPEG", (1440, 1080))}
    for size, (kind, shape) in sizes.items():
        answer = await anna.get(f"/media/{asset['id']}/{asset['media_version']}/{size}")
        assert answer.status_code == 200
        made = Image.open(io.BytesIO(answer.content))
        assert (made.format, made.size) == (kind, shape)
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        etag = {"If-None-Match": answer.headers["etag"]}
        again = await anna.get(f"/media/{asset['id']}/{asset['media_version']}/{size}", headers=etag)
        assert (again.status_code, again.content) == (304, b"")
    # The cache alone answers from here on
    (web.settings.storage_path / asset["id"] / asset["filename"]).unlink()
    assert (await anna.get(f"/media/{asset['id']}/{asset['media_version']}/480")).status_code == 200


@pytest.mark.parametrize(
    "rest", ["2/240", "0/240", "1/241", "1/0", "1/99999999999999999999", "x/240", "1/240/x"]
)
async def test_other_versions_and_sizes_of_a_rendition_are_not_there(
    anna: httpx.AsyncClient, rest: str
) -> None:
    asset = await stored(anna, picture(1))
    answer = await anna.get(f"/media/{asset['id']}/{rest}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_nobody_sees_or_changes_what_is_somebody_elses(web: Web, anna: httpx.AsyncClient) -> None:
    asset = await stored(anna, picture(1), folder="mine", tags="secret")
    await anna.get(f"/media/{asset['id']}/1/240")
    path = f"/api/assets/{asset['id']}"
    async with web.second_person() as bob:
        answers = [
            await bob.get(path),
            await bob.patch(path, json={"rating": 1}),
            await bob.delete(path),
            await bob.post(f"{path}/restore"),
            await bob.get(f"{path}/original"),
            await bob.get(f"/media/{asset['id']}/1/240"),
        ]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}
        assert await names(bob) == await names(bob, "/api/trash") == await names(bob, folder="mine") == []
        for empty in ("/api/folders", "/api/tags", "/api/jobs?state=pending"):
            assert (await bob.get(empty)).json() == []
        asked = [{"sha256": asset["sha256"], "size": 1}]
        assert (await bob.post("/api/uploads/check", json=asked)).json()[0]["state"] == "new"
        assert (await bob.get("/api/status")).json()["assets"] == 0
        assert (await bob.post("/api/jobs/retry", json={"asset_ids": [asset["id"]]})).json() == {"retried": 0}
    assert (await anna.get(path)).json() == asset
    async with web.client() as nobody:
        for closed in (path, f"{path}/original", f"/media/{asset['id']}/1/240", "/api/search?q=x"):
            assert (await nobody.get(closed)).status_code == 401


@pytest.mark.parametrize("wrong", ["123", "not-a-uuid", "00000000-0000-0000-0000-00000000000g", "%00"])
async def test_an_id_that_is_none_is_not_found(anna: httpx.AsyncClient, wrong: str) -> None:
    for path in (f"/api/assets/{wrong}", f"/api/assets/{wrong}/original", f"/media/{wrong}/1/240"):
        answer = await anna.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_failed_work_is_listed_with_its_reason_and_tried_again(
    web: Web, anna: httpx.AsyncClient
) -> None:
    asset = await stored(anna, picture(1))
    await web.db.fetch(
        "INSERT INTO job (asset, kind, state, attempts, error_code, error_text)"
        " VALUES ({}, 'embed', 'failed', 4, 'file_damaged', 'It is cut short.')",
        asset["id"],
    )
    (job,) = (await anna.get("/api/jobs", params={"state": "failed"})).json()
    assert (job["asset_id"], job["error_code"], job["attempts"]) == (asset["id"], "file_damaged", 4)
    assert (await anna.get("/api/status")).json()["jobs"] == {"pending": 0, "running": 0, "failed": 1}
    shown = (await anna.get(f"/api/assets/{asset['id']}")).json()["index"]
    assert (shown["state"], shown["error_text"]) == ("failed", "It is cut short.")
    assert (await anna.post("/api/jobs/retry", json={})).json() == {"retried": 1}
    assert (await anna.get(f"/api/assets/{asset['id']}")).json()["index"]["state"] == "pending"


async def test_without_a_model_a_search_says_so_and_the_rest_goes_on(anna: httpx.AsyncClient) -> None:
    answer = await anna.get("/api/search", params={"q": "snow"})
    assert (answer.status_code, answer.json()["degraded"]) == (200, "no_model")
    assert (await anna.get("/api/status")).json()["model"] is None
    await stored(anna, picture(1))
