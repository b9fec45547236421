"""Edits of what is in albums: the same as putting in and taking out by hand, and back to how it was."""

import httpx

from tests.support.albums import album_of, contents, make_album, put, share_album
from tests.support.home import picture
from tests.support.sharing import make_folder, share
from tests.support.uploads import stored


async def edit(client: httpx.AsyncClient, *ids: str, **changes: str) -> str:
    answer = await client.post("/api/edits", json={"changes": changes, "ids": ids})
    assert (answer.status_code, answer.json()["done"]) == (201, len(ids)), answer.text
    return str(answer.json()["id"])


async def undo(client: httpx.AsyncClient, edit_id: str) -> None:
    answer = await client.post(f"/api/edits/{edit_id}/undo")
    assert (answer.status_code, answer.json()["state"]) == (200, "undone"), answer.text


async def test_what_somebody_else_put_there_first_is_lent_by_an_edit_until_that_is_taken_back(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient, cleo: httpx.AsyncClient
) -> None:
    folder = await make_folder(bob, "open")
    bobs = await stored(bob, picture(1), "1.jpg", folder="open")
    other = await stored(bob, picture(2), "2.jpg")
    await share(bob, folder, anna)
    album = await make_album(anna)
    await put(anna, album, bobs)
    await share_album(anna, album, cleo)
    await share_album(anna, album, bob, may="add")
    assert await contents(cleo, album) == []
    lent = await edit(bob, other["id"], bobs["id"], add_to_album=album)
    assert await contents(cleo, album) == ["1.jpg", "2.jpg"]
    # Who lends it already does so still after another edit was taken back that had nothing to do.
    await undo(bob, await edit(bob, bobs["id"], add_to_album=album))
    assert await contents(cleo, album) == ["1.jpg", "2.jpg"]
    await undo(bob, lent)
    assert await contents(cleo, album) == []
    # It is Anna's again, so that Bob does not take it out.
    assert await contents(anna, album) == ["1.jpg"]
    body = {"ids": [bobs["id"]]}
    assert (await bob.post(f"/api/albums/{album}/assets/remove", json=body)).status_code == 403


async def test_an_album_has_its_cover_again_once_a_removal_is_taken_back(anna: httpx.AsyncClient) -> None:
    one, two, three = [await stored(anna, picture(n), f"{n}.jpg") for n in range(3)]
    album = await make_album(anna)
    await put(anna, album, one, two, three)
    await anna.patch(f"/api/albums/{album}", json={"cover": two["id"]})
    removed = await edit(anna, two["id"], three["id"], remove_from_album=album)
    assert (await album_of(anna, album))["cover"] == one["id"]
    await undo(anna, removed)
    assert (await album_of(anna, album))["cover"] == two["id"]
    assert await contents(anna, album) == ["0.jpg", "1.jpg", "2.jpg"]
    # A cover that was chosen since stays.
    again = await edit(anna, two["id"], remove_from_album=album)
    await anna.patch(f"/api/albums/{album}", json={"cover": three["id"]})
    await undo(anna, again)
    assert (await album_of(anna, album))["cover"] == three["id"]
