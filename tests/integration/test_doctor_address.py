"""What the doctor says of the address: whether it is free before a start, and whether people reach it."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.library.checks.units import SOCKET
from tests.support.cli import listening
from tests.support.examined import examined, new_installation
from tests.support.systemctl import healthy, put_in_place
from tests.support.up import free_port
from tests.support.web import Web


@pytest.fixture
def environment(tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return new_installation(tmp_path, database_url, redis_url)


@contextmanager
def listener(family: socket.AddressFamily, address: str | tuple[str, int]) -> Iterator[socket.socket]:
    """Another program that listens there, hangs up on whoever connects."""
    with socket.socket(family, socket.SOCK_STREAM) as taken:
        taken.bind(address)
        taken.listen()

        def hang_up() -> None:
            while True:
                try:
                    taken.accept()[0].close()
                except OSError:
                    return

        thread = threading.Thread(target=hang_up)
        thread.start()
        try:
            yield taken
        finally:
            taken.shutdown(socket.SHUT_RDWR)
            thread.join()


async def test_a_free_address_before_the_start(environment: dict[str, str]) -> None:
    found = await examined(environment | {"BIND": f"127.0.0.1:{free_port()}"}, "--before-start")
    assert (found.code, found.level("server.address")) == (0, "ok")
    assert "server.address" not in (await examined(environment)).findings


async def test_a_port_that_another_program_has(environment: dict[str, str]) -> None:
    with listener(socket.AF_INET, ("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for host in ("127.0.0.1", "0.0.0.0"):  # noqa: S104 - only looked at
            found = await examined(environment | {"BIND": f"{host}:{port}"}, "--before-start")
            assert (found.code, found.level("server.address")) == (1, "failure")
            assert "is taken by another program" in found.text("server.address")
            assert f"ss -ltnp 'sport = :{port}'" in found.text("server.address")


async def test_a_port_that_systemd_would_take_and_another_program_has(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = healthy()
    state[SOCKET] |= {"ActiveState": "inactive", "SubState": "dead"}
    with listener(socket.AF_INET6, ("::", 0)) as other:
        port = other.getsockname()[1]
        state[SOCKET] |= {"Listen": f"[::]:{port} (Stream)"}
        put_in_place(tmp_path / "bin", monkeypatch, state)
        found = await examined(environment | {"BIND": "fd://3"}, "--before-start")
        assert f"[::]:{port} is taken by another program" in found.text("server.address")
    found = await examined(environment | {"BIND": "fd://3"}, "--before-start")
    assert (found.code, found.level("server.address")) == (0, "ok")


async def test_a_port_that_systemd_holds_for_the_server(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = healthy()
    with listener(socket.AF_INET6, ("::", 0)) as ours:
        state[SOCKET] |= {"Listen": f"[::]:{ours.getsockname()[1]} (Stream)"}
        put_in_place(tmp_path / "bin", monkeypatch, state)
        found = await examined(environment | {"BIND": "fd://3"}, "--before-start")
    assert "systemd holds [::]" in found.text("server.address")
    state[SOCKET] |= {"LoadState": "not-found"}
    put_in_place(tmp_path / "bin", monkeypatch, state)
    found = await examined(environment | {"BIND": "fd://3"}, "--before-start")
    assert (found.code, found.level("server.address")) == (0, "skipped")


async def test_an_address_that_this_machine_does_not_have(environment: dict[str, str]) -> None:
    for bind in ("192.0.2.1:8020", "no.such.name.invalid:8020"):
        found = await examined(environment | {"BIND": bind}, "--before-start")
        assert (found.code, found.level("server.address")) == (1, "failure")
        assert "an address that this machine has" in found.text("server.address")


async def test_a_unix_socket_as_address(environment: dict[str, str], reachable_path: Path) -> None:
    path = reachable_path / "web.sock"
    environment |= {"BIND": f"unix:{path}"}
    found = await examined(environment, "--before-start")
    assert found.level("server.address") == "ok"
    assert not path.exists()
    with listener(socket.AF_UNIX, str(path)):
        found = await examined(environment, "--before-start")
        assert "is taken by another program" in found.text("server.address")
    # What a server that was killed leaves is replaced by the next one.
    assert (await examined(environment, "--before-start")).level("server.address") == "ok"
    path.unlink()
    path.write_text("mine")
    assert "what is there is no socket" in (await examined(environment, "--before-start")).text(
        "server.address"
    )
    environment |= {"BIND": f"unix:{reachable_path}/nowhere/web.sock"}
    assert "there is no folder" in (await examined(environment, "--before-start")).text("server.address")


async def test_a_server_of_ours_that_runs_already_is_no_failure(
    environment: dict[str, str], home: Web
) -> None:
    async with listening(home) as url:
        found = await examined(environment | {"BIND": url.removeprefix("http://")}, "--before-start")
    assert found.level("server.address") == "warning"
    assert "answers at 127.0.0.1" in found.text("server.address")


@pytest.mark.parametrize(
    ("settings", "name", "says"),
    [
        (
            {"TRUSTED_HOSTS": "https://photos.example.org,nas"},
            "server.names",
            "has https://photos.example.org, ",
        ),
        ({"TRUSTED_HOSTS": "nas:8020,*.example.org"}, "server.names", "nas:8020, *.example.org"),
        ({"PUBLIC_URL": "https://photos.invalid"}, "server.proxy", "TRUSTED_PROXIES=127.0.0.1,::1"),
        (
            {"PUBLIC_URL": "http://nas.local:8020", "BIND": "127.0.0.1:8020"},
            "server.bind",
            "BIND=0.0.0.0:8020",
        ),
        ({"PUBLIC_URL": "http://nas.local", "BIND": "0.0.0.0:8020"}, "server.bind", "has the port 80"),
    ],
)
async def test_settings_of_the_address_that_do_not_fit_together(
    environment: dict[str, str], settings: dict[str, str], name: str, says: str
) -> None:
    found = await examined(environment | settings, "--before-start")
    assert (found.level(name), says in found.text(name)) == ("warning", True), found.said


@pytest.mark.parametrize(
    "settings",
    [
        {"TRUSTED_HOSTS": "photos.example.org,nas,192.168.1.5,xn--bcher-kva.example,_x"},
        {"PUBLIC_URL": "https://photos.invalid", "TRUSTED_PROXIES": "unix", "BIND": "unix:/tmp/x.sock"},
        {"PUBLIC_URL": "http://nas.local:8020", "BIND": "0.0.0.0:8020"},
        {"PUBLIC_URL": "http://nas.local", "BIND": "127.0.0.1:8020", "TRUSTED_PROXIES": "127.0.0.1"},
        {"PUBLIC_URL": "http://nas.local", "BIND": "fd://3"},
        {"PUBLIC_URL": "http://localhost:8020"},
    ],
)
async def test_settings_of_the_address_that_fit_together(
    environment: dict[str, str], settings: dict[str, str]
) -> None:
    found = await examined(environment | settings, "--before-start")
    assert not {"server.names", "server.proxy", "server.bind"} & set(found.findings)


async def test_the_server_is_asked_at_the_address_that_people_type(
    environment: dict[str, str], home: Web
) -> None:
    async with listening(home) as url:
        bind = url.removeprefix("http://")
        environment |= {"BIND": bind, "PUBLIC_URL": url.replace("127.0.0.1", "localhost")}
        found = await examined(environment)
        assert (found.level("server"), found.level("server.public")) == ("ok", "ok")
    found = await examined(environment)
    assert found.level("server.public") == "warning"
    assert "Nobody answers at http://localhost:" in found.text("server.public")


async def test_names_that_this_machine_does_not_know(environment: dict[str, str]) -> None:
    found = await examined(environment | {"PUBLIC_URL": "https://photos.example.invalid"})
    assert "photos.example.invalid is not known" in found.text("server.public")
    found = await examined(environment | {"PUBLIC_URL": "http://no-such-machine.local:8020"})
    assert found.level("server.public") == "skipped"


async def test_another_program_at_the_address_that_people_type(environment: dict[str, str]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n[]")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as other:
        url = f"http://localhost:{other.sockets[0].getsockname()[1]}"
        found = await examined(environment | {"PUBLIC_URL": url})
        assert "is not Scene-Sense (404)" in found.text("server.public")
