"""What one finds, counts and is told by searching, over HTTP: all of it is of what the model says that one sees."""

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

from appliance.records.groups import GroupKind
from tests.support.one_world import OneWorld
from tests.support.sharing_model import AssetModel
from tests.support.timeline import read_layout

#: What people narrow to, by names that several of them use, and words beside it.
NARROWED = [
    "", "tag:red", "tag:red,sea", "-tag:sea", "is:untagged", "is:favourite", "rating:3", "folder:a", "folder:b",
    '-folder:"a b"', "owner:ada", "owner:me", "-owner:me", "name:1", "type:image", "year:2025", "is:undated",
    "uploaded:2026-01-01", "is:expiring", "album:a", "after:2025-01-01 tag:sea",
]  # fmt: skip
WORDS = ["a", "1 jpg", "red", "b sea", '"a b"', "nothing"]


async def make_groups(one: OneWorld) -> dict[UUID, UUID]:
    """Put pictures of each person into groups, by their numbers; the group of each."""
    groups: dict[tuple[str, int], UUID] = {}
    found = {
        asset.id: groups.setdefault((asset.owner, number % 3), uuid4())
        for number, asset in enumerate(one.world.model.assets)
    }
    await one.web.db.fetch("DELETE FROM group_member")
    for kind in (GroupKind.ALIKE, GroupKind.DUPLICATE):
        await one.web.db.fetch(
            "INSERT INTO group_member (asset, kind, group_id, owner) SELECT a.id, {}, n.found, a.owner"
            " FROM unnest({}::uuid[], {}::uuid[]) AS n (asset, found) JOIN asset a ON a.id = n.asset",
            kind.value, list(found), list(found.values()),
        )  # fmt: skip
    return found


async def check_search_doors(one: OneWorld, name: str) -> None:
    """See that searches, counts and suggestions of somebody's are of what they see, and each door says the same."""
    listed = one.listed(name)
    for narrowed in NARROWED:
        await _check_narrowed(one, name, narrowed, listed)
    groups = await make_groups(one)
    for words in WORDS:
        await _check_words(one, name, words, listed, groups)
    await _check_groups(one, name, listed, groups)
    await _check_suggestions(one, name, listed)
    await _check_news(one, name, listed)
    await _check_foreign(one, name)


async def _check_narrowed(one: OneWorld, name: str, narrowed: str, listed: list[AssetModel]) -> None:
    query = {"q": narrowed} if narrowed else {}
    by_list = [each async for page in one.pages(name, "/api/assets", **query) for each in page]
    assert set(by_list) <= {asset.id for asset in listed}, (name, narrowed)
    layout = read_layout((await one.clients[name].get("/api/timeline/layout", params=query)).content)
    met = [
        UUID(each)
        for key, _ in layout.buckets
        for each in (await one.get(name, f"/api/timeline/buckets/{key}", rev=layout.rev, **query))["id"]
    ]
    assert sorted(met) == sorted(by_list), (name, narrowed)
    facets = await one.get(name, "/api/facets", **query)
    assert facets["total"] == len(by_list), (name, narrowed)
    if narrowed:
        by_search = [each async for page in one.pages(name, "/api/search", **query) for each in page]
        assert sorted(by_search) == sorted(by_list), (name, narrowed)


async def _check_words(
    one: OneWorld, name: str, words: str, listed: list[AssetModel], groups: dict[UUID, UUID]
) -> None:
    seen = {str(asset.id) for asset in listed}
    sizes = Counter(groups[asset.id] for asset in listed)
    plain = await one.get(name, "/api/search", q=words, limit=1000)
    assert {hit["id"] for hit in plain["items"]} <= seen
    assert {hit["id"] for hit in plain["nearest"]} <= seen
    assert plain["matched"] in {None, len(seen), len(plain["items"])}, (name, words)
    for collapse in (True, False):
        answer = await one.get(name, "/api/search", q=words, limit=1000, collapse=collapse)
        for hit in answer["items"]:
            group = hit["group"]
            size = sizes[groups[UUID(hit["id"])]]
            assert (group["size"] if group else 1) == (size if collapse else 1), (name, words)


async def _check_groups(one: OneWorld, name: str, listed: list[AssetModel], groups: dict[UUID, UUID]) -> None:
    own = Counter(groups[asset.id] for asset in listed if asset.owner == name)
    page = await one.get(name, "/api/duplicates")
    wanted = {str(group) for group, count in own.items() if count > 1}
    assert ({each["id"] for each in page["items"]}, page["total"]) == (wanted, len(wanted))
    for group in set(groups.values()):
        members = {str(asset.id) for asset in listed if groups[asset.id] == group}
        answer = await one.clients[name].get(f"/api/duplicates/{group}")
        assert answer.status_code == (200 if len(members) > 1 else 404)
        if len(members) > 1:
            assert {each["id"] for each in answer.json()["members"]} == members
            assert answer.json()["best"]["id"] in members


async def _check_suggestions(one: OneWorld, name: str, listed: list[AssetModel]) -> None:
    model, everything = one.world.model, one.everything(name)
    tags = Counter(tag for asset in listed for tag in asset.tags)
    owners = Counter(asset.owner for asset in listed)
    open_to = [each for each in model.folders if everything or model.access(name, each)]
    paths = {model.shown_path(name, each, everything=everything) for each in open_to}
    for typed in ("tag:", "owner:", "folder:", "album:", "camera:", "year:", "a", "r", "s", "b"):
        told = await _suggested(one, name, typed)
        for each in told["items"]:
            label, count = each["label"], each["count"]
            match each["kind"]:
                case "tag":
                    assert tags[label] == (count or 0), (name, label)
                case "owner":
                    assert owners[label] == count, (name, label)
                case "folder":
                    assert label in paths, (name, label)
                    assert count is not None
                    assert count <= len(listed)
                case "camera" | "year":
                    assert count is not None
                    assert count <= len(listed)
                case "recent" | "saved":
                    assert label.startswith(name)
    albums = [each for each in model.albums if each.may(name)]
    told = await _suggested(one, name, "album:")
    counts = [each["count"] for each in told["items"] if each["kind"] == "album"]
    assert sum(counts) == sum(len(each.shown(name, listed, model)) for each in albums), name


async def _suggested(one: OneWorld, name: str, typed: str) -> Any:
    """Once all that somebody sees is counted."""
    one.hear()
    for _ in range(200):
        told = await one.get(name, "/api/suggestions", q=typed, limit=50)
        if told["complete"]:
            return told
    raise AssertionError("it is counted for ever")


async def _check_news(one: OneWorld, name: str, listed: list[AssetModel]) -> None:
    """A kept search is its keeper's, and what is new in it is what they see."""
    if name in one.roles and not one.can_write(name):
        return
    body = {"name": f"{name} {uuid4()}", "q": "tag:red"}
    kept = await one.clients[name].post("/api/saved-searches", json=body)
    assert kept.status_code == 201, kept.text
    await one.web.db.fetch("UPDATE saved_search SET seen_at = '2000-01-01' WHERE id = {}", kept.json()["id"])
    news = {each["id"]: each["new"] for each in await one.get(name, "/api/saved-searches/news")}
    assert news[kept.json()["id"]] == sum("red" in asset.tags for asset in listed)
    for other in one.people:
        if other != name:
            assert kept.json()["id"] not in str(await one.get(other, "/api/saved-searches"))
            assert kept.json()["id"] not in str(await one.get(other, "/api/saved-searches/news"))
            seen = await one.clients[other].post(f"/api/saved-searches/{kept.json()['id']}/seen")
            assert seen.status_code in {403, 404}
    assert (await one.clients[name].delete(f"/api/saved-searches/{kept.json()['id']}")).status_code == 204


async def _check_foreign(one: OneWorld, name: str) -> None:
    """What one does not see is answered as what is not there."""
    for asset in one.world.model.assets:
        if one.world.model.sees(name, asset, everything=one.everything(name)):
            continue
        answers = [
            await one.clients[name].get("/api/search", params={"like": str(each)})
            for each in (asset.id, uuid4())
        ]
        # Whether a model answers yet or not, the two are told apart by nothing.
        foreign, absent = (
            (each.status_code, {**each.json(), "took_ms": None, "request_id": None}) for each in answers
        )
        assert foreign == absent
        assert not foreign[1].get("items")
