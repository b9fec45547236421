"""``scene-sense doctor``: says what is wrong and what mends it, and changes nothing."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
import redis

from appliance.db.engine import Database
from appliance.embedded.valkey import Valkey
from appliance.library.checks import queue
from tests.support.cli import scene_sense
from tests.support.examined import examined, new_installation, tree
from tests.support.frozen import frozen
from tests.support.services import Cluster, start_cluster


@pytest.fixture
def environment(tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return new_installation(tmp_path, database_url, redis_url)


async def test_an_installation_that_is_ready_to_start_has_no_failures(environment: dict[str, str]) -> None:
    found = await examined(environment | {"BIND": "fd://3"}, "--before-start")
    assert found.code == 0, found.said
    names = {name for name in found.findings if found.level(name) == "ok"}
    assert names >= {
        *("settings", "database", "database.pgvector", "database.schema", "database.collation"),
        *("queue", "queue.eviction", "queue.memory", "volume", "volume.writable", "volume.space"),
        *("data", "cache", "model"),
    }
    assert not {"model.runs", "server", "units", "clock", "work"} & set(found.findings)


async def test_it_says_a_line_for_each_finding_its_remedy_below_and_a_summary(
    environment: dict[str, str],
) -> None:
    said = await asyncio.to_thread(scene_sense, "doctor", environment=environment)
    assert (said.code, said.err) == (1, "")
    lines = said.out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("failure  server "))
    assert "127.0.0.1:9" in lines[at]
    assert lines[at + 1] == "         -> Start it with `scene-sense up`."
    assert any(line.startswith("ok       model.runs ") and "384" in line for line in lines)
    assert lines[-1].startswith("1 failure")


async def test_wrong_usage_is_code_2(environment: dict[str, str]) -> None:
    said = await asyncio.to_thread(scene_sense, "doctor", "--before-lunch", environment=environment)
    assert said.code == 2


async def test_it_changes_nothing(
    environment: dict[str, str], tmp_path: Path, cluster: Cluster, redis_url: str
) -> None:
    url = cluster.empty()
    before = tree(tmp_path)
    try:
        found = await examined(environment | {"DATABASE_URL": url})
        assert found.level("model.runs") == "ok"
        assert "the first start makes the schema" in found.text("database.schema")
        connection = await asyncpg.connect(url)
        try:
            assert await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []
            assert await connection.fetch("SELECT extname FROM pg_extension WHERE extname = 'vector'") == []
        finally:
            await connection.close()
    finally:
        cluster.drop(url)
    assert tree(tmp_path) == before
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


async def test_everything_may_be_down(tmp_path: Path) -> None:
    environment = {
        "DATA_PATH": str(tmp_path / "data"),
        "STORAGE_PATH": str(tmp_path / "disk"),
        "DATABASE_URL": "postgresql://anna:hunter-two@127.0.0.1:9/photos",
        "REDIS_URL": "redis://:hunter-two@127.0.0.1:9/0",
        "JWT_SECRET": "hunter-two-hunter-two-hunter-two-hunter-two",
        "CLIP_MODEL": "not-there",
        "BIND": "127.0.0.1:9",
    }
    found = await examined(environment)
    assert found.code == 1
    failed = {name for name in found.findings if found.level(name) == "failure"}
    assert failed == {"database", "queue", "volume", "model", "server"}
    assert "No PostgreSQL answers at 127.0.0.1:9" in found.text("database")
    assert "scene-sense storage init" in found.text("volume")
    assert "hunter" not in found.said
    assert not (tmp_path / "data").exists()


async def test_all_bad_settings_are_findings_and_no_secret_is_said(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("BIND=nowhere\nNONSENSE=hunter-two\nJWT_SECRET=hunter-two\n")
    environment = {"DATABASE_URL": "hunter-two", "REDIS_URL": "redis://:hunter/two@127.0.0.1"}
    arguments = ("--env-file", str(tmp_path / "env"), "doctor")
    said = await asyncio.to_thread(scene_sense, *arguments, environment=environment)
    assert (said.code, said.err) == (1, "")
    wrong = [line for line in said.out.splitlines() if line.startswith("failure  settings ")]
    assert len(wrong) == 5
    for name in ("BIND", "NONSENSE", "JWT_SECRET", "DATABASE_URL", "REDIS_URL"):
        assert any(name in line for line in wrong)
    assert "hunter" not in said.out
    assert sum(line.startswith("skipped  volume ") for line in said.out.splitlines()) == 1
    shown = await asyncio.to_thread(scene_sense, *arguments, "--json", environment=environment)
    assert shown.json["failures"] == 5
    assert "hunter" not in shown.out


async def test_a_folder_that_is_not_named_from_the_root(environment: dict[str, str]) -> None:
    path = environment["CACHE_PATH"] = "somewhere/cache"
    found = await examined(environment, "--before-start")
    assert (found.code, found.level("settings"), found.level("settings.paths")) == (0, "ok", "warning")
    assert f"CACHE_PATH={Path.cwd() / path}" in found.text("settings.paths")


async def test_a_password_that_is_also_the_users_name_leaves_the_remedy_whole(
    environment: dict[str, str],
) -> None:
    url = environment["DATABASE_URL"].replace("scene_sense@/", "scene_sense:scene_sense@/")
    found = await examined(environment | {"DATABASE_URL": url.replace("/test_", "/not_there_")})
    assert "createdb --owner scene_sense not_there_" in found.text("database")


async def test_a_database_of_a_newer_release(environment: dict[str, str], database: Database) -> None:
    await database.fetch(
        "INSERT INTO migration (name, app_name, ran_on) VALUES ('2999-01-01T00:00:00:000000', 'scene_sense', now())"
    )
    for options in ([], ["--before-start"]):
        found = await examined(environment, *options)
        assert found.code == 1
        assert "made by a newer release" in found.text("database.schema")
        # What a newer release keeps where is not known; nothing is concluded from it.
        assert found.level("volume") == "skipped"


async def test_a_database_that_is_behind(environment: dict[str, str], database: Database) -> None:
    await database.fetch("DELETE FROM migration WHERE id = (SELECT max(id) FROM migration)")
    found = await examined(environment)
    assert found.level("database.schema") == "failure"
    assert "scene-sense db upgrade" in found.text("database.schema")
    found = await examined(environment, "--before-start")
    assert (found.code, found.level("database.schema")) == (0, "ok")


async def test_a_database_in_another_encoding(environment: dict[str, str], cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.server.url_of("postgres"))
    try:
        await connection.execute("DROP DATABASE IF EXISTS latin")
        await connection.execute(
            "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0"
        )
        found = await examined(environment | {"DATABASE_URL": cluster.server.url_of("latin")})
        assert "is in LATIN1" in found.text("database.encoding")
        assert "ENCODING 'UTF8'" in found.text("database.encoding")
        assert found.level("database.schema") == "ok"
    finally:
        await connection.execute("DROP DATABASE IF EXISTS latin WITH (FORCE)")
        await connection.close()


async def test_text_that_is_sorted_by_other_rules_than_before(
    environment: dict[str, str], cluster: Cluster
) -> None:
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    try:
        await connection.execute(
            "UPDATE pg_database SET datcollversion = '0.1' WHERE datname = current_database()"
        )
        found = await examined(environment)
        assert found.level("database.collation") == "warning"
        assert "REFRESH COLLATION VERSION" in found.text("database.collation")
    finally:
        await connection.close()


async def test_tables_that_belong_to_somebody_else(environment: dict[str, str], cluster: Cluster) -> None:
    url = environment["DATABASE_URL"]
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("DROP ROLE IF EXISTS stranger")
        await connection.execute("CREATE ROLE stranger LOGIN")
        await connection.execute("GRANT CREATE ON SCHEMA public TO stranger")
        user = url.partition("://")[2].partition("@")[0]
        found = await examined(environment | {"DATABASE_URL": url.replace(f"{user}@", "stranger@")})
        assert found.code == 1
        assert "belong to somebody else" in found.text("database.rights")
        assert "OWNER TO" in found.text("database.rights")
        await connection.execute("REVOKE CREATE ON SCHEMA public FROM stranger")
        found = await examined(environment | {"DATABASE_URL": url.replace(f"{user}@", "stranger@")})
        assert "may not make tables" in found.said
        await connection.execute("DROP ROLE stranger")
    finally:
        await connection.close()


async def test_a_redis_that_drops_messages_is_a_failure(
    environment: dict[str, str], reachable_path: Path
) -> None:
    url = Valkey(reachable_path / "valkey").start()
    with redis.Redis.from_url(url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("maxmemory", "1gb")
    found = await examined(environment | {"REDIS_URL": url}, "--before-start")
    assert (found.code, found.level("queue"), found.level("queue.eviction")) == (1, "ok", "failure")
    assert "maxmemory-policy noeviction" in found.text("queue.eviction")
    assert "of 1.1 GB in use" in found.text("queue.memory")


async def test_a_server_that_hangs_is_left_behind(environment: dict[str, str], reachable_path: Path) -> None:
    server = start_cluster(reachable_path).server
    url = server.url_of("postgres")

    def call() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "appliance.cli", "doctor", "--json"],
            env=environment | {"DATABASE_URL": url, "PATH": os.environ["PATH"]},
            capture_output=True, text=True, check=False, timeout=40,
        )  # fmt: skip

    with frozen(server.pid):
        done = await asyncio.to_thread(call)
    assert (done.returncode, done.stderr) == (1, "")
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert findings["database"]["level"] == "failure"
    assert findings["queue"]["level"] == "ok"


async def test_an_error_that_nobody_expected_is_a_finding(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(subject: object) -> tuple[()]:
        raise RuntimeError("oh")

    monkeypatch.setattr(queue, "look", broken)
    found = await examined(environment)
    assert "RuntimeError: oh" in found.text("queue")
    assert found.level("volume") == "ok"
