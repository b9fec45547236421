"""Large files through each door, and many of them at once."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import numpy as np

from benchmarks.support.figures import percentile, texts
from benchmarks.support.instance import photos, running
from benchmarks.support.load import memory_bytes
from benchmarks.support.tables import print_table
from tests.support.remote import Script
from tests.support.services import new_folder, remove_folder
from tests.support.up import Up

MB = 1_000_000

#: Files of each round, their size, and rounds in which all ways take turns.
FILES, FILE_BYTES, ROUNDS = 4, 50 * MB, 5

PIECE_BYTES = 16 * 1024 * 1024

#: Uploads at a time, and how large each is.
AT_ONCE, LARGE_BYTES = 50, 200 * MB

_TUS = {"Tus-Resumable": "1.0.0"}
_PIECE = {**_TUS, "Content-Type": "application/offset+octet-stream"}


def doors() -> None:
    """MB per second of each way, one file after the other."""
    folder = new_folder()
    try:
        with running() as (up, script):
            rates: dict[str, list[float]] = {}
            for number in range(ROUNDS):
                for name, way in _ways(up, script, folder).items():
                    paths = _files(folder, f"{number} {name}")
                    seconds = way(paths)
                    rates.setdefault(name, []).append(FILES * FILE_BYTES / MB / seconds)
                    for path in paths:
                        path.unlink()
        print_table(
            f"{FILES} files of {FILE_BYTES // MB} MB one after the other, {os.cpu_count()} cores,"
            f" MB/s, {ROUNDS} rounds in which all take turns",
            ["", "median", "least", "most"],
            [texts(name, percentile(of, 0.5), min(of), max(of)) for name, of in rates.items()],
        )
    finally:
        remove_folder(folder)


def _files(folder: Path, name: str) -> list[Path]:
    """Photos with noise behind their end, so that reading them costs little beside moving them; all are different."""
    rng = np.random.default_rng(abs(hash(name)))
    photo = photos(1, megapixels=0.2)[0]
    paths = [folder / f"{name} {number}.jpg" for number in range(FILES)]
    for path in paths:
        path.write_bytes(photo + rng.bytes(FILE_BYTES - len(photo)))
    return paths


def _ways(up: Up, script: Script, folder: Path) -> dict[str, Callable[[list[Path]], float]]:
    target = folder / "copy"

    def copy(paths: list[Path]) -> None:
        for path in paths:
            subprocess.run(["/bin/cp", str(path), str(target)], check=True)
            with target.open("rb") as written:
                os.fsync(written.fileno())

    def sums(paths: list[Path]) -> None:
        subprocess.run(["/usr/bin/sha256sum", *map(str, paths)], check=True, stdout=subprocess.DEVNULL)

    def multipart(paths: list[Path]) -> None:
        for path in paths:
            script.upload(path.read_bytes(), path.name)

    def pieces(paths: list[Path], size: int) -> None:
        with httpx.Client(base_url=up.url, headers=script.headers, trust_env=False, timeout=120) as client:
            for path in paths:
                _send(client, path, size)

    return {
        "cp, then fsync": _timed(copy),
        "sha256sum": _timed(sums),
        "multipart": _timed(multipart),
        "tus, one piece": _timed(lambda paths: pieces(paths, FILE_BYTES)),
        "tus, pieces of 16 MiB": _timed(lambda paths: pieces(paths, PIECE_BYTES)),
        "scene-sense import, in process": lambda paths: _import(up, paths),
    }


def _timed(way: Callable[[list[Path]], None]) -> Callable[[list[Path]], float]:
    def timed(paths: list[Path]) -> float:
        started = time.perf_counter()
        way(paths)
        return time.perf_counter() - started

    return timed


def _send(client: httpx.Client, path: Path, size: int) -> None:
    data = path.read_bytes()
    begun = client.post("/api/uploads", headers={**_TUS, "Upload-Length": str(len(data))})
    begun.raise_for_status()
    for at in range(0, len(data), size):
        answer = client.patch(
            begun.headers["location"],
            content=data[at : at + size],
            headers={**_PIECE, "Upload-Offset": str(at)},
        )
        answer.raise_for_status()
    if answer.headers.get("upload-result") != "stored":
        raise SystemExit("the upload was not stored")


def _import(up: Up, paths: list[Path]) -> float:
    """Seconds by the command's own word: starting the program is not what is measured."""
    program = shutil.which("scene-sense", path=str(Path(sys.executable).parent)) or "scene-sense"
    done = subprocess.run(
        [program, "--data", str(up.data), "import", "--jobs", "1", "--json", *map(str, paths)],
        check=True,
        capture_output=True,
        text=True,
    )
    summary = json.loads(done.stdout.splitlines()[-1])["summary"]
    if summary["stored"] != len(paths):
        raise SystemExit(done.stdout)
    return float(summary["seconds"])


def memory() -> None:
    """The web process by how much has come, for both doors over HTTP. What came is thrown away before the end."""
    rows = []
    for door in ("multipart", "tus"):
        with running() as (up, script):
            rows += [[door, *row] for row in asyncio.run(_watch(up, script, door))]
    print_table(
        f"Web process while {AT_ONCE} files of {LARGE_BYTES // MB} MB come at once",
        ["door", "come, GB", "RSS MiB", "PSS MiB", "MB/s so far"],
        rows,
    )


async def _watch(up: Up, script: Script, door: str) -> list[list[str]]:
    pid, come, ends = up.child("web.serve"), [0], asyncio.Event()
    total, chunk = AT_ONCE * LARGE_BYTES, bytes(256 * 1024)
    # The last bytes never come, so that there is nothing to read and nothing to keep.
    rows, marks = [], [total * share // 100 for share in (1, 10, 25, 50, 75, 99)]

    async def body(head: bytes) -> AsyncIterator[bytes]:
        yield head
        sent = 0
        while sent + len(chunk) < LARGE_BYTES:
            yield chunk
            sent += len(chunk)
            come[0] += len(chunk)
        await ends.wait()

    timeout = httpx.Timeout(600)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=up.url, headers=script.headers, trust_env=False, timeout=timeout, limits=limits
    ) as client:
        started = time.perf_counter()
        rows.append(_row(pid, 0, 0.0))
        sending = [asyncio.create_task(_stream(client, door, body)) for _ in range(AT_ONCE)]
        for mark in marks:
            while come[0] < mark:
                await asyncio.sleep(0.05)
                for task in sending:
                    if task.done():
                        task.result()
                        raise SystemExit("an upload ended before it was to")
            rows.append(_row(pid, come[0], time.perf_counter() - started))
        for task in sending:
            task.cancel()
        await asyncio.wait(sending)
    return rows


async def _stream(
    client: httpx.AsyncClient, door: str, body: Callable[[bytes], AsyncIterator[bytes]]
) -> None:
    if door == "tus":
        begun = await client.post("/api/uploads", headers={**_TUS, "Upload-Length": str(LARGE_BYTES)})
        begun.raise_for_status()
        answer = await client.patch(
            begun.headers["location"], content=body(b""), headers={**_PIECE, "Upload-Offset": "0"}
        )
    else:
        part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        answer = await client.post(
            "/api/assets", content=body(part), headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
    raise SystemExit(f"it was answered: {answer.status_code} {answer.text[:200]}")


def _row(pid: int, come: int, seconds: float) -> list[str]:
    rss, pss = memory_bytes([pid])
    rate = come / MB / seconds if seconds else 0.0
    return texts(come / 1e9, rss / 1024**2, pss / 1024**2, rate)
