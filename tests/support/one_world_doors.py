"""Every door through which somebody sees pictures, and whether it shows what the model says, each once."""

import io
import json
import zipfile
from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np

from appliance.db import accounts
from appliance.db.search import Nearest, find_nearest
from appliance.library.accounts import viewer_of
from appliance.records.search import And, PageKey
from tests.support.one_world import OneWorld
from tests.support.sharing_model import AssetModel
from tests.support.timeline import read_layout

_QUERY = np.array([1, 0, 0, 0], np.float32)


def ids(assets: list[AssetModel]) -> list[UUID]:
    return [asset.id for asset in assets]


async def all_pages(one: OneWorld, name: str, path: str, **query: Any) -> list[UUID]:
    return [each async for page in one.pages(name, path, **query) for each in page]


async def check_doors(one: OneWorld, name: str) -> None:
    """See that somebody sees what is theirs to see, by every door."""
    listed = one.listed(name)
    assert await all_pages(one, name, "/api/assets") == ids(listed)
    for tag in ("red", "sea", "blue"):
        carry = [asset for asset in listed if tag in asset.tags]
        assert await all_pages(one, name, "/api/assets", tag=tag) == ids(carry)
    trashed = {asset.id for asset in one.world.model.assets if asset.trashed and asset.owner == name}
    in_trash = await all_pages(one, name, "/api/trash")
    assert (set(in_trash), len(in_trash)) == (trashed, len(trashed))
    await _check_timeline(one, name, listed)
    await _check_search(one, name, listed)
    await _check_counts(one, name, listed)
    await _check_each(one, name)
    await _check_albums(one, name, listed)
    await _check_archive(one, name, listed)


async def _check_timeline(one: OneWorld, name: str, listed: list[AssetModel]) -> None:
    answer = await one.clients[name].get("/api/timeline/layout")
    assert answer.status_code == 200
    layout = read_layout(answer.content)
    met: list[str] = []
    for key, count in layout.buckets:
        bucket = await one.get(name, f"/api/timeline/buckets/{key}", rev=layout.rev)
        assert len(bucket["id"]) == count
        met += bucket["id"]
    assert sorted(met) == sorted(str(asset.id) for asset in listed)


async def _check_search(one: OneWorld, name: str, listed: list[AssetModel]) -> None:
    person = await accounts.find_by_name(one.web.db, name)
    assert person is not None
    viewer = viewer_of(person[0], admin_sees_all=True)
    wanted = Nearest(viewer, _QUERY, one.world.vectors, And(()), (), 3, None)
    found: list[UUID] = []
    while True:
        page = await find_nearest(one.web.db, wanted)
        found += [hit.asset.id for hit in page.hits]
        if not page.more:
            break
        last = page.hits[-1]
        wanted = replace(wanted, after=PageKey(last.distance, last.asset.id, one.world.vectors))
    assert found == ids(sorted(listed, key=lambda asset: asset.angle))


async def _check_counts(one: OneWorld, name: str, listed: list[AssetModel]) -> None:
    model, everything = one.world.model, one.everything(name)
    facets = await one.get(name, "/api/facets")
    tags = Counter(tag for asset in listed for tag in asset.tags)
    assert facets["total"] == len(listed)
    assert {tag["name"]: tag["assets"] for tag in facets["tags"] if tag["assets"]} == tags
    assert {tag["name"]: tag["count"] for tag in await one.get(name, "/api/tags") if tag["count"]} == tags
    open_to = [each for each in model.folders if everything or model.access(name, each)]
    inside = {
        str(each.id): sum(asset.folder in model.below(each) for asset in listed if asset.folder)
        for each in open_to
    }
    assert {each["id"]: each["assets"] for each in facets["folders"]} == {
        folder: count for folder, count in inside.items() if count
    }
    folders = await one.get(name, "/api/folders")
    assert {each["id"]: (each["path"], each["assets"]) for each in folders} == {
        str(each.id): (
            model.shown_path(name, each, everything=everything),
            sum(asset.folder is each for asset in listed),
        )
        for each in open_to
    }


async def _check_each(one: OneWorld, name: str) -> None:
    """By their ids: many at once, one at a time, and their pictures."""
    assets, client = one.world.model.assets, one.clients[name]
    seen = {
        asset.id for asset in assets if one.world.model.sees(name, asset, everything=one.everything(name))
    }
    batch = (await client.post("/api/assets/batch", json={"ids": [str(asset.id) for asset in assets]})).json()
    assert [UUID(item["id"]) for item in batch["items"]] == [each.id for each in assets if each.id in seen]
    assert [UUID(each) for each in batch["missing"]] == [each.id for each in assets if each.id not in seen]
    for asset in assets:
        answer = await client.get(f"/api/assets/{asset.id}/media", params={"w": 1, "h": 1})
        assert answer.status_code == (307 if asset.id in seen else 404)
    for item in batch["items"]:
        asset = next(each for each in assets if str(each.id) == item["id"])
        assert (frozenset(item["tags"]), item["mine"]) == (asset.tags, asset.owner == name)


async def _check_albums(one: OneWorld, name: str, listed: list[AssetModel]) -> None:
    expected = {}
    for album in one.world.model.albums:
        path = f"/api/albums/{album.id}"
        shown = album.shown(name, listed, one.world.model)
        if album.may(name) is None:
            assert (await one.clients[name].get(f"{path}/assets")).status_code == 404
            assert await all_pages(one, name, "/api/assets", album=album.id) == []
            continue
        assert await all_pages(one, name, f"{path}/assets") == ids(shown)
        in_order = [asset for asset in listed if asset in shown]
        assert await all_pages(one, name, "/api/assets", album=album.id) == ids(in_order)
        expected[str(album.id)] = len(shown)
    assert {each["id"]: each["count"] for each in await one.get(name, "/api/albums")} == expected


async def _check_archive(one: OneWorld, name: str, listed: list[AssetModel]) -> None:
    client = one.clients[name]
    chosen = await client.post("/api/downloads", json={"filter": {}})
    if not listed:
        assert chosen.status_code == 404
        return
    assert (chosen.status_code, chosen.json()["files"]) == (201, len(listed)), chosen.text
    archive = await client.get(chosen.json()["url"])
    with zipfile.ZipFile(io.BytesIO(archive.content)) as packed:
        told = json.loads(packed.read("metadata.json"))
    assert sorted(each["id"] for each in told["assets"]) == sorted(str(asset.id) for asset in listed)


async def snapshot(one: OneWorld) -> dict[str, Any]:
    """All that anybody could notice, but the numbers and times of revisions."""
    shown: dict[str, Any] = {}
    for name in one.people:
        lists: dict[str, Any] = {
            path: await _items(one, name, path) for path in ("/api/assets", "/api/trash")
        }
        for what in ("albums", "folders", "tags"):
            lists[what] = _without(await one.get(name, f"/api/{what}"), "changed_at")
        for album in lists["albums"]:
            path = f"/api/albums/{album['id']}/assets"
            lists[path] = await all_pages(one, name, path)
        shown[name] = lists
    rows = "SELECT album, asset, position, added_by FROM album_asset ORDER BY album, position, id"
    shown["album rows"] = [dict(row) for row in await one.web.db.fetch(rows)]
    for table in ("tag", "folder"):
        shown[table] = await one.web.db.fetch(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608
    return shown


async def _items(one: OneWorld, name: str, path: str) -> list[dict[str, Any]]:
    return _without((await one.get(name, path, limit=1000))["items"], "revision")


def _without(items: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    return [{key: value for key, value in item.items() if key != field} for item in items]
