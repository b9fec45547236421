"""The encoder server's own process: it says when it can't serve, serves, and ends with what it has begun."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.encoders import free_port
from tests.support.waiting import eventually_async

KEY = "0123456789abcdef0123"


@contextmanager
def process(data: Path, *options: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    running = subprocess.Popen(
        [sys.executable, "-P", "-m", "workers.encoder_server", *options],
        env=environment | {"DATA_PATH": str(data)} | settings,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ENCODER_BIND": "0.0.0.0:0"}, "there is no ENCODER_KEY"),
        ({"ENCODER_BIND": "nas.local:8030"}, "there is no ENCODER_KEY"),
        ({"ENCODER_BIND": "[::]:8030"}, "there is no ENCODER_KEY"),
        ({"ENCODER_BIND": "fd://0"}, "there is no ENCODER_KEY"),
        ({"ENCODER_KEY": "short"}, "ENCODER_KEY must have at least 16 bytes"),
        ({"ENCODER_BIND": "127.0.0.1:99999"}, "port"),
        ({"CLIP_MODEL": "absent"}, "There is no model folder"),
        ({"ENCODER_BIND": "unix:/proc/nowhere"}, "Can't listen on unix:/proc/nowhere"),
    ],
)
def test_it_does_not_start_where_it_should_not(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    with process(tmp_path, **({"ENCODER_BIND": f"127.0.0.1:{free_port()}"} | settings)) as running:
        _, errors = running.communicate(timeout=60)
    assert running.returncode == 1
    assert said in errors
    assert "Traceback" not in errors
    assert errors.startswith("scene-sense-encoder: ")
    assert KEY not in errors


async def test_it_serves_until_it_is_stopped_and_then_finishes_what_it_has_begun(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with process(tmp_path, "--bind", url.removeprefix("http://"), ENCODER_KEY=KEY) as running:
        headers = {"X-API-Key": KEY}
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=60) as client:

            async def answers() -> bool:
                try:
                    return (await client.get("/ping")).text == "pong"
                except httpx.TransportError:
                    return False

            await eventually_async(answers, deadline_seconds=60)
            work = asyncio.create_task(client.post("/v1/images", content=bytes(16 * 260 * 260 * 3)))

            async def begun() -> bool:
                return '_inside{kind="picture"} 1.0' in (await client.get("/metrics")).text

            await eventually_async(begun)
            running.send_signal(signal.SIGTERM)
            answer = await work
            assert (answer.status_code, len(answer.content)) == (200, 16 * 384 * 4)
        assert await asyncio.to_thread(running.wait, 30) == 0
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_unix_socket_needs_no_key(tmp_path: Path) -> None:
    path = tmp_path / "encoder.sock"
    with process(tmp_path / "data", ENCODER_BIND=f"unix:{path}") as running:
        transport = httpx.HTTPTransport(uds=str(path), retries=0)
        with httpx.Client(base_url="http://encoder", transport=transport, timeout=60) as client:
            while not path.exists():
                assert running.poll() is None
            assert client.get("/ping").text == "pong"
        assert path.stat().st_mode & 0o007 == 0


def test_a_socket_of_systemds_is_local_only_where_it_is(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104
        taken.listen()
        os.set_inheritable(taken.fileno(), True)
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "workers.encoder_server", "--bind", f"fd://{taken.fileno()}"],
            env={"PATH": os.environ["PATH"], "DATA_PATH": str(tmp_path)},
            stderr=subprocess.PIPE,
            text=True,
            close_fds=False,
        ) as running:
            _, errors = running.communicate(timeout=60)
    assert (running.returncode, "there is no ENCODER_KEY" in errors) == (1, True)
