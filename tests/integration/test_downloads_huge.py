"""Archives that are larger than old ones can be: their exact length, and an end as soon as nobody wants the rest."""

import hashlib
import json
import os
import re
import socket
import struct
import zipfile
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from appliance.db.engine import open_database
from appliance.library import downloads as library
from appliance.records.accounts import Role, Scope, Viewer
from tests.support.remote import Script, make_key
from tests.support.rows import add_asset
from tests.support.services import in_thread
from tests.support.waiting import eventually
from tests.support.web import Web
from tests.support.web_process import WebProcess

GIB = 2**30
MIB = 2**20


async def fill(url: str, storage: Path, *, number: int, size: int) -> list[str]:
    """So many assets of the one account, each of so many bytes; all are one file, which takes no space."""
    async with open_database(url, pool_size=1) as db:
        (owner,) = await db.fetch("SELECT id FROM account")
        assets = [
            await add_asset(db, owner["id"], sha256=hashlib.sha256(uuid4().bytes).digest())
            for _ in range(number)
        ]
        await db.fetch("UPDATE asset SET bytes = {}", size)
    first = storage / str(assets[0]) / "a.jpg"
    for asset in assets:
        (storage / str(asset)).mkdir()
        if asset == assets[0]:
            first.touch()
            os.truncate(first, size)
        else:
            os.link(first, storage / str(asset) / "a.jpg")
    return [str(asset) for asset in assets]


def begun(server: WebProcess, path: str, headers: dict[str, str]) -> tuple[socket.socket, bytes]:
    """A connection on which a whole archive is on its way, and the head of the answer."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{k}: {v}" for k, v in headers.items())]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection, connection.recv(65536)


def take(connection: socket.socket, size: int) -> None:
    """Read so many bytes and forget them."""
    while size > 0:
        got = len(connection.recv(MIB))
        assert got, "the connection ended"
        size -= got


def held(server: WebProcess) -> list[str]:
    """The originals that the process has open."""
    found = []
    for link in Path(f"/proc/{server.pid}/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except FileNotFoundError:
            continue
    return [path for path in found if path.endswith("a.jpg")]


def resident_bytes(server: WebProcess) -> int:
    """The memory of the process."""
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{server.pid}/status").read_text())
    return int(kilobytes) * 1024


def read_bytes(server: WebProcess) -> int:
    """What the process has read so far, from wherever."""
    (number,) = re.findall(r"rchar: (\d+)", Path(f"/proc/{server.pid}/io").read_text())
    return int(number)


@pytest.mark.parametrize("politely", [True, False])
def test_whoever_hangs_up_in_a_hundred_gigabytes_ends_the_work_at_once(
    server: WebProcess, politely: bool
) -> None:
    with Script(server.url, make_key(server.url, server.setup_token())) as script:
        ids = in_thread(lambda: fill(server.database_url, server.storage, number=20, size=5 * GIB))
        with httpx.Client(base_url=server.url, headers=script.headers, trust_env=False) as client:
            chosen = client.post("/api/downloads", json={"ids": ids}).json()
            assert chosen["bytes"] == 100 * GIB
            head = client.head(chosen["url"])
        assert int(head.headers["content-length"]) > 100 * GIB

        connection, answer = begun(server, chosen["url"], script.headers)
        assert answer.startswith(b"HTTP/1.1 200")
        take(connection, 10 * MIB)
        memory, read = resident_bytes(server), read_bytes(server)
        take(connection, 150 * MIB)
        assert len(held(server)) == 1
        if not politely:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        eventually(lambda: not held(server), 5)
        # No more than what was on its way.
        assert read_bytes(server) - read < 180 * MIB
        assert resident_bytes(server) - memory < 32 * MIB
        assert script.get("/api/health/live").is_success


async def test_what_is_larger_than_four_gigabytes_has_its_exact_length_and_is_an_archive(
    web: Web, anna: httpx.AsyncClient, tmp_path: Path
) -> None:
    number, size = 17, 256 * MIB + 1
    assert web.settings.database_url is not None
    ids = await fill(
        web.settings.database_url.get_secret_value(), web.settings.storage_path, number=number, size=size
    )
    chosen = (await anna.post("/api/downloads", json={"ids": ids})).json()
    head = await anna.head(chosen["url"])
    assert head.headers["accept-ranges"] == "none"

    (row,) = await web.db.fetch("SELECT id, name FROM account")
    viewer = Viewer(user_id=row["id"], name=row["name"], role=Role.ADMIN, scopes=frozenset(Scope))
    _, archive = await library.open_archive(
        web.db, viewer, UUID(chosen["id"]), store=web.context.appliance.store
    )
    assert archive.size == int(head.headers["content-length"]) > 4 * GIB
    target, at, zeros = tmp_path / "a.zip", 0, bytes(library.CHUNK_BYTES)
    with target.open("wb") as file:
        async for piece in archive.chunks():
            at += len(piece)
            if piece != zeros:
                file.seek(at - len(piece))
                file.write(piece)
    assert target.stat().st_size == at == archive.size
    with zipfile.ZipFile(target) as found:
        *pictures, metadata = found.infolist()
        assert [each.file_size for each in pictures] == [size] * number
        assert metadata.header_offset > 4 * GIB
        told = json.loads(found.read(metadata))
    assert [each["file"] for each in told["assets"]] == [each.filename for each in pictures]


async def test_a_part_of_an_archive_is_answered_with_all_of_it(web: Web, anna: httpx.AsyncClient) -> None:
    assert web.settings.database_url is not None
    ids = await fill(
        web.settings.database_url.get_secret_value(), web.settings.storage_path, number=1, size=1000
    )
    chosen = (await anna.post("/api/downloads", json={"ids": ids})).json()
    for asked in ("bytes=500-", "bytes=0-0", "bytes=-5", "bytes=99999999-"):
        answer = await anna.get(chosen["url"], headers={"Range": asked, "If-Range": '"x"'})
        assert (answer.status_code, answer.headers["accept-ranges"]) == (200, "none")
        assert "content-range" not in answer.headers
        assert len(answer.content) == int(answer.headers["content-length"]) > 1000
