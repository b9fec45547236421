"""What is said about a PostgreSQL or a Redis that can't be used: one line, with the remedy."""

import os
import re
import signal
from pathlib import Path

import asyncpg
import pytest
import redis

from appliance.db import preflight
from appliance.db.preflight import check_database, check_redis
from appliance.embedded.postgres import USER, Postgres
from appliance.embedded.valkey import Valkey
from appliance.errors import DatabaseUnavailable, QueueUnavailable, SceneSenseError, SettingsError
from tests.support.services import Cluster
from tests.support.waiting import eventually_async


async def said_about(url: str, kind: type[SceneSenseError] = SettingsError) -> str:
    with pytest.raises(kind) as caught:
        await check_database(url)
    assert "\n" not in caught.value.message
    return caught.value.message


async def execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_good_server_gives_its_versions(database_url: str) -> None:
    facts = await check_database(database_url)
    assert facts.postgres.startswith("18.")
    assert re.match(r"0\.\d", facts.vector)


async def test_an_absent_server_by_network_and_by_socket(tmp_path: Path) -> None:
    said = await said_about("postgresql://me:secret@127.0.0.1:9/photos", DatabaseUnavailable)
    assert said.startswith("No PostgreSQL answers at 127.0.0.1:9 (")
    assert "secret" not in said
    said = await said_about(f"postgresql://me@/photos?host={tmp_path}", DatabaseUnavailable)
    assert str(tmp_path) in said


async def test_a_database_that_is_missing(cluster: Cluster) -> None:
    said = await said_about(cluster.server.url_of("nowhere"))
    assert f"createdb --owner {USER} nowhere" in said


async def test_a_database_in_another_encoding(cluster: Cluster) -> None:
    await execute(
        cluster.server.url_of("postgres"),
        "DROP DATABASE IF EXISTS ascii",
        "CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc TEMPLATE template0",
    )
    assert "ENCODING 'UTF8'" in await said_about(cluster.server.url_of("ascii"))


async def test_a_server_that_is_too_old(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "LEAST_POSTGRES", 99)
    assert "is too old; version 99 or newer is needed" in await said_about(database_url)


async def test_a_user_who_may_not_make_tables_or_the_extension(cluster: Cluster) -> None:
    url = cluster.empty()
    weak = url.replace(f"{USER}@", "weak@")
    name = url.partition("?")[0].rpartition("/")[2]
    await execute(url, "DROP ROLE IF EXISTS weak", "CREATE ROLE weak LOGIN")
    try:
        assert f"ALTER DATABASE {name} OWNER TO weak;" in await said_about(weak)
        await execute(url, "GRANT CREATE ON SCHEMA public TO weak")
        assert "CREATE EXTENSION vector;" in await said_about(weak)
        await execute(url, "CREATE EXTENSION vector")
        assert "CREATE EXTENSION pg_trgm;" in await said_about(weak)
        await execute(url, "CREATE EXTENSION pg_trgm")
        await check_database(weak)
    finally:
        cluster.drop(url)


async def test_a_pgvector_that_is_too_old(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "LEAST_VECTOR", (99, 0))
    assert re.search(r"pgvector 0\.\S+ at .* is too old; 99.0 or newer", await said_about(database_url))


async def test_a_server_without_pgvector(bare_programs: Path, reachable_path: Path) -> None:
    server = Postgres(reachable_path / "postgres", programs=bare_programs)
    said = await said_about(server.start())
    assert "does not have the extension `vector`" in said
    assert "apt install postgresql-18-pgvector" in said


async def test_a_password_that_is_wrong_or_absent(reachable_path: Path) -> None:
    server = Postgres(reachable_path / "postgres")
    url = server.start()
    await execute(url, f"ALTER ROLE {USER} PASSWORD 'right'")
    rules = server.data / "pg_hba.conf"
    rules.write_text("local all all scram-sha-256\n")
    os.kill(server.pid, signal.SIGHUP)

    async def refused() -> bool:
        try:
            await check_database(url.replace(f"{USER}@", f"{USER}:wrong@"))
        except SettingsError:
            return True
        return False

    await eventually_async(refused)
    said = await said_about(url.replace(f"{USER}@", f"{USER}:wrong@"))
    assert f"refuses the user {USER}: password authentication failed" in said
    assert "correct DATABASE_URL" in said
    assert "correct DATABASE_URL" in await said_about(url)
    await check_database(url.replace(f"{USER}@", f"{USER}:right@"))


async def test_a_good_redis_gives_no_warning(redis_url: str) -> None:
    assert await check_redis(redis_url) == []


@pytest.mark.parametrize("url", ["redis://:secret@127.0.0.1:9/0", "unix:///nowhere/v.sock"])
async def test_an_absent_redis(url: str) -> None:
    with pytest.raises(
        QueueUnavailable, match=r"No Redis or Valkey answers at (127.0.0.1:9|/nowhere)"
    ) as caught:
        await check_redis(url)
    assert "secret" not in caught.value.message


async def test_a_redis_that_wants_a_password_evicts_or_is_old(
    reachable_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = Valkey(reachable_path / "valkey").start()
    with redis.Redis.from_url(url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        assert "set maxmemory-policy noeviction" in (await check_redis(url))[0]
        client.config_set("requirepass", "right")
        with pytest.raises(SettingsError, match="correct REDIS_URL"):
            await check_redis(url)
        wrong = url.replace("unix://", "unix://:wrong@")
        with pytest.raises(SettingsError, match="correct REDIS_URL"):
            await check_redis(wrong)
        client.execute_command("AUTH", "right")
    monkeypatch.setattr(preflight, "LEAST_REDIS", (99, 0))
    with pytest.raises(SettingsError, match=r"is too old; 99\.0 or newer"):
        await check_redis(url.replace("unix://", "unix://:right@"))


async def test_a_url_with_an_odd_port_is_named() -> None:
    assert (await said_about("postgresql://me:secret@h:port/x")).startswith("DATABASE_URL can't be used: ")
    with pytest.raises(SettingsError, match="REDIS_URL can't be used: "):
        await check_redis("redis://127.0.0.1:port")
    said = await said_about("postgresql://me:secret@127.0.0.1:9,127.0.0.1:8/x", DatabaseUnavailable)
    assert said.startswith("No PostgreSQL answers at 127.0.0.1:9,127.0.0.1:8 (")
