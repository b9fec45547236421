"""Other people's tus clients and the command line, on a real web process, through a network that cuts them off."""

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import httpx
import numpy as np
import pytest
from PIL import Image
from tusclient.client import TusClient

from appliance.cli.resuming import PIECE_BYTES
from appliance.media.volume import IDENTITY_FILE
from scripts.build_ui import BuildError, find_node
from scripts.providers import TUS_PACKAGE
from tests.support.cutting import Network, network
from tests.support.home import picture
from tests.support.remote import Script, make_key
from tests.support.services import in_thread, unavailable
from tests.support.waiting import eventually
from tests.support.web_process import WebProcess

FILES = 50

#: Bytes of a piece: some files are one, some are several.
CHUNK = 20_000


@pytest.fixture
def key(server: WebProcess) -> str:
    return make_key(server.url, server.setup_token())


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Photos of 15 to 45 kB."""
    paths = [tmp_path / f"{number:02}.jpg" for number in range(FILES)]
    for number, path in enumerate(paths):
        path.write_bytes(picture(number, width=640 + 10 * number, height=480))
    return paths


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """A picture that is large enough to be sent in pieces."""
    pixels = np.random.default_rng(1).integers(0, 256, (2100, 2800, 3), dtype=np.uint8)
    path = tmp_path / "noise.png"
    Image.fromarray(pixels).save(path, compress_level=0)
    assert path.stat().st_size > PIECE_BYTES
    return path


def counts(server: WebProcess) -> dict[str, int]:
    """Rows that an upload leaves or must not leave."""

    async def counted() -> dict[str, int]:
        connection = await asyncpg.connect(server.database_url)
        try:
            return {
                "assets": await connection.fetchval("SELECT count(*) FROM asset"),
                "unfinished": await connection.fetchval(
                    "SELECT count(*) FROM transfer WHERE finished_at IS NULL"
                ),
                "uploads": await connection.fetchval("SELECT count(*) FROM upload"),
                "rejected": await connection.fetchval("SELECT count(*) FROM rejected"),
            }
        finally:
            await connection.close()

    return in_thread(counted)


def on_volume(server: WebProcess) -> dict[str, str]:
    """The hash of each file on the volume, whatever it is, by its path."""
    root = server.storage
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and path.name != IDENTITY_FILE
    }


class Client(Protocol):
    """Uploads all files through the network; gives the id of the asset for each path."""

    def __call__(self, line: Network, key: str, files: list[Path]) -> dict[str, str]: ...


def with_tuspy(line: Network, key: str, files: list[Path]) -> dict[str, str]:
    client = TusClient(f"{line.url}/api/uploads", headers={"Authorization": f"Bearer {key}"})

    def send(path: Path) -> str:
        # The request that begins an upload is not tried again by this client itself.
        uploader: Any = client.uploader(
            file_stream=io.BytesIO(path.read_bytes()),
            chunk_size=CHUNK,
            retries=100,
            retry_delay=0.1,
            metadata={"filename": path.name},
            upload_checksum=True,
        )
        uploader.set_url(eventually(lambda: _quietly(uploader.create_url), 30))
        while uploader.offset < path.stat().st_size:
            uploader.upload_chunk()
        return str(uploader.request.response_headers["upload-asset"])

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(map(str, files), pool.map(send, files), strict=True))


def _quietly(create: Any) -> str:
    try:
        return str(create())
    except Exception:
        return ""


def with_tus_js_client(line: Network, key: str, files: list[Path]) -> dict[str, str]:
    asked = {
        "endpoint": f"{line.url}/api/uploads",
        "key": key,
        "chunk": CHUNK,
        "files": [str(path) for path in files],
        "spoil": 20,
    }
    try:
        node = find_node()
    except BuildError as error:
        unavailable(str(error))
    done = subprocess.run(
        [str(node.node), "upload.mjs"],
        cwd=TUS_PACKAGE,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert any(460 in result["statuses"] for result in results)
    return {result["path"]: result["asset"] for result in results}


@pytest.mark.parametrize("client", [with_tuspy, with_tus_js_client])
def test_fifty_files_come_through_cuts_a_restart_and_a_wrong_checksum(
    server: WebProcess, key: str, files: list[Path], client: Client
) -> None:
    if client is with_tus_js_client and not (TUS_PACKAGE / "node_modules").exists():
        unavailable("npm tus-js-client is not installed")
    with network(server.port) as line, Script(server.url, key) as script:
        line.cuts = [5_000, 12_000, 18_000, 3_000, 9_000]
        line.spoils = [7_000] if client is with_tuspy else []

        def restart() -> None:
            eventually(lambda: counts(server)["assets"] >= FILES // 3, 60)
            server.end()
            server.start()

        with ThreadPoolExecutor(1) as pool:
            restarting = pool.submit(restart)
            assets = client(line, key, files)
            restarting.result()
        assert (line.cuts, line.spoils) == ([], [])
        sums = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        assert {path: script.get_json(f"/api/assets/{assets[path]}")["sha256"] for path in sums} == sums
    assert on_volume(server) == {f"{assets[str(path)]}/{path.name}": sums[str(path)] for path in files}
    assert counts(server) == {"assets": FILES, "unfinished": 0, "uploads": 0, "rejected": 0}


def importing(url: str, key: str, path: Path) -> subprocess.Popen[str]:
    """The command line on its way."""
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "scene-sense"), "import", "--json", "--server", url, str(path)],
        env={"PATH": os.environ["PATH"], "SCENE_SENSE_KEY": key},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_an_import_goes_on_where_it_was_cut_off_also_when_it_is_run_again(
    server: WebProcess, key: str, noise: Path
) -> None:
    size = noise.stat().st_size
    with network(server.port) as line:
        line.cuts = [size // 3]
        with importing(line.url, key, noise) as killed:
            eventually(lambda: not line.cuts, 30)
            killed.kill()
        line.cuts = [size // 8]
        with importing(line.url, key, noise) as again:
            said, _ = again.communicate(timeout=60)
        assert json.loads(said.splitlines()[0])["status"] == "stored", said
        assert line.cuts == []
        # What had arrived was not sent again; what was under way, and in buffers, was.
        assert line.sent < 1.2 * size
    assert set(on_volume(server).values()) == {hashlib.sha256(noise.read_bytes()).hexdigest()}
    assert counts(server) == {"assets": 1, "unfinished": 0, "uploads": 0, "rejected": 0}


VERSION = {"Tus-Resumable": "1.0.0"}


def test_whatever_moment_the_process_is_killed_at_nothing_acknowledged_is_lost(
    server: WebProcess, key: str, noise: Path
) -> None:
    data = noise.read_bytes()
    headers = {**VERSION, "Authorization": f"Bearer {key}"}
    piece = {**headers, "Content-Type": "application/offset+octet-stream"}
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client:
        begun = client.post("/api/uploads", headers={**headers, "Upload-Length": str(len(data))})
        url = begun.headers["location"]
        acknowledged, kills = 0, 0
        while acknowledged < len(data):
            end = min(len(data), acknowledged + 2_000_000)
            dying = kills < 3 and acknowledged > kills * len(data) // 4

            def body(start: int = acknowledged, end: int = end, dying: bool = dying) -> Iterator[bytes]:
                middle = (start + end) // 2
                yield data[start:middle]
                if dying:
                    server.end(signal.SIGKILL)
                yield data[middle:end]

            try:
                sent = client.patch(
                    url,
                    content=body(),
                    headers={
                        **piece,
                        "Upload-Offset": str(acknowledged),
                        "Content-Length": str(end - acknowledged),
                    },
                )
            except httpx.TransportError:
                kills += 1
                server.start()
            else:
                assert sent.status_code == 204, sent.text
                acknowledged = int(sent.headers["upload-offset"])
            looked = client.head(url, headers=headers)
            assert int(looked.headers["upload-offset"]) >= acknowledged
            acknowledged = int(looked.headers["upload-offset"])
        assert kills == 3
        assert looked.headers["upload-result"] == "stored"
    assert set(on_volume(server).values()) == {hashlib.sha256(data).hexdigest()}
    assert counts(server) == {"assets": 1, "unfinished": 0, "uploads": 0, "rejected": 0}
