"""What the doctor says of pgvector, and of the disk that the database is on."""

from pathlib import Path

import pytest

from appliance.db.condition import find_folder
from appliance.db.engine import Database
from appliance.embedded.postgres import Postgres
from appliance.library.checks import folders
from tests.support.examined import examined, new_installation


@pytest.fixture
def environment(tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return new_installation(tmp_path, database_url, redis_url)


async def test_a_server_without_pgvector(
    environment: dict[str, str], bare_programs: Path, reachable_path: Path
) -> None:
    url = Postgres(reachable_path / "postgres", programs=bare_programs).start()
    found = await examined(environment | {"DATABASE_URL": url}, "--before-start")
    assert (found.code, found.level("database.pgvector")) == (1, "failure")
    assert 'type "vector" does not exist' in found.text("database.pgvector")
    assert "apt install postgresql-18-pgvector" in found.text("database.pgvector")
    assert found.level("database") == "ok"


@pytest.mark.parametrize(
    ("installed", "level", "says"),
    [
        ("0.6.2", "failure", "still has pgvector 0.6.2"),
        ("0.7.4", "warning", "searches with filters may miss pictures. The server has 0."),
        ("0.7.4", "warning", "-> As an administrator in test_"),
        ("0.8.0", "ok", "were mended in 0.8.2 and later. The server has 0."),
        ("0.8.0", "ok", "ALTER EXTENSION vector UPDATE;"),
    ],
)
async def test_a_pgvector_that_is_older_than_the_one_that_is_offered(
    environment: dict[str, str], database: Database, installed: str, level: str, says: str
) -> None:
    await database.fetch("UPDATE pg_extension SET extversion = {} WHERE extname = 'vector'", installed)
    found = await examined(environment, "--before-start")
    assert (found.level("database.pgvector"), says in found.text("database.pgvector")) == (level, True)


async def test_the_disk_of_the_database(
    environment: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = await find_folder(database)
    assert folder is not None
    assert (folder / "PG_VERSION").exists()
    assert (await examined(environment)).level("database.space") == "ok"
    monkeypatch.setattr(folders, "LOW_FREE_BYTES", 10**18)
    assert (await examined(environment)).level("database.space") == "warning"
    monkeypatch.setattr(folders, "LEAST_FREE_BYTES", 10**18)
    assert (await examined(environment, "--before-start")).level("database.space") == "failure"
