"""One random world in which everything happens: every door shows each person what is theirs, and undo undoes."""

import os
from uuid import UUID

import pytest

from tests.support.one_world import OneWorld, one_world
from tests.support.one_world_doors import check_doors, snapshot
from tests.support.web import Web

#: More of them look further; which worlds they are stays the same.
WORLDS = int(os.environ.get("ONE_WORLD_ROUNDS", "2"))

_PHASES = 4
_ACTS_PER_PHASE = 7


async def check_everybody(one: OneWorld) -> None:
    for name in one.people:
        await check_doors(one, name)


async def go_there_and_back(one: OneWorld) -> None:
    """Several edits of several people, taken back in the opposite order: all is exactly as it was."""
    covers = [album for album in one.world.model.albums if album.rule is None and album.rows]
    for album in covers:
        listed = one.listed(album.owner)
        shown = album.shown(album.owner, listed, one.world.model)
        if shown and one.can_write(album.owner):
            cover = {"cover": str(one.dice.choice(shown).id)}
            answer = await one.clients[album.owner].patch(f"/api/albums/{album.id}", json=cover)
            assert answer.status_code == 200, answer.text
    kept, before = one.model_kept(), await snapshot(one)
    revisions = {name: await one.revision(name) for name in one.roles}
    done = []
    for _ in range(one.dice.randint(4, 9)):
        name = one.dice.choice(list(one.roles))
        edit = await one.begin_edit(name)
        if edit is None:
            continue
        done.append((name, edit))
        if (await one.get(name, f"/api/edits/{edit}"))["done"]:
            late = {"changes": {"trash": True}, "filter": {}, "revision": revisions[name]}
            answer = await one.clients[name].post("/api/edits", json=late)
            assert (answer.status_code, answer.json()["code"]) == (409, "library_changed")
    await one.world.compare_rows()
    for name, edit in reversed(done):
        answer = await one.clients[name].post(f"/api/edits/{edit}/undo")
        assert (answer.status_code, answer.json()["state"]) == (200, "undone"), answer.text
        assert (answer.json()["undone"], answer.json()["kept"]) == (answer.json()["done"], 0)
    after = await snapshot(one)
    for what in before:
        assert after[what] == before[what], what
    one.model_restored(kept)


async def turn_pages_meanwhile(one: OneWorld, name: str, path: str) -> None:
    """Page through a list while things happen: what was there all the time comes once, and nothing foreign does."""
    album = next((each for each in one.world.model.albums if str(each.id) in path), None)

    def there() -> list[UUID]:
        listed = one.listed(name)
        return [each.id for each in (album.shown(name, listed, one.world.model) if album else listed)]

    always, met = set(there()), list[UUID]()
    async for page in one.pages(name, path):
        assert set(page) <= set(there())
        always &= set(there())
        met += page
        await one.act(quiet=True)
    assert always <= set(met)
    assert all(met.count(each) == 1 for each in always)
    if album is None:
        assert len(met) == len(set(met))


async def hear_changes(one: OneWorld, name: str, after: int) -> int:
    """No change is told of something that somebody does not see; where to go on."""
    told = await one.get(name, "/api/changes", after=after)
    seen = {
        str(asset.id)
        for asset in one.world.model.assets
        if one.world.model.sees(name, asset, everything=one.everything(name))
    }
    for event in told["events"]:
        if event["event"] == "assets":
            assert set(event["data"]["ids"] or ()) <= seen
    return int(told["next"])


@pytest.mark.parametrize("seed", range(WORLDS))
async def test_in_one_world_everybody_sees_what_is_theirs_by_every_door_and_what_is_undone_was_never_done(
    seeing_web: Web, seed: int
) -> None:
    async with one_world(seeing_web, seed) as one:
        heard = {name: (await one.get(name, "/api/changes"))["next"] for name in one.people}
        await check_everybody(one)
        for _ in range(_PHASES):
            for _ in range(_ACTS_PER_PHASE):
                await one.act()
            for name in one.people:
                heard[name] = await hear_changes(one, name, heard[name])
            await go_there_and_back(one)
            await check_everybody(one)
            name = one.dice.choice(one.people)
            await turn_pages_meanwhile(one, name, "/api/assets")
            for album in list(one.world.model.albums)[:2]:
                if album.rule is None:
                    await turn_pages_meanwhile(one, album.owner, f"/api/albums/{album.id}/assets")
        leaver = one.dice.choice(list(one.roles))
        await one.leave(leaver)
        assert (await one.clients[leaver].get("/api/assets")).status_code == 401
        await check_everybody(one)
