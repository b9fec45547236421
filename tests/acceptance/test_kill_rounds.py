"""Each door, and kill -9 of each part at a random moment in the middle of it: nothing lost, doubled or left over.

``KILL_PASSES=20`` makes as many passes over all doors and parts, ``KILL_SEED=7`` other moments.
"""

import hashlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import numpy as np
import pytest

from appliance.errors import SceneSenseError
from appliance.library.appliance import open_appliance
from appliance.library.sweep import sweep
from appliance.media.volume import IDENTITY_FILE
from appliance.records.expiry import SweepReport
from appliance.settings import load
from tests.support.home import picture
from tests.support.kill_doors import Archive, BulkEdit, Door, Forms, Pieces, Purge
from tests.support.patient import Library, asked
from tests.support.remote import Script, make_key
from tests.support.services import in_thread
from tests.support.up import Up
from tests.support.waiting import eventually

pytestmark = pytest.mark.acceptance

PASSES = int(os.environ.get("KILL_PASSES", "1"))
SEED = int(os.environ.get("KILL_SEED", "6"))

#: So many that an edit of all is the worker's.
SEEDED = 620

#: Of those, how many a round of purges takes.
PURGED = 12


@pytest.fixture
def up(reachable_path: Path) -> Iterator[Up]:
    with Up(
        reachable_path / "data", FREE_SPACE_FLOOR_BYTES="0", JOB_LEASE_SECONDS="5", LOG_LEVEL="warning"
    ) as running:
        yield running


def seed(up: Up, library: Library) -> list[str]:
    """Hundreds of small pictures, made directly."""
    stem = picture(0)
    pictures = {uuid4(): stem + str(next(library.numbers)).encode() for _ in range(SEEDED)}
    rows = [
        (asset, hashlib.sha256(data).digest(), len(data), b"\x01" * 5) for asset, data in pictures.items()
    ]

    async def insert() -> None:
        connection = await asyncpg.connect(up.postgres.url)
        try:
            await connection.executemany(
                "INSERT INTO asset (id, owner, filename, sha256, bytes, mime, kind, width, height, thumbhash,"
                " mean_color) SELECT $1, id, 'a.jpg', $2, $3, 'image/jpeg', 'image', 96, 64, $4, 0 FROM account",
                rows,
            )
        finally:
            await connection.close()

    for asset, data in pictures.items():
        folder = up.data / "storage" / str(asset)
        folder.mkdir(mode=0o700)
        (folder / "a.jpg").write_bytes(data)
        library.acknowledge(str(asset), data)
    in_thread(insert)
    return [str(asset) for asset in pictures]


def large(library: Library) -> list[str]:
    """Some pictures that are long to send: with noise behind their end, which decoders pass over."""
    noise = np.random.default_rng(SEED)
    with library.client() as client:
        for _ in range(4):
            tail = noise.integers(0, 256, 3 * 2**20, dtype=np.uint8).tobytes()
            data = library.new_picture() + tail
            answer = asked(client, "POST", "/api/assets", files={"file": ("big.jpg", data, "image/jpeg")})
            library.acknowledge(answer.json()["asset"]["id"], data)
    return list(library.there)[-4:]


class Victim:
    """A part of the appliance by the way to find its process."""

    def __init__(self, pid: Callable[[], int], lives: Callable[[], bool]) -> None:
        self._pid = pid
        self._lives = lives

    def kill(self) -> None:
        """With signal 9; return when another one is in its place."""
        first = eventually(self._pid, 60)
        os.kill(first, signal.SIGKILL)
        eventually(lambda: self._pid() not in {0, first} and self._lives(), 90)


def cut_power(up: Up) -> None:
    """Kill all parts at once, and start them again."""
    up.kill_everything()
    up.start()
    up.wait_ready()


def answers(up: Up) -> bool:
    """Whether the database does."""

    async def connect() -> None:
        await (await asyncpg.connect(up.postgres.url)).close()

    try:
        in_thread(connect)
    except (OSError, asyncpg.PostgresError):
        return False
    return True


def victims(up: Up) -> dict[str, Victim]:
    return {
        "web": Victim(lambda: up.child("web.serve"), up.lives),
        "worker": Victim(lambda: up.child("workers.main"), lambda: True),
        "postgres": Victim(lambda: up.postgres.pid if up.postgres.running() else 0, lambda: answers(up)),
        "valkey": Victim(lambda: up.valkey.pid if up.valkey.answers() else 0, up.lives),
    }


def play(door: Door, kill: Callable[[], None], at: float) -> None:
    """Go through the door, and kill when this much of it is done."""
    with ThreadPoolExecutor(1) as pool:
        acting = pool.submit(door.act)
        eventually(lambda: door.progress >= at or acting.done(), 90)
        kill()
        acting.result(120)


async def swept_now(up: Up, *, check_files: bool = False) -> SweepReport:
    """What a timer's sweep found."""
    settings = load({}, DATA_PATH=str(up.data))
    async with open_appliance(settings, towers=frozenset(), decoder_processes=0, pool_size=2) as appliance:
        return await sweep(appliance, check_files=check_files)


def swept(up: Up) -> bool:
    """Whether a sweep went through; not while the database is away."""
    try:
        in_thread(lambda: swept_now(up))
    except SceneSenseError:
        return False
    return True


def age(part: Path) -> None:
    """Let it be of the day before yesterday, unless somebody writes it at this moment."""
    with suppress(FileNotFoundError):
        if time.time() - part.stat().st_mtime > 1:
            os.utime(part, (time.time() - 2 * 86400,) * 2)


async def tidied(up: Up) -> tuple[dict[str, Any], list[str]]:
    """What the database has, once a day has gone by and a sweep came; and what that warned of."""
    connection = await asyncpg.connect(up.postgres.url)
    try:
        await connection.execute(
            "UPDATE transfer SET expires_at = now() - interval '1 second' WHERE finished_at IS NULL"
        )
        await connection.execute("UPDATE upload SET created_at = created_at - interval '1 day'")
        for part in [*up.data.glob("storage/.incoming/*"), *up.data.glob("cache/.parts/*")]:
            age(part)
        report = await swept_now(up, check_files=True)
        assert (report.orphans, report.missing) == ((), ())
        rows = await connection.fetch("SELECT id::text, encode(sha256, 'hex') AS sum, state FROM asset")
        assert {row["state"] for row in rows} == {"active"}
        counts = {
            "assets": {row["id"]: row["sum"] for row in rows},
            "gone": [
                row["sum"]
                for row in await connection.fetch("SELECT encode(sha256, 'hex') AS sum FROM purge_log")
            ],
            "uploads": await connection.fetchval("SELECT count(*) FROM upload"),
            "transfers": await connection.fetchval("SELECT count(*) FROM transfer WHERE finished_at IS NULL"),
        }
    finally:
        await connection.close()
    return counts, list(report.warnings)


def check(up: Up, library: Library) -> None:
    """Nothing that was acknowledged is lost, nothing is there twice, and nothing else is there."""
    found, warnings = in_thread(lambda: tidied(up))
    assert warnings == []
    assert found["assets"] == library.there
    assert sorted(found["gone"]) == sorted(library.gone)
    assert (found["uploads"], found["transfers"]) == (0, 0)
    storage = up.data / "storage"
    files = [path for path in storage.rglob("*") if path.is_file() and path.name != IDENTITY_FILE]
    sums = {path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert len(files) == len(library.there)
    assert sums == library.there
    cached = [path for path in (up.data / "cache").rglob("*") if path.is_file()]
    assert {path.parent.name for path in cached} <= {*library.there, ".parts"}
    assert [path for path in cached if path.parent.name == ".parts" and is_old(path)] == []


def is_old(part: Path) -> bool:
    try:
        return time.time() - part.stat().st_mtime > 3600
    except FileNotFoundError:
        return False


def doors(up: Up, library: Library, big: list[str], small: list[str]) -> dict[str, Callable[[], Door]]:
    """By their names; ``small`` are used up."""

    def purge() -> Door:
        taken = [small.pop() for _ in range(min(PURGED, len(small) - 510))]
        return Purge(library, up.data, taken)

    return {
        "forms": lambda: Forms(library),
        "pieces": lambda: Pieces(library),
        "edit": lambda: BulkEdit(library, small, f"t{uuid4().hex}", lambda: swept(up)),
        "archive": lambda: Archive(library, [*big, *small[:20]]),
        "purge": purge,
    }


def moment(*what: object) -> float:
    """How much is done when somebody is killed: by chance, and the same with the same seed."""
    return random.Random(f"{SEED} {what}").uniform(0.02, 0.95)  # noqa: S311


def rounds(up: Up, library: Library, number: int) -> None:
    """Each door with each part killed in the middle of it, once."""
    big, small = large(library), seed(up, library)
    for index, (name, make) in enumerate(doors(up, library, big, small).items()):
        kills = {part: victim.kill for part, victim in victims(up).items()}
        if index % 2:
            # Now and then all of it at once, which also makes the supervisor forget how often parts ended.
            kills["power"] = partial(cut_power, up)
        door = make()
        if isinstance(door, Purge):
            play(door, door.kill_timer, moment(number, name, "timer"))
            check(up, library)
        for part, kill in kills.items():
            play(make(), kill, moment(number, name, part))
            check(up, library)


def test_whatever_is_killed_in_the_middle_of_whichever_door_nothing_is_lost_doubled_or_left(up: Up) -> None:
    key = make_key(up.url, up.setup_token())
    library = Library(up.url, key)
    for number in range(PASSES):
        rounds(up, library, number)
    with Script(up.url, key) as script:
        assert {each["id"]: each["sha256"] for each in script.assets()} == library.there
