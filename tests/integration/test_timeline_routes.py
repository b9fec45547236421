"""The timeline over HTTP: its layout, its months, what is kept of them, counts, and assets by their ids."""

import asyncio
import gzip
from collections.abc import Awaitable
from datetime import datetime
from uuid import UUID, uuid4

import httpx
import pytest

from appliance.library.prepared import Made, Prepared
from appliance.records.accounts import Role, Scope, Viewer
from tests.support.home import picture
from tests.support.rows import add_asset
from tests.support.sharing import make_folder, me, share, unshare
from tests.support.timeline import EVERYTHING, Timeline, read_layout
from tests.support.uploads import stored
from tests.support.web import Web
from web.schemas.timeline import Facets, TimelineBucket

LAYOUT, BUCKETS, FACETS = "/api/timeline/layout", "/api/timeline/buckets", "/api/facets"


async def layout_of(client: httpx.AsyncClient, **query: str) -> Timeline:
    answer = await client.get(LAYOUT, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/octet-stream"
    return read_layout(answer.content)


async def bucket_of(client: httpx.AsyncClient, month: str, **query: str) -> TimelineBucket:
    answer = await client.get(f"{BUCKETS}/{month}", params=query)
    assert answer.status_code == 200, answer.text
    return TimelineBucket.model_validate_json(answer.content)


async def dated(web: Web, client: httpx.AsyncClient, *moments: str | None) -> list[UUID]:
    """New assets of this person, taken then."""
    owner = UUID(await me(client))
    made = [await add_asset(web.db, owner) for _ in moments]
    for asset, moment in zip(made, moments, strict=True):
        taken = datetime.fromisoformat(moment) if moment else None
        await web.db.fetch("UPDATE asset SET taken_at = {} WHERE id = {}", taken, asset)
    return made


async def test_the_layout_says_how_many_there_are_of_each_month_and_the_months_hold_them(
    web: Web, anna: httpx.AsyncClient
) -> None:
    first, second, late, undated = await dated(
        web, anna, "2024-02-29 23:59:59", "2024-02-01 00:00:00", "2025-01-01 00:00:00", None
    )
    await web.db.fetch(
        "UPDATE asset SET width = 4000, height = 3000, mean_color = {}, taken_offset_minutes = 90, favourite = TRUE,"
        " rating = 4 WHERE id = {}",
        0xFF8040, first,
    )  # fmt: skip
    told = await layout_of(anna)
    assert told.buckets == [("2025-01", 1), ("2024-02", 2), ("undated", 1)]
    assert (told.ratios[1], told.colors[1]) == (148, 0b11111_100000_01000)
    month = await bucket_of(anna, "2024-02", rev=told.rev)
    assert (month.rev, month.id) == (told.rev, [first, second])
    assert (month.at[0], month.offset_minutes) == ("2024-02-29T23:59:59", [90, None])
    assert (month.ratio[0], month.color[0], month.version[0]) == (148, 0xFF8040, 1)
    assert (month.favourite, month.rating, month.duration) == ([True, False], [4, None], [None, None])
    assert (month.mine, month.owner, month.type) == ([True, True], [None, None], ["image/jpeg"] * 2)
    assert (await bucket_of(anna, "2025-01")).id == [late]
    assert (await bucket_of(anna, "undated")).id == [undated]
    assert (await bucket_of(anna, "2023-05")).id == []


async def test_an_empty_library_has_an_empty_layout(anna: httpx.AsyncClient) -> None:
    told = await layout_of(anna)
    assert (told.buckets, told.ratios, told.colors) == ([], [], [])
    assert Facets.model_validate_json((await anna.get(FACETS)).content).total == 0


async def test_what_is_not_seen_in_a_list_is_not_in_the_timeline(web: Web, anna: httpx.AsyncClient) -> None:
    trashed, expired, kept = await dated(web, anna, *["2024-01-01 00:00:00"] * 3)
    assert (await anna.delete(f"/api/assets/{trashed}")).status_code == 200
    await web.db.fetch("UPDATE asset SET expires_at = now() WHERE id = {}", expired)
    assert (await layout_of(anna)).buckets == [("2024-01", 1)]
    assert (await bucket_of(anna, "2024-01")).id == [kept]


async def test_a_filter_narrows_layout_and_months_alike(web: Web, anna: httpx.AsyncClient) -> None:
    one, _ = await dated(web, anna, "2024-01-01 00:00:00", "2024-01-02 00:00:00")
    await anna.patch(f"/api/assets/{one}", json={"tags": ["sea"], "favourite": True})
    for query in ({"tag": "sea"}, {"favourite": "true"}, {"to": "2024-01-01"}):
        told = await layout_of(anna, **query)
        assert told.buckets == [("2024-01", 1)]
        assert (await bucket_of(anna, "2024-01", rev=told.rev, **query)).id == [one]
    assert (await anna.get(LAYOUT, params={"folder": "a/../b"})).status_code == 400
    assert (await anna.get(LAYOUT, params={"limit": "5"})).status_code == 400


async def test_what_is_no_month_is_refused(anna: httpx.AsyncClient) -> None:
    for month in (
        "2024-13",
        "2024-00",
        "0000-01",
        "2024-1",
        "24-01",
        "2024-01-01",
        "Undated",
        "٢٠٢٤-٠١",
        "%00",
    ):
        answer = await anna.get(f"{BUCKETS}/{month}")
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request"), month
    assert (await anna.get(f"{BUCKETS}/9999-12")).status_code == 200


@pytest.mark.parametrize("path", [LAYOUT, f"{BUCKETS}/2024-01", FACETS])
async def test_who_has_an_answer_is_told_so_until_something_changes(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient, path: str
) -> None:
    (asset,) = await dated(web, anna, "2024-01-01 00:00:00")
    first = await anna.get(path)
    assert (first.headers["cache-control"], first.status_code) == ("private, no-cache", 200)
    assert {"Accept-Encoding", "Cookie"} <= set(first.headers["vary"].replace(" ", "").split(","))
    known = {"If-None-Match": first.headers["etag"]}
    again = await anna.get(path, headers=known)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    # Neither another filter nor another person has this version.
    assert (await anna.get(path, headers=known, params={"type": "image"})).status_code == 200
    assert (await bob.get(path, headers=known)).status_code == 200
    await anna.patch(f"/api/assets/{asset}", json={"description": "a beach"})
    assert (await anna.get(path, headers=known)).status_code == 200
    await web.db.fetch("UPDATE asset SET expires_at = now() + interval '0.2 s' WHERE id = {}", asset)
    soon = {"If-None-Match": (await anna.get(path)).headers["etag"]}
    await asyncio.sleep(0.25)
    assert (await anna.get(path, headers=soon)).status_code == 200


async def test_a_month_of_another_revision_is_refused(web: Web, anna: httpx.AsyncClient) -> None:
    await dated(web, anna, "2024-01-01 00:00:00")
    told = await layout_of(anna)
    await dated(web, anna, "2024-01-02 00:00:00")
    answer = await anna.get(f"{BUCKETS}/2024-01", params={"rev": told.rev})
    assert (answer.status_code, answer.json()["code"]) == (409, "library_changed")
    assert len((await bucket_of(anna, "2024-01")).id) == 2


async def test_the_layout_is_compressed_for_whoever_takes_it_so(web: Web, anna: httpx.AsyncClient) -> None:
    await dated(web, anna, *["2024-01-01 00:00:00"] * 300)

    async def raw(encoding: str) -> tuple[str | None, bytes]:
        async with anna.stream("GET", LAYOUT, headers={"Accept-Encoding": encoding}) as answer:
            return answer.headers.get("content-encoding"), b"".join(
                [part async for part in answer.aiter_raw()]
            )

    plain = await raw("identity")
    assert plain[0] is None
    for taken in ("gzip", "br;q=1.0, GZIP;q=0.5", "*"):
        encoding, data = await raw(taken)
        assert (encoding, gzip.decompress(data)) == ("gzip", plain[1])
        assert len(data) < len(plain[1]) / 2
    for refused in ("", "br", "gzip;q=0", "gzip; q=0.0, *", "*;q=0"):
        assert await raw(refused) == plain


async def test_a_share_that_ends_takes_its_pictures_out_at_once(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    folder = await make_folder(anna, "private/trip")
    shown = await stored(anna, picture(1), "a.jpg", folder="private/trip", tags="rome")
    assert (await layout_of(bob)).buckets == []
    share_id = await share(anna, folder, bob)
    assert (await layout_of(bob)).buckets == [("undated", 1)]
    bucket = await bucket_of(bob, "undated")
    assert (bucket.mine, bucket.owner) == ([False], [UUID(await me(anna))])
    counts = Facets.model_validate_json((await bob.get(FACETS)).content)
    assert [(each.path, each.assets) for each in counts.folders] == [("trip", 1)]
    assert [(each.id, each.name, each.assets) for each in counts.tags] == [(None, "rome", 1)]
    batch = {"ids": [shown["id"]]}
    assert len((await bob.post("/api/assets/batch", json=batch)).json()["items"]) == 1
    await unshare(anna, folder, share_id)
    assert (await layout_of(bob)).buckets == []
    assert Facets.model_validate_json((await bob.get(FACETS)).content).total == 0
    assert (await bob.post("/api/assets/batch", json=batch)).json() == {"items": [], "missing": batch["ids"]}


async def test_counts_say_what_each_further_filter_would_find(web: Web, anna: httpx.AsyncClient) -> None:
    one, two, three = await dated(web, anna, "2024-01-01 00:00:00", "2023-12-31 23:59:59", None)
    for asset, tags in ((one, ["animal/dog", "animal/cat"]), (two, ["animal/dog"]), (three, [])):
        await anna.patch(f"/api/assets/{asset}", json={"tags": tags, "folder": "2024/trip" if tags else None})
    await web.db.fetch("UPDATE asset SET camera = 'Box' WHERE id = {}", one)
    await web.db.fetch("UPDATE asset SET uploaded_at = '2020-06-01Z' WHERE id = {}", three)
    counts = (await anna.get(FACETS)).json()
    assert (counts["total"], counts["undated"]) == (3, 1)
    assert [(each["value"], each["assets"]) for each in counts["years"]] == [
        ("2024", 1),
        ("2023", 1),
        ("2020", 1),
    ]
    assert {(each["path"], each["assets"]) for each in counts["folders"]} == {("2024", 2), ("2024/trip", 2)}
    assert [(each["name"], each["assets"]) for each in counts["tags"]] == [
        ("animal", 2),
        ("animal/dog", 2),
        ("animal/cat", 1),
    ]
    assert counts["cameras"] == [{"value": "", "assets": 2}, {"value": "Box", "assets": 1}]
    assert (counts["kinds"], counts["types"]) == (
        [{"value": "image", "assets": 3}],
        [{"value": "image/jpeg", "assets": 3}],
    )
    narrowed = (await anna.get(FACETS, params={"camera": ""})).json()
    assert (narrowed["total"], [each["value"] for each in narrowed["years"]]) == (2, ["2023", "2020"])


async def test_a_word_above_others_counts_a_picture_once(anna: httpx.AsyncClient) -> None:
    for number, tags in enumerate(("animal,animal/dog,animal/cat", "animal/cat")):
        await stored(anna, picture(number), tags=tags)
    counts = (await anna.get(FACETS)).json()["tags"]
    assert {each["name"]: each["assets"] for each in counts} == {
        "animal": 2,
        "animal/cat": 2,
        "animal/dog": 1,
    }


async def test_a_word_that_is_only_above_others_counts_each_picture_once_and_comes_with_ones_own(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    for number, tags in enumerate(("Animal/dog,Animal/Cat/tom", "Animal/Cat/x")):
        await stored(anna, picture(number), tags=tags)
    await share(bob, await make_folder(bob, "open"), anna)
    await stored(bob, picture(5), folder="open", tags="animal,Plant/tree")
    await stored(bob, picture(6), folder="open", tags="Plant/rose")
    counts = (await anna.get(FACETS)).json()["tags"]
    assert [(each["name"], each["assets"]) for each in counts] == [
        ("Animal", 3), ("Animal/Cat", 2), ("Animal/Cat/tom", 1), ("Animal/Cat/x", 1), ("Animal/dog", 1),
        ("Plant", 2), ("Plant/rose", 1), ("Plant/tree", 1),
    ]  # fmt: skip
    assert [each["name"] for each in counts if each["id"]] == ["Animal/Cat/tom", "Animal/Cat/x", "Animal/dog"]
    await anna.post("/api/tags", json={"name": "animal"})
    [first, *_] = (await anna.get(FACETS)).json()["tags"]
    assert (first["name"], first["assets"], first["id"] is None) == ("animal", 3, False)


async def test_a_batch_is_in_the_order_asked_and_does_not_say_what_others_have(
    web: Web, anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    one, two = [str(each) for each in await dated(web, anna, None, None)]
    (foreign,) = [str(each) for each in await dated(web, bob, None)]
    assert (await anna.delete(f"/api/assets/{two}")).status_code == 200
    nobodys = str(uuid4())
    answer = await anna.post("/api/assets/batch", json={"ids": [two, foreign, one, nobodys, two]})
    body = answer.json()
    assert [(each["id"], each["state"]) for each in body["items"]] == [(two, "trashed"), (one, "active")]
    assert body["missing"] == [foreign, nobodys]
    assert (await anna.post("/api/assets/batch", json={"ids": []})).json() == {"items": [], "missing": []}
    many = {"ids": [str(uuid4()) for _ in range(1001)]}
    for wrong in (many, {"ids": ["x"]}, {}):
        assert (await anna.post("/api/assets/batch", json=wrong)).status_code == 400


async def test_a_month_of_very_many_is_given_whole(web: Web, anna: httpx.AsyncClient) -> None:
    await web.db.fetch(
        """
        INSERT INTO asset (id, owner, filename, sha256, bytes, mime, width, height, thumbhash, mean_color, taken_at)
        SELECT gen_random_uuid(), {}, 'a.jpg', sha256(n::text::bytea), 3, 'image/jpeg', 4, 3, 'x', n,
            timestamp '2024-05-01' + interval '1 minute' * n FROM generate_series(1, 21000) n
        """,
        UUID(await me(anna)),
    )
    told = await layout_of(anna)
    assert told.buckets == [("2024-05", 21_000)]
    month = await bucket_of(anna, "2024-05", rev=told.rev)
    assert len(set(month.id)) == 21_000
    assert month.color == list(range(21_000, 0, -1))


class _Kitchen:
    """Makes answers, and counts them."""

    def __init__(self) -> None:
        self.made = 0
        self.go_on = asyncio.Event()
        self.revision = "1"

    async def make(self) -> Made:
        self.made += 1
        await self.go_on.wait()
        return Made(self.revision, bytes(100))


def somebody() -> Viewer:
    return Viewer(uuid4(), "ada", Role.MEMBER, frozenset(Scope))


async def test_an_answer_is_made_once_for_all_who_ask_and_again_for_another_revision() -> None:
    prepared, kitchen, ada = Prepared(), _Kitchen(), somebody()

    def ask(viewer: Viewer, revision: str) -> Awaitable[object]:
        return prepared.get("layout", viewer, EVERYTHING, revision, kitchen.make)

    asking = [asyncio.ensure_future(ask(ada, "1")) for _ in range(5)]
    await asyncio.sleep(0)
    # The first one hangs up.
    asking[0].cancel()
    await asyncio.sleep(0)
    kitchen.go_on.set()
    assert len(set(map(id, await asyncio.gather(*asking[1:])))) == 1
    await ask(ada, "1")
    assert kitchen.made == 1
    kitchen.revision = "2"
    await ask(ada, "2")
    await ask(somebody(), "2")
    assert kitchen.made == 3


async def test_what_can_not_be_made_is_told_to_all_who_asked_and_tried_again() -> None:
    prepared, ada = Prepared(), somebody()

    async def fail() -> Made:
        raise OSError("away")

    asked = [prepared.get("layout", ada, EVERYTHING, "1", fail) for _ in range(2)]
    assert [type(each) for each in await asyncio.gather(*asked, return_exceptions=True)] == [OSError, OSError]
    kitchen = _Kitchen()
    kitchen.go_on.set()
    assert (await prepared.get("layout", ada, EVERYTHING, "1", kitchen.make)).revision == "1"


async def test_no_more_is_kept_than_there_is_room_for_and_what_was_asked_last_stays() -> None:
    kitchen, people = _Kitchen(), [somebody() for _ in range(4)]
    kitchen.go_on.set()
    size = (await Prepared().get("x", people[0], EVERYTHING, "1", kitchen.make)).bytes
    prepared = Prepared(most_bytes=3 * size)
    for viewer in (*people[:3], people[0], people[3]):
        await prepared.get("x", viewer, EVERYTHING, "1", kitchen.make)
    assert prepared.bytes == 3 * size
    made = kitchen.made
    await prepared.get("x", people[0], EVERYTHING, "1", kitchen.make)
    assert kitchen.made == made
    await prepared.get("x", people[1], EVERYTHING, "1", kitchen.make)
    assert kitchen.made == made + 1
    kitchen.revision = "2"
    await prepared.get("x", people[1], EVERYTHING, "2", kitchen.make)
    assert prepared.bytes == 3 * size


async def test_what_is_quick_to_make_waits_for_nothing_that_is_not() -> None:
    prepared, slow, quick, ada = Prepared(), _Kitchen(), _Kitchen(), somebody()
    waiting = [
        asyncio.create_task(prepared.get(name, ada, EVERYTHING, "1", slow.make)) for name in ("a", "b", "c")
    ]
    await asyncio.sleep(0)
    quick.go_on.set()
    assert (await prepared.get("month", ada, EVERYTHING, "1", quick.make, quick=True)).revision == "1"
    slow.go_on.set()
    await asyncio.gather(*waiting)


async def test_a_month_comes_compressed_and_is_made_once_for_each_revision(
    web: Web, anna: httpx.AsyncClient
) -> None:
    await dated(web, anna, *["2024-01-01 00:00:00"] * 50)
    told = await layout_of(anna)
    first = await anna.get(f"{BUCKETS}/2024-01", params={"rev": told.rev})
    assert first.headers["content-encoding"] == "gzip"
    kept = web.context.part(Prepared, Prepared).bytes
    plain = await anna.get(f"{BUCKETS}/2024-01", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.content == first.content
    assert web.context.part(Prepared, Prepared).bytes == kept
    await dated(web, anna, "2024-01-02 00:00:00")
    assert len((await bucket_of(anna, "2024-01")).id) == 51
