"""The embedded Valkey: one server whoever starts it, messages that survive its death."""

import os
import shutil
import signal
import stat
from pathlib import Path

import pytest
import redis

from appliance.embedded.valkey import Valkey
from tests.support.processes import outputs, run_python, zombie
from tests.support.waiting import eventually

START = "import sys; from pathlib import Path; from appliance.embedded.valkey import Valkey; "
START += "server = Valkey(Path(sys.argv[1])); print(server.start(), server.pid)"


@pytest.fixture
def home(reachable_path: Path) -> Path:
    return reachable_path / "valkey"


def put(url: str, value: str) -> list[str]:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        client.rpush("kept", value)
        kept = client.lrange("kept", 0, -1)
        assert isinstance(kept, list)
        return kept


def test_three_starters_at_once_make_one_server(home: Path) -> None:
    said = outputs([run_python("-c", START, str(home)) for _ in range(3)])
    assert len(set(said)) == 1


def test_messages_survive_a_stop_and_a_kill(home: Path) -> None:
    server = Valkey(home)
    put(server.start(), "one")
    server.stop()
    assert not server.answers()
    put(server.start(), "two")
    os.kill(server.pid, signal.SIGKILL)
    eventually(lambda: not server.answers())
    assert put(Valkey(home).start(), "three") == ["one", "two", "three"]


@pytest.mark.parametrize("holder", ["zombie", "stranger"])
def test_a_pid_file_that_proves_nothing_does_not_stop_a_start(
    home: Path, reachable_path: Path, holder: str
) -> None:
    server = Valkey(home)
    server.start()
    server.stop()
    with zombie("valkey-server", reachable_path / "programs") as dead:
        pid_file = server.data / "valkey.pid"
        pid_file.write_text(str(dead if holder == "zombie" else os.getpid()))
        owner = server.data.stat()
        os.chown(pid_file, owner.st_uid, owner.st_gid)
        assert put(server.start(), "one") == ["one"]


def test_a_server_that_could_not_write_its_pid_down_is_stopped_all_the_same(home: Path) -> None:
    server = Valkey(home)
    server.start()
    pid = server.pid
    (server.data / "valkey.pid").unlink()
    assert server.pid == pid
    server.stop()
    assert not server.answers()


def test_it_evicts_nothing_and_listens_to_no_network(home: Path) -> None:
    with redis.Redis.from_url(Valkey(home).start(), decode_responses=True) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("port") == {"port": "0"}


def test_only_its_user_can_enter(home: Path) -> None:
    server = Valkey(home)
    server.start()
    for folder in (server.data, server.socket.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid != 0
    assert Path(f"/proc/{server.pid}").stat().st_uid != 0


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(reachable_path: Path) -> None:
    server = Valkey(reachable_path / ("x" * 100))
    try:
        assert put(server.start(), "one") == ["one"]
        assert server.socket.parent.parent == Path("/tmp")
    finally:
        server.stop()
        shutil.rmtree(server.socket.parent, ignore_errors=True)
