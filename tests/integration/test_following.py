"""Rules of albums and saved searches follow what they name to its new name, or into what it has become part of."""

from typing import Any

import httpx

from tests.support.albums import album_of, contents, make_album, share_album
from tests.support.home import picture
from tests.support.sharing import make_folder, share
from tests.support.uploads import stored
from tests.support.web import Web


async def keep(client: httpx.AsyncClient, **narrowing: Any) -> str:
    answer = await client.post(
        "/api/saved-searches", json={"name": "x", "q": "a dog", "narrowing": narrowing}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def kept(client: httpx.AsyncClient) -> dict[str, Any]:
    found = (await client.get("/api/saved-searches")).json()
    assert {each["q"] for each in found} == {"a dog"}
    return {each["id"]: each["narrowing"] for each in found}


async def tag_ids(client: httpx.AsyncClient) -> dict[str, str]:
    return {tag["name"]: tag["id"] for tag in (await client.get("/api/tags")).json()}


async def test_a_renamed_tag_is_followed_by_its_owners_rules_and_searches_with_all_below(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await stored(anna, picture(1), "1.jpg", tags="sea,dog")
    await stored(anna, picture(2), "2.jpg", tags="Sea/Shore,dog")
    await stored(anna, picture(3), "3.jpg", tags="seal")
    wide, narrow, other = [
        await make_album(anna, tag, rule={"tag": tag}) for tag in ("SEA,dog", "sea/shore", "seal")
    ]
    for album in (wide, narrow, other):
        await share_album(anna, album, bob)
    annas, bobs = await keep(anna, tag="sea/shore", rating=3), await keep(bob, tag="sea")
    of_bob = await make_album(bob, rule={"tag": "sea"})
    before = [sorted(await contents(bob, album)) for album in (wide, narrow, other)]
    assert before == [["1.jpg", "2.jpg"], ["2.jpg"], ["3.jpg"]]
    sea = (await tag_ids(anna))["sea"]
    assert (await anna.patch(f"/api/tags/{sea}", json={"name": "Water/Sea"})).status_code == 200
    assert [sorted(await contents(bob, album)) for album in (wide, narrow, other)] == before
    rules = [(await album_of(anna, album))["rule"]["tag"] for album in (wide, narrow, other)]
    assert rules == ["Water/Sea,dog", "Water/Sea/shore", "seal"]
    assert ((await kept(anna))[annas]["tag"], (await kept(anna))[annas]["rating"]) == ("Water/Sea/shore", 3)
    # Other people's words are their own.
    assert (await kept(bob))[bobs]["tag"] == (await album_of(bob, of_bob))["rule"]["tag"] == "sea"


async def test_a_merged_tag_is_followed_and_said_once(anna: httpx.AsyncClient) -> None:
    await stored(anna, picture(1), "1.jpg", tags="cat,tom")
    await stored(anna, picture(2), "2.jpg", tags="tom/old")
    album, search = await make_album(anna, rule={"tag": "cat,tom"}), await keep(anna, tag="TOM/old")
    assert await contents(anna, album) == ["1.jpg"]
    ids = await tag_ids(anna)
    answer = await anna.post(f"/api/tags/{ids['tom']}/merge", json={"into": ids["cat"]})
    assert answer.status_code == 200, answer.text
    assert sorted(await contents(anna, album)) == ["1.jpg", "2.jpg"]
    assert (await album_of(anna, album))["rule"]["tag"] == "cat"
    assert (await kept(anna))[search]["tag"] == "cat/old"
    assert (await anna.delete(f"/api/tags/{ids['cat']}")).status_code == 204
    assert (await album_of(anna, album))["rule"]["tag"] == "cat"


async def test_words_that_no_tag_can_be_called_stay_and_long_ones_are_shown(anna: httpx.AsyncClient) -> None:
    await stored(anna, picture(1), tags="a")
    deep, many = "a/1/2/3/4/5/6/7/8/9", ",".join(f"a/{number}" for number in range(20))
    too_deep, long = await keep(anna, tag=deep), await keep(anna, tag=many)
    [tag] = (await tag_ids(anna)).values()
    name = f"b/{'x' * 150}"
    assert (await anna.patch(f"/api/tags/{tag}", json={"name": name})).status_code == 200
    shown = await kept(anna)
    assert (shown[too_deep]["tag"], shown[long]["tag"]) == (deep, many.replace("a/", f"{name}/"))


async def test_a_merged_folder_is_followed_by_rules_and_by_guests_searches(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    old, new = await make_folder(anna, "old"), await make_folder(anna, "new")
    deep, there = await make_folder(anna, "old/trip"), await make_folder(anna, "new/trip")
    await share(anna, new, bob)
    await stored(anna, picture(1), "1.jpg", folder="old/trip")
    album, below = [await make_album(anna, rule={"folder_id": each}) for each in (old, deep)]
    annas, bobs, apart = (
        await keep(anna, folder_id=deep),
        await keep(bob, folder_id=old),
        await keep(bob, rating=1),
    )
    answer = await anna.post(f"/api/folders/{old}/merge", json={"into": new})
    assert answer.status_code == 200, answer.text
    assert await contents(anna, album) == await contents(anna, below) == ["1.jpg"]
    assert (
        (await album_of(anna, below))["rule"]["folder_id"] == (await kept(anna))[annas]["folder_id"] == there
    )
    assert ((await kept(bob))[bobs]["folder_id"], (await kept(bob))[apart]["folder_id"]) == (new, None)


async def test_an_album_whose_rule_holds_more_by_a_merge_is_shared_with_nobody(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    shared, secret = await make_folder(anna, "shared"), await make_folder(anna, "secret")
    await stored(anna, picture(1), "shown.jpg", folder="shared", tags="sea")
    await stored(anna, picture(2), "secret.jpg", folder="secret", tags="secret")
    await stored(anna, picture(3), "below.jpg", tags="water/deep")
    by_folder, by_tag, apart = [
        await make_album(anna, rule=rule) for rule in ({"folder_id": shared}, {"tag": "sea"}, {"rating": 1})
    ]
    for album in (by_folder, by_tag, apart):
        await share_album(anna, album, bob)
    assert await contents(bob, by_folder) == await contents(bob, by_tag) == ["shown.jpg"]
    answer = await anna.post(f"/api/folders/{shared}/merge", json={"into": secret})
    assert answer.status_code == 200, answer.text
    assert (await bob.get(f"/api/albums/{by_folder}")).status_code == 404
    assert sorted(await contents(anna, by_folder)) == ["secret.jpg", "shown.jpg"]
    # A new name holds no more, until it is one below which there is something.
    sea = (await tag_ids(anna))["sea"]
    assert (await anna.patch(f"/api/tags/{sea}", json={"name": "ocean"})).status_code == 200
    assert await contents(bob, by_tag) == ["shown.jpg"]
    assert (await anna.patch(f"/api/tags/{sea}", json={"name": "water"})).status_code == 200
    assert (await bob.get(f"/api/albums/{by_tag}")).status_code == 404
    assert sorted(await contents(anna, by_tag)) == ["below.jpg", "shown.jpg"]
    assert (await bob.get(f"/api/albums/{apart}")).status_code == 200


async def test_what_only_a_later_release_can_read_stays_as_it_is(web: Web, anna: httpx.AsyncClient) -> None:
    await stored(anna, picture(1), tags="sea")
    await make_album(anna, rule={"tag": "sea"})
    await keep(anna, tag="sea")
    await web.db.fetch("""UPDATE album SET rule = '{{"smell": "sea"}}'""")
    await web.db.fetch("""UPDATE saved_search SET request = '{{"where": {{"smell": "sea"}}}}'""")
    sea = (await tag_ids(anna))["sea"]
    assert (await anna.patch(f"/api/tags/{sea}", json={"name": "coast"})).status_code == 200
    said = "SELECT rule->>'smell' AS rule, request->'where'->>'smell' AS search FROM album, saved_search"
    assert await web.db.fetch_one(said) == {"rule": "sea", "search": "sea"}
