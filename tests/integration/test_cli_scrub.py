"""``scene-sense scrub`` as owners and timers call it: a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from appliance.library.appliance import open_appliance
from appliance.settings import Settings
from tests.conftest import MakeSettings
from tests.support.originals import LAST, Originals
from tests.support.waiting import eventually_async


@pytest.fixture
def settings(make_settings: MakeSettings, database_url: str) -> Settings:
    return make_settings(database_url=database_url, redis_url="redis://127.0.0.1:1")


@pytest.fixture
async def library(settings: Settings) -> AsyncIterator[Originals]:
    async with open_appliance(settings, towers=frozenset(), decoder_processes=0, pool_size=2) as appliance:
        yield Originals(appliance.db, appliance.store)


def start(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    assert settings.database_url is not None
    return subprocess.Popen(
        [
            str(Path(sys.executable).parent / "scene-sense"),
            "--data", str(settings.data_path), "scrub", *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"DATABASE_URL": settings.database_url.get_secret_value(), "REDIS_URL": "redis://127.0.0.1:1"},
    )  # fmt: skip


def call(settings: Settings, *arguments: str) -> tuple[int, str, str]:
    process = start(settings, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


async def start_endless(settings: Settings, library: Originals, *arguments: str) -> subprocess.Popen[str]:
    """A run that has recorded all originals but the last, which it is reading."""
    small = [await library.add() for _ in range(5)]
    await library.add_endless()
    process = start(settings, "--all", *arguments)

    async def recorded() -> bool:
        return set(await library.outcomes()) == set(small)

    try:
        await eventually_async(recorded, 30)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return process


async def test_a_library_without_damage_ends_with_0(settings: Settings, library: Originals) -> None:
    await library.add()
    code, out, err = call(settings)
    assert (code, err) == (0, "")
    first, second, third = out.splitlines()
    assert first.startswith("1 originals checked, 3 bytes in ")
    assert second == "0 of 1 originals are known to be bad"
    assert third.startswith("every original was checked since 20")


async def test_what_is_bad_is_listed_with_what_to_do_until_it_is_mended(
    settings: Settings, library: Originals
) -> None:
    bad = await library.add()
    library.path(bad).write_bytes(b"abd")
    code, out, err = call(settings)
    assert (code, err) == (1, "")
    assert out.startswith(f"damaged    {bad} a.jpg (of owner ")
    assert f"{settings.storage_path}/<id>/<name>" in out

    # Also without reading, in words and as JSON
    code, said, _ = call(settings, "--report")
    assert code == 1
    assert said.splitlines()[:-2] == out.splitlines()[:-3]
    code, said, _ = call(settings, "--report", "--json")
    (finding,) = json.loads(said)["findings"]
    assert (code, UUID(finding["id"]), finding["outcome"]) == (1, bad, "damaged")
    assert (json.loads(said)["ended"], json.loads(said)["checked"]) == (None, 0)

    library.path(bad).write_bytes(b"abc")
    code, said, err = call(settings, "--again", "--json")
    assert (code, json.loads(said)["checked"], json.loads(said)["findings"], err) == (0, 1, [], "")
    assert call(settings, "--report")[0] == 0


async def test_a_missing_volume_is_one_line_and_code_1(settings: Settings, library: Originals) -> None:
    await library.add()
    settings.storage_path.rename(settings.storage_path.with_name("unplugged"))
    code, out, err = call(settings)
    assert (code, out) == (1, "")
    assert err.startswith("scene-sense: the storage folder ")
    assert err.count("\n") == 1
    assert await library.outcomes() == {}


@pytest.mark.parametrize("wrong", [["--all", "--minutes", "3"], ["--report", "--again"], ["--minutes", "0"]])
def test_what_does_not_go_together_is_wrong_usage(settings: Settings, wrong: list[str]) -> None:
    code, out, err = call(settings, *wrong)
    assert (code, out, err.count("\n")) == (2, "", 1)


async def test_a_run_that_is_killed_keeps_what_it_recorded(settings: Settings, library: Originals) -> None:
    process = await start_endless(settings, library)
    process.kill()
    process.communicate(timeout=10)
    outcomes = await library.outcomes()
    assert len(outcomes) == 5

    # The next run begins with what was left
    os.truncate(library.path(LAST), 0)
    await library.scrub(minutes=10)
    assert library.read[0] == LAST
    assert await library.outcomes() == outcomes | {LAST: "damaged"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_run_that_is_told_to_stop_reports_and_ends_by_the_signal(
    settings: Settings, library: Originals, number: signal.Signals
) -> None:
    process = await start_endless(settings, library, "--json")
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (-number, "")
    report = json.loads(out)
    assert (report["ended"], report["checked"], report["unchecked"]) == ("stopped", 5, 1)
    assert len(await library.outcomes()) == 5
