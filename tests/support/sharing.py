"""Folders and shares over HTTP, as the page asks for them."""

from typing import Any

import httpx


async def me(client: httpx.AsyncClient) -> str:
    return str((await client.get("/api/me")).json()["id"])


async def make_folder(client: httpx.AsyncClient, path: str) -> str:
    answer = await client.post("/api/folders", json={"path": path})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def share(
    owner: httpx.AsyncClient, folder: str, guest: httpx.AsyncClient | None, may: str = "view"
) -> str:
    subject = None if guest is None else await me(guest)
    answer = await owner.post(f"/api/folders/{folder}/shares", json={"subject": subject, "may": may})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def unshare(owner: httpx.AsyncClient, folder: str, share_id: str) -> None:
    answer = await owner.delete(f"/api/folders/{folder}/shares/{share_id}")
    assert answer.status_code == 204, answer.text


async def names(client: httpx.AsyncClient, path: str = "/api/assets", **query: Any) -> list[str]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return [item["filename"] for item in answer.json()["items"]]


async def folder_paths(client: httpx.AsyncClient) -> list[tuple[str, str, int]]:
    """Path, what may be done, and how many assets there are, in the order of the list."""
    return [(each["path"], each["may"], each["assets"]) for each in (await client.get("/api/folders")).json()]
