"""`scene-sense up` on a folder of its own: ready, found again after any death, gone when it is told to go."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appliance.embedded.process import is_running
from tests.support.processes import outputs, run_python
from tests.support.up import Up, free_port
from tests.support.waiting import eventually

pytestmark = pytest.mark.acceptance


def verb(*arguments: str) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).parent / "scene-sense"
    return subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False, timeout=60)


def refused(*arguments: str) -> str:
    """The one line of an `up` that must not start."""
    done = verb("up", *arguments)
    assert done.returncode == 1, done
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_it_starts_answers_stops_in_ten_seconds_and_goes_on_where_it_was(reachable_path: Path) -> None:
    with Up(reachable_path / "data") as up:
        assert up.lives()
        token = up.setup_token()
        servers = [up.postgres.pid, up.valkey.pid]
        children = [up.child("web.serve"), up.child("workers.main")]
        assert all(servers + children)
        started = time.monotonic()
        assert up.stop() == 0
        assert time.monotonic() - started < 10
        assert not up.lives()
        assert not up.postgres.running()
        assert not up.valkey.answers()
        for pid in servers + children:
            assert not is_running(pid, name="", folder=Path("/")), pid
        assert up.said().endswith("Stopped.\n")
        up.start()
        up.wait_ready()
        assert up.lives()
        assert up.setup_token() == token


@pytest.mark.parametrize("part", ["web.serve", "workers.main", "postgres", "valkey"])
def test_a_part_that_is_killed_comes_back_by_itself(reachable_path: Path, part: str) -> None:
    with Up(reachable_path / "data") as up:

        def pid() -> int:
            if part == "postgres":
                return up.postgres.pid if up.postgres.running() else 0
            if part == "valkey":
                return up.valkey.pid if up.valkey.answers() else 0
            return up.child(part)

        first = eventually(pid)
        os.kill(first, signal.SIGKILL)
        eventually(lambda: pid() not in {0, first}, 60)
        eventually(up.lives, 60)


def test_the_next_start_recovers_from_a_supervisor_that_was_killed(reachable_path: Path) -> None:
    with Up(reachable_path / "data") as up:
        postgres = up.postgres.pid
        up.process.kill()
        up.process.wait()
        up.start()
        up.wait_ready()
        assert up.lives()
        assert up.postgres.pid == postgres


def test_the_next_start_recovers_from_a_power_cut(reachable_path: Path) -> None:
    with Up(reachable_path / "data") as up:
        up.kill_everything()
        up.start()
        up.wait_ready()
        assert up.lives()


def test_a_second_up_on_the_same_folder_or_port_changes_nothing(reachable_path: Path) -> None:
    data = reachable_path / "data"
    with Up(data) as up:
        said = refused("--data", str(data), "--bind", f"127.0.0.1:{free_port()}")
        assert f"already runs on {data} (process {up.process.pid}, at 127.0.0.1:{up.port})" in said
        said = refused("--data", str(reachable_path / "other"), "--bind", f"127.0.0.1:{up.port}")
        assert f"Port {up.port} at 127.0.0.1 is taken" in said
        assert not (reachable_path / "other" / "embedded").exists()
        assert up.lives()


def test_a_folder_of_a_newer_release_is_left_alone(reachable_path: Path) -> None:
    data = str(reachable_path / "data")
    with Up(reachable_path / "data") as up:
        change = "import asyncio, sys, asyncpg\n"
        change += "async def main():\n    c = await asyncpg.connect(sys.argv[1])\n"
        change += '    await c.execute("INSERT INTO migration (name, app_name, ran_on) "'
        change += "\"VALUES ('2999-01-01T00:00:00:000000', 'scene_sense', now())\")\n    await c.close()\n"
        change += "asyncio.run(main())"
        outputs([run_python("-c", change, up.postgres.url)])
        up.stop()
        assert "made by a newer release" in refused("--data", data, "--bind", f"127.0.0.1:{up.port}")
        assert not up.postgres.running()


def test_configured_servers_that_are_absent_are_one_line(reachable_path: Path) -> None:
    data = reachable_path / "data"
    environment = os.environ | {
        "DATABASE_URL": "postgresql://me@127.0.0.1:9/x",
        "REDIS_URL": "redis://127.0.0.1:9",
    }
    done = subprocess.run(
        [str(Path(sys.executable).parent / "scene-sense"), "up", "--data", str(data)],
        capture_output=True,
        text=True,
        check=False,
        env=environment | {"BIND": f"127.0.0.1:{free_port()}"},
    )
    assert done.returncode == 1
    assert done.stderr.startswith("scene-sense: No PostgreSQL answers at 127.0.0.1:9")
    assert done.stderr.count("\n") == 1
    assert not (data / "embedded").exists()


def test_a_child_that_cannot_start_ends_everything_with_its_reason(reachable_path: Path) -> None:
    up = Up(reachable_path / "data", CLIP_MODEL="no-such-model")
    up.start()
    assert up.process.wait(60) == 1
    assert "ended with code 1 while starting" in up.said()
    assert not up.postgres.running()


def test_the_schema_and_the_volume_can_be_asked_about(reachable_path: Path) -> None:
    data = str(reachable_path / "data")
    assert "start it with `scene-sense up`" in verb("--data", data, "db", "check").stderr
    with Up(reachable_path / "data"):
        assert verb("--data", data, "db", "check").stdout.startswith("The schema is current")
        assert verb("--data", data, "db", "upgrade", "--json").stdout.split() == [
            "{",
            '"applied":',
            "[]",
            "}",
        ]
        assert "online" in verb("--data", data, "storage", "status").stdout
        again = verb("--data", data, "storage", "init")
        assert again.returncode == 1
        assert "already has its volume" in again.stderr


def test_it_goes_on_without_a_reader_and_ends_when_its_terminal_is_closed(reachable_path: Path) -> None:
    up = Up(reachable_path / "data")
    command = [str(Path(sys.executable).parent / "scene-sense"), "up", "--data", str(up.data)]
    process = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{up.port}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(b"Ctrl-C stops"):
                break
        process.stdout.close()
        assert up.lives()
        process.send_signal(signal.SIGHUP)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    assert not up.lives()
    assert not up.postgres.running()
