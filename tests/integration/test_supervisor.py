"""The supervisor keeps its children running, ends them in time, and leaves none behind, however it ends itself."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.embedded import supervisor
from appliance.embedded.supervisor import Child, Supervisor, end_left_behind
from appliance.errors import DatabaseUnavailable
from tests.support.processes import run_python
from tests.support.waiting import eventually, eventually_async

#: Says where it is, starts a child of its own, and waits.
SLEEPER = """
import os, signal, subprocess, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
{first}
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
(folder / "pids.part").write_text(f"{{os.getpid()}} {{child.pid}}")
(folder / "pids.part").rename(folder / "pids")
print("hello from", os.getpid(), flush=True)
time.sleep(600)
"""

STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"

SUPERVISE = """
import asyncio, os, sys
from pathlib import Path
from appliance.embedded.supervisor import Child, Supervisor
async def main():
    kept = Supervisor([Child("kept", sys.argv[2:])], environment=os.environ, notes=Path(sys.argv[1]))
    await kept.start()
    await asyncio.sleep(600)
asyncio.run(main())
"""


def command(folder: Path, first: str = "") -> list[str]:
    return [sys.executable, "-c", SLEEPER.format(first=first), str(folder)]


def pids(folder: Path) -> list[int]:
    """The child's id and its own child's, once both run."""

    def read() -> list[int]:
        try:
            return [int(text) for text in (folder / "pids").read_text().split()]
        except OSError:
            return []

    return eventually(read)


def lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return ") Z" not in stat


@asynccontextmanager
async def supervised(folder: Path, *children: Child) -> AsyncIterator[Supervisor]:
    kept = Supervisor(children, environment=os.environ, notes=folder / "notes")
    await kept.start()
    try:
        yield kept
    finally:
        await kept.stop()


async def until(condition: Callable[[], bool]) -> None:
    async def ask() -> bool:
        return condition()

    await eventually_async(ask)


async def test_a_child_that_is_killed_is_started_again_without_what_it_left(tmp_path: Path) -> None:
    async with supervised(tmp_path, Child("kept", command(tmp_path))):
        await until((tmp_path / "pids").exists)
        first = pids(tmp_path)
        (tmp_path / "pids").unlink()
        os.kill(first[0], signal.SIGKILL)
        await until((tmp_path / "pids").exists)
        assert pids(tmp_path)[0] != first[0]
        assert not lives(first[1])
    # The kernel takes a moment over a grandchild, whom nobody here can wait for.
    await until(lambda: not any(lives(pid) for pid in pids(tmp_path)))


async def test_its_lines_are_passed_on_with_its_name(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with supervised(tmp_path, Child("kept", command(tmp_path))):
        await until((tmp_path / "pids").exists)
    assert f"kept   hello from {pids(tmp_path)[0]}\n" in capfd.readouterr().err


async def test_a_child_that_ends_with_an_error_at_its_first_start_is_a_failure(tmp_path: Path) -> None:
    child = Child("broken", [sys.executable, "-c", "raise SystemExit(3)"])
    async with supervised(tmp_path, child) as kept:
        assert await asyncio.wait_for(kept.failure(), 10) == "broken ended with code 3 while starting"


async def test_a_child_that_will_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "CHILD_SECONDS", 0.3)
    async with supervised(tmp_path, Child("stubborn", command(tmp_path, STUBBORN))):
        await until((tmp_path / "pids").exists)
    # The kernel takes a moment over a grandchild, whom nobody here can wait for.
    await until(lambda: not any(lives(pid) for pid in pids(tmp_path)))
    assert not (tmp_path / "notes").exists()


async def test_a_server_that_is_gone_is_started_again_also_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "_SERVER_SECONDS", 0.01)
    monkeypatch.setattr(supervisor, "_PAUSES", (0.01, 0.02))

    class Server:
        """Gone at first; its first start fails."""

        starts = 0

        def start(self) -> str:
            self.starts += 1
            if self.starts == 1:
                raise DatabaseUnavailable
            return ""

    server = Server()
    async with supervised(tmp_path) as kept:
        kept.keep_server(server, lambda: server.starts < 2, "PostgreSQL")
        await until(lambda: server.starts == 2)


def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    starter = run_python("-c", SUPERVISE, str(tmp_path / "notes"), *command(tmp_path))
    child, _ = pids(tmp_path)
    starter.kill()
    starter.communicate()
    eventually(lambda: not lives(child))
    os.kill(pids(tmp_path)[1], signal.SIGKILL)


def test_the_next_start_ends_what_would_not_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "CHILD_SECONDS", 0.3)
    starter = run_python("-c", SUPERVISE, str(tmp_path / "notes"), *command(tmp_path, STUBBORN))
    left = pids(tmp_path)
    starter.kill()
    starter.communicate()
    assert lives(left[0])
    end_left_behind(tmp_path / "notes")
    eventually(lambda: not any(lives(pid) for pid in left))


def test_a_stranger_with_the_number_of_a_child_is_left_alone(tmp_path: Path) -> None:
    stranger = run_python("-c", "import time; time.sleep(600)")
    notes = tmp_path / "notes"
    notes.write_text(json.dumps({"web": {"pid": stranger.pid, "arguments": ["python", "-m", "web.serve"]}}))
    try:
        end_left_behind(notes)
        assert stranger.poll() is None
        assert not notes.exists()
    finally:
        stranger.kill()
        stranger.communicate()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"web": 1}', "\0"])
def test_notes_that_make_no_sense_are_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / "notes").write_text(text)
    end_left_behind(tmp_path / "notes")
