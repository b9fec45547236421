"""Random worlds of people, folders, albums and shares: no search finds, counts or tells of what is not theirs."""

import os
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.db.engine import Database
from appliance.db.facets import find_facets
from appliance.errors import NotFound
from appliance.library.search import search
from appliance.records.accounts import Sight, Viewer
from appliance.records.models import Model
from appliance.records.search import And, AssetTerm, Place, SearchAnswer, SearchRequest, Term, TextTerm
from tests.support.one_world import one_world
from tests.support.search_doors import check_search_doors
from tests.support.sharing_acts import PEOPLE, Act, World, acts, furnish, new_world
from tests.support.sharing_model import AssetModel
from tests.support.web import Web

#: More of them look further; which worlds they are stays the same.
WORLDS = int(os.environ.get("ONE_WORLD_ROUNDS", "2"))
PHASES = 2
EVERYTHING = And(())
#: What is looked for, the words that all have to be met, and whether they have to stand so.
QUERIES = [
    (TextTerm("a"), ["a"]), (TextTerm("b"), ["b"]), (TextTerm("red"), ["red"]), (TextTerm("SEA"), ["sea"]),
    (TextTerm("jpg"), ["jpg"]), (TextTerm("1"), ["1"]), (TextTerm("red b"), ["red", "b"]),
    (TextTerm("re 1"), ["re", "1"]), (TextTerm("a b", quoted=True), ["a b"]), (TextTerm("ada"), ["ada"]),
]  # fmt: skip


def model_of(world: World) -> Model:
    return Model(id=world.vectors, identity="x", name="x", dimension=4)


async def ask(world: World, viewer: Viewer, request: SearchRequest, *, by_looks: bool) -> SearchAnswer:
    model = model_of(world) if by_looks else None
    return await search(request, viewer=viewer, db=world.db, encoder=None, model=model)


async def all_pages(
    world: World, viewer: Viewer, term: Term, *, by_looks: bool, collapse: bool
) -> list[UUID]:
    request = SearchRequest((term,), EVERYTHING, 3, collapse=collapse)
    found: list[UUID] = []
    while True:
        answer = await ask(world, viewer, request, by_looks=by_looks)
        found += [hit.asset.id for hit in answer.hits]
        assert not answer.nearest
        if answer.next is None:
            return found
        request = replace(request, after=answer.next)


def is_called(
    world: World, viewer: Viewer, asset: AssetModel, words: Iterable[str], *, everything: bool
) -> bool:
    number = world.model.assets.index(asset)
    names = [str(number), "jpg", *asset.tags]
    folder = asset.folder
    if folder is not None and (everything or world.model.access(viewer.name, folder)):
        names += world.model.shown_path(viewer.name, folder, everything=everything).split("/")
    begun = [
        name[place:] for name in names for place in range(len(name)) if not place or name[place - 1] == " "
    ]
    return all(any(each.startswith(word) for each in begun) for word in words)


async def check(world: World, viewer: Viewer, *, everything: bool) -> None:
    listed = world.model.listed(viewer.name, everything=everything)
    for term, words in QUERIES:
        wanted = {
            asset.id for asset in listed if is_called(world, viewer, asset, words, everything=everything)
        }
        found = await all_pages(world, viewer, term, by_looks=False, collapse=False)
        assert sorted(found) == sorted(wanted), (viewer.name, viewer.sight, term)
    facets = await find_facets(world.db, viewer, EVERYTHING)
    assert facets.total == len(listed)
    for asset in world.model.assets:
        if not world.model.sees(viewer.name, asset, everything=everything):
            for request in (
                SearchRequest((AssetTerm(asset.id),), EVERYTHING, 3),
                SearchRequest((), EVERYTHING, 3, right=(asset.id,)),
                SearchRequest((), EVERYTHING, 3, wrong=(asset.id,)),
            ):
                with pytest.raises(NotFound):
                    await ask(world, viewer, request, by_looks=True)
    await check_looks(world, viewer, listed)


async def check_looks(world: World, viewer: Viewer, listed: list[AssetModel]) -> None:
    if not listed:
        return
    like, shown = listed[0], {asset.id for asset in listed}
    for collapse in (False, True):
        found = await all_pages(world, viewer, AssetTerm(like.id), by_looks=True, collapse=collapse)
        assert sorted(found) == sorted(shown - {like.id})
    request = SearchRequest((AssetTerm(like.id),), EVERYTHING, 1000)
    assert (await ask(world, viewer, request, by_looks=True)).matched == len(listed)
    # Whoever writes a place of their own names assets in it that they may not see.
    ids = [asset.id for asset in world.model.assets] + [uuid4()]
    forged = Place(world.vectors, due=tuple((asset, 1) for asset in ids))
    answer = await ask(world, viewer, replace(request, after=forged), by_looks=True)
    assert {hit.asset.id for hit in answer.hits} == shown


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(acts, min_size=4, max_size=16))
async def test_whatever_people_do_a_search_finds_what_they_see_by_its_names_and_nothing_else(
    database: Database, done: list[Act]
) -> None:
    world = await new_world(database)
    await furnish(world)
    for act in done:
        await world.act(act)
    for name in PEOPLE:
        viewer = await world.viewer(name)
        for sight in {viewer.sight} | ({Sight.SHARED, Sight.ALL} if name == PEOPLE[0] else set()):
            await check(world, replace(viewer, sight=sight), everything=sight is Sight.ALL)


async def test_at_the_start_some_are_found_by_the_names_of_shared_folders(database: Database) -> None:
    world = await new_world(database)
    await furnish(world)
    bob = await world.viewer("bob")
    found = await all_pages(world, bob, TextTerm("a"), by_looks=False, collapse=False)
    owners = {asset.id: asset.owner for asset in world.model.assets}
    assert {owners[each] for each in found} > {"bob"}


@pytest.mark.parametrize("seed", range(WORLDS))
async def test_whatever_happens_counts_suggestions_groups_and_news_are_of_what_one_sees(
    seeing_web: Web, seed: int
) -> None:
    async with one_world(seeing_web, seed) as one:
        for _ in range(PHASES):
            for name in one.people:
                await check_search_doors(one, name)
            for _ in range(6):
                await one.act()
