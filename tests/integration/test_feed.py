"""The log of changes as a process follows it: what becomes visible late is told all the same."""

from uuid import UUID

import pytest

from appliance.db.engine import Database, open_database
from appliance.library import feed
from appliance.library.feed import Feed
from tests.support.rows import add_asset, add_person


async def _begin_writing(db: Database) -> None:
    await db.fetch("SELECT pg_current_xact_id()")


async def _ids_told(followed: Feed) -> set[UUID]:
    return {asset for change in (await followed.advance()).changes for asset in change.assets or ()}


async def test_a_change_is_awaited_for_as_long_as_its_transaction_goes_on(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_LEAST_SECONDS", 0.0)
    ada = (await add_person(database)).user_id
    followed = Feed(database)
    await followed.advance()
    async with (
        open_database(database_url, pool_size=1) as one,
        open_database(database_url, pool_size=1) as other,
    ):
        async with other.transaction():
            async with one.transaction():
                # The one whose change is seen first began before the one that is awaited.
                await _begin_writing(one)
                await _begin_writing(other)
                late = await add_asset(other, ada)
                early = await add_asset(one, ada)
            assert await _ids_told(followed) == {early}
            settled = followed.settled
            for _ in range(3):
                assert await _ids_told(followed) == set()
            assert followed.settled == settled < followed.newest
        assert await _ids_told(followed) == {late}
    assert followed.settled == followed.newest


async def test_a_change_that_was_taken_back_is_not_awaited(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_LEAST_SECONDS", 0.0)
    ada = (await add_person(database)).user_id
    followed = Feed(database)
    await followed.advance()
    with pytest.raises(LookupError):
        async with database.transaction():
            await add_asset(database, ada)
            raise LookupError
    kept = await add_asset(database, ada)
    assert await _ids_told(followed) == {kept}
    await _ids_told(followed)
    assert followed.settled == followed.newest
