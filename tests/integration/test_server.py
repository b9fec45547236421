"""The web process itself: started, asked over a socket, stopped, and without its database for a while."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support import services
from tests.support.waiting import eventually
from tests.support.web import PASSWORD


@contextmanager
def server(data: Path, database_url: str, bind: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "web.serve"],
        env=environment
        | {
            "DATABASE_URL": database_url,
            "REDIS_URL": "redis://127.0.0.1:1",
            "DATA_PATH": str(data),
            "BIND": bind,
            "CLIP_MODEL": "not-there",
        }
        | settings,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_live(client: httpx.Client, unix_path: Path | None = None) -> None:
    address: tuple[str, int] | str = str(unix_path or "")
    if unix_path is None:
        address = (client.base_url.host, client.base_url.port or 80)

    def listens() -> bool:
        with socket.socket(socket.AF_UNIX if unix_path else socket.AF_INET) as probe:
            try:
                probe.connect(address)
            except OSError:
                return False
            return True

    eventually(listens, deadline_seconds=60)
    assert client.get("/api/health/live").is_success


def test_it_serves_on_tcp_and_stops_at_once(tmp_path: Path, database_url: str) -> None:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with (
        server(tmp_path, database_url, f"127.0.0.1:{port}") as process,
        httpx.Client(base_url=origin, headers={"Origin": origin}) as browser,
    ):
        until_live(browser)
        token = (tmp_path / "secrets" / "setup-token").read_text().strip()
        made = browser.post(
            "/api/auth/setup", json={"token": token, "username": "anna", "password": PASSWORD}
        )
        assert made.status_code == 201
        assert browser.get("/api/me").json()["name"] == "anna"
        assert "server" not in made.headers
        large = browser.post(
            "/api/auth/login", content=b" " * 2_000_000, headers={"Content-Type": "application/json"}
        )
        assert large.status_code == 413

        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=10)
        assert (process.returncode, time.monotonic() - began < 5) == (0, True)
        assert "Traceback" not in said
        # The link to the first account is in the log on purpose, once; it has been used.
        assert said.count(token) == 1 and f"setup#token={token}" in said
        assert PASSWORD not in said


def test_a_connection_in_use_does_not_hold_up_the_stop(tmp_path: Path, database_url: str) -> None:
    port = free_port()
    with server(tmp_path, database_url, f"127.0.0.1:{port}") as process:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            until_live(client)
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.sendall(
                b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
            )
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=15)
        assert process.returncode == 0


def test_a_refusal_in_the_middle_of_a_body_is_heard_and_leaves_nothing_behind(
    tmp_path: Path, database_url: str
) -> None:
    port = free_port()
    head = (
        b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nContent-Length: 50000000\r\n\r\n"
    )
    with server(tmp_path, database_url, f"127.0.0.1:{port}") as process:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            until_live(client)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as sender:
            sender.sendall(head)
            for _ in range(50):
                # All of it can be sent, although it was refused after the first of these.
                sender.sendall(b" " * 1_000_000)
            answer = sender.recv(65536)
            assert answer.startswith(b"HTTP/1.1 413")
            # The connection is good for another request.
            sender.sendall(b"GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200" in sender.recv(65536).split(b"\r\n")[0]
        with socket.create_connection(("127.0.0.1", port), timeout=10) as hanging_up:
            hanging_up.sendall(head + b" " * 2_000_000)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=15)
        assert process.returncode == 0
        assert "Traceback" not in said and "ERROR" not in said


def test_junk_that_is_not_http_is_answered_or_dropped_and_the_next_is_served(
    tmp_path: Path, database_url: str
) -> None:
    port = free_port()
    with (
        server(tmp_path, database_url, f"127.0.0.1:{port}"),
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        until_live(client)
        for junk in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
                raw.sendall(junk)
                raw.shutdown(socket.SHUT_WR)
                answer = b""
                try:
                    while piece := raw.recv(65536):
                        answer += piece
                except ConnectionResetError:
                    pass
            assert answer == b"" or int(answer.split()[1]) >= 400
        assert client.get("/api/health/live").is_success


def test_it_serves_on_a_unix_socket_where_the_proxy_is_believed(tmp_path: Path, database_url: str) -> None:
    path = tmp_path / "web.sock"
    with (
        server(tmp_path / "data", database_url, f"unix:{path}", TRUSTED_PROXIES="unix"),
        httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://localhost") as client,
    ):
        until_live(client, path)
        assert client.get("/api/auth/state").json()["setup_needed"] is True
        assert path.stat().st_mode & 0o007 == 0
        forwarded = client.get("/api/auth/state", headers={"X-Forwarded-Host": "evil.example"})
        assert forwarded.status_code == 400


def test_it_serves_on_a_socket_that_was_handed_to_it(tmp_path: Path, database_url: str) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        code = (
            "import os,sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True);"
            "os.execv(sys.executable, [sys.executable, '-P', '-m', 'web.serve', '--bind', 'fd://3'])"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(listening.fileno())],
            pass_fds=[listening.fileno()],
            env={
                "PATH": os.environ["PATH"],
                "DATABASE_URL": database_url,
                "REDIS_URL": "redis://127.0.0.1:1",
                "DATA_PATH": str(tmp_path),
                "CLIP_MODEL": "not-there",
            },
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                until_live(client)
        finally:
            process.terminate()
            assert process.wait(timeout=10) == 0


def test_a_taken_address_is_one_line(tmp_path: Path, database_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        with server(tmp_path, database_url, bind) as process:
            _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert bind in said and "in use" in said


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("BIND", "nonsense", "ADDRESS:PORT"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "127.0.0.1"),
        ("JWT_SECRET", "short", "32 bytes"),
    ],
)
def test_what_keeps_it_from_starting_is_one_line(
    tmp_path: Path, database_url: str, setting: str, value: str, says: str
) -> None:
    with server(tmp_path, database_url, f"127.0.0.1:{free_port()}", **{setting: value}) as process:
        _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said.count("\n") == 1
    assert says in said


def test_without_its_database_it_says_so_and_recovers_by_itself(reachable_path: Path) -> None:
    cluster = services.start_cluster(reachable_path)
    port = free_port()
    with (
        server(reachable_path / "data", cluster.clone(), f"127.0.0.1:{port}"),
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        until_live(client)
        assert client.get("/api/auth/state").is_success

        cluster.server.stop()
        gone = client.get("/api/auth/state")
        assert (gone.status_code, gone.json()["code"]) == (503, "database_unavailable")
        assert int(gone.headers["retry-after"]) > 0
        ready = client.get("/api/health/ready")
        assert (ready.status_code, ready.json()["ready"]) == (503, False)
        assert "database" in ready.json()["missing"]
        assert client.get("/api/health/live").is_success

        cluster.server.start()
        eventually(lambda: client.get("/api/auth/state").is_success)
        assert client.get("/api/health/ready").is_success
