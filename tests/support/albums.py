"""Albums over HTTP, as the page asks for them."""

from typing import Any

import httpx

from tests.support.sharing import me


async def make_album(client: httpx.AsyncClient, name: str = "an album", **fields: Any) -> str:
    answer = await client.post("/api/albums", json={"name": name, **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def put(client: httpx.AsyncClient, album: str, *assets: Any, before: Any = None) -> httpx.Response:
    ids = [asset["id"] if isinstance(asset, dict) else asset for asset in assets]
    body = {"ids": ids, "before": before["id"] if before else None}
    return await client.post(f"/api/albums/{album}/assets", json=body)


async def share_album(
    owner: httpx.AsyncClient, album: str, guest: httpx.AsyncClient | None, may: str = "view"
) -> str:
    subject = None if guest is None else await me(guest)
    answer = await owner.post(f"/api/albums/{album}/shares", json={"subject": subject, "may": may})
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["id"])


async def unshare_album(owner: httpx.AsyncClient, album: str, share_id: str) -> None:
    answer = await owner.delete(f"/api/albums/{album}/shares/{share_id}")
    assert answer.status_code == 204, answer.text


async def contents(client: httpx.AsyncClient, album: str, limit: int = 2) -> list[str]:
    """The names of what somebody sees in an album, page by page."""
    found: list[str] = []
    after: str | None = None
    while True:
        query = {"limit": limit} | ({"after": after} if after else {})
        answer = await client.get(f"/api/albums/{album}/assets", params=query)
        assert answer.status_code == 200, answer.text
        found += [item["filename"] for item in answer.json()["items"]]
        after = answer.json()["next"]
        if after is None:
            return found


async def album_of(client: httpx.AsyncClient, album: str) -> dict[str, Any]:
    answer = await client.get(f"/api/albums/{album}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
