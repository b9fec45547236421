"""Fixtures that every tier may use; what they are made of is in ``tests.support``."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
import redis

from appliance.db.engine import Database, open_database
from appliance.embedded.postgres import installed_programs
from appliance.embedded.valkey import Valkey, installed_program
from appliance.errors import SettingsError
from appliance.settings import Settings, load
from tests.support import services
from tests.support.identity_provider import NpmProvider, npm_provider


def pytest_configure() -> None:
    """Settings of the shell that runs the suite must not reach the tests."""
    names = {name.upper() for name in Settings.model_fields}
    for name in list(os.environ):
        if name.removesuffix("_FILE") in names or name.startswith(("SCENE_SENSE_", "CREDENTIALS_DIRECTORY")):
            del os.environ[name]
    services.clear_left_behind()


class MakeSettings(Protocol):
    """Settings below one folder; overrides by the setting's name, in either case."""

    def __call__(self, data_path: Path | None = None, /, **overrides: Any) -> Settings: ...


@pytest.fixture
def make_settings(tmp_path: Path) -> MakeSettings:
    def make(data_path: Path | None = None, /, **overrides: Any) -> Settings:
        given = {name.upper(): value for name, value in overrides.items()}
        return load({}, **({"DATA_PATH": str(data_path or tmp_path / "data")} | given))

    return make


@pytest.fixture(scope="session")
def service_folder() -> Iterator[Path]:
    folder = services.new_folder()
    yield folder
    services.remove_folder(folder)


@pytest.fixture
def reachable_path() -> Iterator[Path]:
    """Like ``tmp_path``, but the embedded servers' user can enter it; stopped and removed after."""
    folder = services.new_folder()
    yield folder
    services.remove_folder(folder)


@pytest.fixture(scope="session")
def cluster(service_folder: Path) -> services.Cluster:
    try:
        installed_programs()
    except SettingsError as error:
        services.unavailable(error.message)
    return services.start_cluster(service_folder)


@pytest.fixture
def database_url(cluster: services.Cluster) -> Iterator[str]:
    """A database of its own for this test, with the schema and no rows."""
    url = cluster.clone()
    yield url
    cluster.drop(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url, pool_size=4) as opened:
        yield opened


@pytest.fixture(scope="session")
def valkey(service_folder: Path) -> Valkey:
    try:
        installed_program()
    except SettingsError as error:
        services.unavailable(error.message)
    server = Valkey(service_folder / "valkey")
    server.start()
    return server


@pytest.fixture
def redis_url(valkey: Valkey) -> str:
    """The queue, emptied."""
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    return valkey.url


@pytest.fixture(scope="session")
def running_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NpmProvider]:
    """The npm identity provider, as some test left it."""
    with npm_provider(tmp_path_factory.mktemp("provider")) as provider:
        yield provider


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the page's tests last: Playwright keeps an event loop running, beside which no other can run."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
