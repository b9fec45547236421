"""The suite's own ground: every test gets a database with the schema, and nothing in it."""

import pytest
import redis

from appliance.db.engine import Database
from appliance.db.migrate import check_current
from tests.conftest import MakeSettings


@pytest.mark.parametrize("time", ["first", "second"])
async def test_each_test_has_a_migrated_database_without_rows(database: Database, time: str) -> None:
    await check_current(database)
    assert await database.fetch("SELECT 1 FROM setting") == []
    await database.fetch("INSERT INTO setting (key, value) VALUES ({}, '1'::jsonb)", time)


@pytest.mark.parametrize("key", ["first", "second"])
def test_each_test_has_an_empty_queue(redis_url: str, key: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys() == []
        client.set(key, "left behind")


def test_settings_stay_below_the_tests_folder(make_settings: MakeSettings) -> None:
    settings = make_settings(bind="127.0.0.1:1")
    assert settings.bind == "127.0.0.1:1"
    assert settings.storage_path == settings.data_path / "storage"
