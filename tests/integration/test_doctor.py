"""``scene-sense doctor``: says what is wrong and what mends it, and changes nothing."""

import asyncio
from pathlib import Path

import pytest

from appliance.media.volume import Volume
from tests.support.cli import scene_sense
from tests.support.examined import examined


@pytest.fixture
def environment(tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    """Settings of an installation that has not been started yet: nothing is wrong."""
    storage = tmp_path / "disk"
    Volume.initialise(storage)
    (tmp_path / "data").mkdir()
    return {
        "DATA_PATH": str(tmp_path / "data"),
        "STORAGE_PATH": str(storage),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "BIND": "127.0.0.1:9",
        "FREE_SPACE_FLOOR_BYTES": "1",
    }


def tree(root: Path) -> list[tuple[str, int, int]]:
    """Everything below the folder, with sizes and times."""
    return sorted(
        (str(path), path.lstat().st_size, path.lstat().st_mtime_ns) for path in (root, *root.rglob("*"))
    )


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
