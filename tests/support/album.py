"""A library of real photos with the built-in model, all of them indexed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from appliance.library.embed import claim, embed
from appliance.settings import Settings, load
from tests.support.home import open_home, parts_of
from tests.support.services import Cluster
from tests.support.uploads import stored
from tests.support.web import Web, open_web

PHOTOS = Path(__file__).parents[1] / "data" / "photos"


@dataclass(frozen=True)
class Album:
    """A library of real photos, all of them indexed."""

    web: Web
    anna: httpx.AsyncClient
    #: The caption of each photo by its file's name.
    captions: dict[str, str]
    #: The body of each asset by its file's name.
    assets: dict[str, dict[str, Any]]

    async def search(self, **query: Any) -> dict[str, Any]:
        answer = await self.anna.get("/api/search", params=query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def names(self, **query: Any) -> list[str]:
        return [item["asset"]["filename"] for item in (await self.search(**query))["items"]]


async def index_all(settings: Settings) -> None:
    async with open_home(settings) as home:
        parts = parts_of(home)
        while claims := await claim(parts, limit=16):
            await embed(parts, claims)


@asynccontextmanager
async def open_album(cluster: Cluster, data: Path) -> AsyncIterator[Album]:
    """All photos of the tests, half of them in one folder and half in another, each with one of three tags."""
    url = cluster.clone()
    settings = load(
        {}, DATA_PATH=str(data), DATABASE_URL=url, REDIS_URL="redis://127.0.0.1:1", FREE_SPACE_FLOOR_BYTES="0"
    )
    entries = json.loads((PHOTOS / "captions.json").read_text())
    captions = {Path(entry["file"]).name: entry["captions"][0] for entry in entries}
    try:
        async with open_web(settings) as web, web.signed_in() as anna:
            assets = {}
            for number, name in enumerate(sorted(captions)):
                photo = (PHOTOS / "images" / name).read_bytes()
                folder = "even/deep" if number % 2 == 0 else "odd"
                assets[name] = await stored(anna, photo, name, folder=folder, tags=f"third{number % 3}")
            await index_all(settings)
            yield Album(web, anna, captions, assets)
    finally:
        await asyncio.to_thread(cluster.drop, url)
