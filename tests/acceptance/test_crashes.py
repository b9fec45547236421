"""What was acknowledged is there, once, whatever dies: on real processes, killed with signal 9."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis

from appliance.media.volume import IDENTITY_FILE, Volume
from tests.support.home import picture
from tests.support.remote import Script, make_key
from tests.support.services import in_thread
from tests.support.up import Up
from tests.support.waiting import eventually

pytestmark = pytest.mark.acceptance

PICTURES = 500


@pytest.fixture
def up(reachable_path: Path) -> Iterator[Up]:
    with Up(reachable_path / "data", FREE_SPACE_FLOOR_BYTES="0", JOB_LEASE_SECONDS="5") as running:
        yield running


def verb(up: Up, *arguments: str) -> Any:
    """The report of a verb, as a timer would call it."""
    program = str(Path(sys.executable).parent / "scene-sense")
    done = subprocess.run(
        [program, "--data", str(up.data), *arguments, "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return json.loads(done.stdout) if done.stdout else {"failed": done.stderr}


class Import:
    """All pictures on their way, four at a time; ``acknowledged`` grows."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._pool = ThreadPoolExecutor(4)
        self._results: dict[str, Future[str]] = {}

    def start(self) -> None:
        for number in range(PICTURES):
            data = picture(number)
            digest = hashlib.sha256(data).hexdigest()
            self._results[digest] = self._pool.submit(self._script.upload, data, f"{number:03}.jpg")
        assert len(self._results) == PICTURES

    def acknowledged(self) -> int:
        return sum(result.done() for result in self._results.values())

    def wait_for(self, number: int) -> None:
        eventually(lambda: self.acknowledged() >= number, 180)

    def finish(self) -> dict[str, str]:
        """The id of each picture by its hash."""
        results = {digest: result.result(180) for digest, result in self._results.items()}
        self._pool.shutdown()
        return results


def kill_part(up: Up, pid: Callable[[], int]) -> None:
    """Kill it, and return when another one is in its place."""
    first = eventually(pid, 30)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: pid() not in {0, first}, 60)


def flush(up: Up) -> None:
    with redis.Redis.from_url(up.valkey.url) as client:
        client.flushall()


def stored(up: Up) -> dict[str, str]:
    """The hash of each original that lies on the volume, by the name of its folder."""
    folders = [entry for entry in (up.data / "storage").iterdir() if not entry.name.startswith(".")]
    return {
        folder.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for folder in folders
        for file in folder.iterdir()
    }


def vectors(up: Up) -> tuple[int, int]:
    """How many vectors there are, and of how many assets."""

    async def counted() -> tuple[int, int]:
        connection = await asyncpg.connect(up.postgres.url)
        try:
            row = await connection.fetchrow("SELECT count(*), count(DISTINCT asset) FROM embedding")
        finally:
            await connection.close()
        return int(row[0]), int(row[1])

    return in_thread(counted)


def settled(up: Up, script: Script) -> bool:
    """Whether no work is left, now that a timer has called the sweep once more."""
    verb(up, "sweep")
    jobs = script.get_json("/api/status")["jobs"]
    return (jobs["pending"], jobs["running"]) == (0, 0)


def test_every_acknowledged_upload_is_there_once_and_searchable_whatever_was_killed(up: Up) -> None:
    with Script(up.url, make_key(up.url, up.setup_token())) as script:
        uploads = Import(script)
        uploads.start()
        parts: list[Callable[[], int]] = [
            lambda: up.child("workers.main"),
            lambda: up.child("web.serve"),
            lambda: up.valkey.pid if up.valkey.answers() else 0,
            lambda: up.postgres.pid if up.postgres.running() else 0,
        ]
        for number, part in enumerate(parts, start=1):
            uploads.wait_for(number * 60)
            kill_part(up, part)
        uploads.wait_for(320)
        flush(up)
        uploads.wait_for(400)
        up.kill_everything()
        up.start()
        acknowledged = uploads.finish()
        up.wait_ready()

        eventually(partial(settled, up, script), 120)
        assert script.get_json("/api/status")["jobs"]["failed"] == 0
        listed = {asset["id"]: asset["sha256"] for asset in script.assets()}
        found = script.get_json("/api/search", q="soft colours", limit=1000)["items"]

    assert listed == {asset: digest for digest, asset in acknowledged.items()}
    assert {item["id"] for item in found} == set(listed)
    assert len(found) == PICTURES
    assert vectors(up) == (PICTURES, PICTURES)
    on_volume = stored(up)
    assert {asset: on_volume.get(asset) for asset in listed} == listed
    report = verb(up, "sweep", "--files")
    assert (report["orphans"], report["missing"]) == ([], [])


def test_nothing_is_written_while_the_storage_folder_is_away_or_another_one(up: Up) -> None:
    with Script(up.url, make_key(up.url, up.setup_token())) as script:
        first = script.upload(picture(0), "0.jpg")
        eventually(partial(settled, up, script), 30)
        storage = up.data / "storage"
        aside = storage.with_name("aside")
        storage.rename(aside)
        before = sorted(path.relative_to(aside) for path in aside.rglob("*"))

        def refuses() -> None:
            answer = script.post_file(picture(1), "1.jpg")
            assert (answer.status_code, answer.json()["code"]) == (503, "volume_unavailable")
            assert script.get_json("/api/status")["volume"]["state"] != "online"
            assert [item["id"] for item in script.get_json("/api/search", q="soft colours")["items"]] == [
                first
            ]
            assert script.get(f"/api/assets/{first}/original").status_code == 503
            assert "nothing was written" in verb(up, "purge")["failed"].lower()

        refuses()
        assert not storage.exists()
        storage.mkdir()
        refuses()
        assert list(storage.iterdir()) == []
        Volume.initialise(storage)
        refuses()
        assert [path.name for path in storage.iterdir()] == [IDENTITY_FILE]
        (storage / IDENTITY_FILE).unlink()
        storage.rmdir()
        assert sorted(path.relative_to(aside) for path in aside.rglob("*")) == before

        aside.rename(storage)
        second = script.upload(picture(1), "1.jpg")
        assert set(stored(up)) == {first, second}
