"""What becomes of albums when somebody leaves: nobody sees by them what they did not see before."""

from uuid import UUID, uuid4

import pytest

from appliance.db import accounts
from appliance.db.assets import list_assets
from appliance.db.engine import Database
from appliance.library import albums
from appliance.library.accounts import viewer_of
from appliance.records.accounts import Viewer
from appliance.records.search import And, HasTag, IsKind
from appliance.records.sharing import SharedMay
from tests.support.leaving import transfer, trash
from tests.support.random_home import contradictions, make_random_home, snapshot
from tests.support.rows import add_asset, add_person, count, everything
from tests.support.web import Web


async def now(db: Database, person: Viewer) -> Viewer:
    """Somebody as their next request will have them."""
    user = await accounts.find(db, person.user_id)
    assert user is not None
    return viewer_of(user)


async def seen(db: Database, person: Viewer) -> set[UUID]:
    """What somebody may look at outside the trash."""
    return {each.id for each in await list_assets(db, await now(db, person), where=And(()), limit=1000)}


@pytest.mark.parametrize("seed", range(12))
async def test_a_transfer_shows_nobody_anything_new(bare_web: Web, boss: None, seed: int) -> None:
    home = await make_random_home(bare_web.db, 3000 + seed)
    before = await snapshot(home.db)
    third, heir = await seen(home.db, home.third), await seen(home.db, home.heir)
    # What the receiver had in the trash and comes back, as it was alive with the leaver, is in its places again.
    back = {each.id for each in before.values() if each.owner == home.heir.user_id and not each.alive}
    leavers = {each.id for each in before.values() if each.owner == home.leaver.user_id}
    await transfer(bare_web, home.leaver.user_id, home.heir.user_id)
    assert await contradictions(home.db) == []
    assert await seen(home.db, home.third) <= third | back
    after = await snapshot(home.db)
    # Folders come over with what guests have in them.
    folders = {each.id for each in after.values() if each.folder_owner == home.heir.user_id}
    assert await seen(home.db, home.heir) <= heir | leavers | folders | back
    rows = await everything(home.db, "album_asset")
    assert home.leaver.user_id not in {row["added_by"] for row in rows}
    rules = [row for row in await everything(home.db, "album") if row["rule"]]
    assert {row["owner"] for row in rules} == {home.heir.user_id, home.third.user_id}
    assert len(rules) == 2


@pytest.mark.parametrize("seed", range(6))
async def test_without_a_receiver_all_of_it_is_gone(bare_web: Web, boss: None, seed: int) -> None:
    home = await make_random_home(bare_web.db, 4000 + seed)
    before = [await seen(home.db, each) for each in (home.third, home.heir)]
    await trash(bare_web, home.leaver.user_id)
    assert await contradictions(home.db) == []
    for was, person in zip(before, (home.third, home.heir), strict=True):
        assert await seen(home.db, person) <= was
    for table, column in (("album", "owner"), ("album_asset", "added_by"), ("saved_search", "owner")):
        assert home.leaver.user_id not in {row[column] for row in await everything(home.db, table)}


async def test_what_was_lent_goes_on_being_lent_and_what_was_not_is_not(bare_web: Web, boss: None) -> None:
    db = bare_web.db
    leaver, heir, third = [await add_person(db, name) for name in ("leaver", "heir", "third")]
    lent, seen_only = await add_asset(db, leaver.user_id), await add_asset(db, leaver.user_id)
    heirs, guests = await add_asset(db, heir.user_id), await add_asset(db, third.user_id)
    of_leaver = await albums.create_album(db, leaver, name="hers")
    of_heir = await albums.create_album(db, heir, name="his")
    await albums.share_album(db, leaver, of_leaver.id, subject=third.user_id, may=SharedMay.ADD)
    await albums.share_album(db, heir, of_heir.id, subject=third.user_id, may=SharedMay.VIEW)
    await albums.add_assets(db, leaver, of_leaver.id, [lent])
    await albums.add_assets(db, third, of_leaver.id, [guests])
    # Rows as they are made by who sees each other's pictures in another way.
    for album, asset, by in ((of_leaver, heirs, leaver), (of_heir, seen_only, heir)):
        await db.fetch(
            "INSERT INTO album_asset (album, asset, added_by) VALUES ({}, {}, {})",
            album.id,
            asset,
            by.user_id,
        )
    assert await seen(db, third) == {lent, guests}
    await transfer(bare_web, leaver.user_id, heir.user_id)
    assert await seen(db, third) == {lent, guests}
    mine = await now(db, heir)
    assert {each.id for each in (await albums.album_page(db, mine, of_leaver.id, limit=9)).assets} == {
        lent,
        heirs,
    }
    # The receiver lends what is theirs by putting it there, as ever.
    await albums.add_assets(db, mine, of_heir.id, [seen_only])
    assert await seen(db, third) == {lent, guests, seen_only}


async def test_of_a_file_that_both_have_the_receivers_own_is_not_lent(bare_web: Web, boss: None) -> None:
    db = bare_web.db
    leaver, heir, third = [await add_person(db, name) for name in ("leaver", "heir", "third")]
    digest = uuid4().bytes * 2
    copy = await add_asset(db, leaver.user_id, sha256=digest)
    kept = await add_asset(db, heir.user_id, sha256=digest)
    for asset in (copy, kept):
        (bare_web.settings.storage_path / str(asset)).mkdir()
        (bare_web.settings.storage_path / str(asset) / "a.jpg").write_bytes(b"abc")
    album = await albums.create_album(db, leaver, name="both")
    await albums.share_album(db, leaver, album.id, subject=None, may=SharedMay.VIEW)
    await albums.add_assets(db, leaver, album.id, [copy])
    rule = await albums.create_album(db, leaver, name="rule", rule=HasTag("sea"))
    assert await seen(db, third) == {copy}
    await transfer(bare_web, leaver.user_id, heir.user_id)
    assert await seen(db, third) == set()
    mine = await now(db, heir)
    assert [each.id for each in (await albums.album_page(db, mine, album.id, limit=9)).assets] == [kept]
    assert rule.id not in {row["id"] for row in await everything(db, "album")}


async def test_albums_come_over_where_there_is_nothing_else(bare_web: Web, boss: None) -> None:
    db = bare_web.db
    leaver, heir = await add_person(db, "leaver"), await add_person(db, "heir")
    album = await albums.create_album(db, leaver, name="empty")
    await transfer(bare_web, leaver.user_id, heir.user_id)
    assert [(row["id"], row["owner"]) for row in await everything(db, "album")] == [(album.id, heir.user_id)]
    assert await count(db, "folder") == 0


async def test_a_rule_of_the_receivers_shows_nobody_what_comes_over(bare_web: Web, boss: None) -> None:
    db = bare_web.db
    leaver, heir, third = [await add_person(db, name) for name in ("leaver", "heir", "third")]
    private = await add_asset(db, leaver.user_id)
    rule = await albums.create_album(db, heir, name="pictures", rule=IsKind("image"))
    await albums.share_album(db, heir, rule.id, subject=third.user_id, may=SharedMay.VIEW)
    await transfer(bare_web, leaver.user_id, heir.user_id)
    assert await seen(db, third) == set()
    mine = await now(db, heir)
    assert (await albums.get_album(db, mine, rule.id)).count == 1
    assert await albums.list_shares(db, mine, rule.id) == ()
    await albums.share_album(db, mine, rule.id, subject=third.user_id, may=SharedMay.VIEW)
    assert await seen(db, third) == {private}
