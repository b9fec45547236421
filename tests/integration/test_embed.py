import asyncio
import io
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from appliance.clip.encoder import Encoder, Pictures
from appliance.clip.query_cache import QueryCache
from appliance.db import jobs
from appliance.library.appliance import Appliance
from appliance.library.embed import EmbedParts, claim, embed
from appliance.media.cache import SIZES
from appliance.records.accounts import Viewer
from appliance.records.media import PixelSpec
from appliance.records.models import Card
from tests.conftest import MakeSettings
from tests.support.home import add_picture, open_home, parts_of, picture
from tests.support.rows import add_person, count
from tests.support.waiting import eventually_async

Pixels = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]


@pytest.fixture
async def home(make_settings: MakeSettings, database_url: str, redis_url: str) -> AsyncIterator[Appliance]:
    settings = make_settings(database_url=database_url, redis_url=redis_url, free_space_floor_bytes=0)
    async with open_home(settings) as appliance:
        yield appliance


@pytest.fixture
async def viewer(home: Appliance) -> Viewer:
    return await add_person(home.db)


async def fill(home: Appliance, viewer: Viewer, number: int) -> list[UUID]:
    return [(await add_picture(home, viewer, picture(i))).asset.id for i in range(number)]


class Between:
    """An encoder that does something before it passes pictures on to the real one."""

    def __init__(self, real: Encoder) -> None:
        self._real = real

    identity = property(lambda self: str(self._real.identity))
    name = property(lambda self: str(self._real.name))
    dimension = property(lambda self: int(self._real.dimension))

    @property
    def pixels(self) -> PixelSpec:
        return self._real.pixels

    @property
    def card(self) -> Card:
        return self._real.card

    @property
    def providers(self) -> frozenset[str]:
        return self._real.providers

    @property
    def queries(self) -> QueryCache:
        return self._real.queries

    async def before(self, batch: Pictures) -> None:
        raise NotImplementedError

    async def encode_images(self, pictures: Pictures) -> Vectors:
        await self.before(pictures)
        return await self._real.encode_images(pictures)

    async def encode_text(self, text: str) -> Vectors:
        return await self._real.encode_text(text)

    async def close(self) -> None:
        await self._real.close()


def png(pixels: Pixels) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def with_encoder(home: Appliance, kind: type[Between]) -> EmbedParts:
    parts = parts_of(home)
    return replace(parts, encoder=kind(parts.encoder))


async def test_waiting_pictures_get_vectors_and_renditions_from_one_look_at_each(
    home: Appliance, viewer: Viewer
) -> None:
    assets = await fill(home, viewer, 5)
    parts = parts_of(home)
    report = await embed(parts, await claim(parts, limit=16))

    assert (report.claimed, report.written, report.failed, report.delayed) == (5, 5, 0, 0)
    rows = await home.db.fetch("SELECT asset, owner, vector FROM embedding")
    assert {row["asset"] for row in rows} == set(assets)
    assert {row["owner"] for row in rows} == {viewer.user_id}
    lengths = [np.linalg.norm(row["vector"].to_numpy().astype(np.float32)) for row in rows]
    assert np.allclose(lengths, 1, atol=0.01)
    assert all(home.cache.read(asset, 1, size) for asset in assets for size in SIZES)
    assert (await jobs.count_jobs(home.db)).done == 5


async def test_a_damaged_original_fails_at_once_with_the_reason_and_its_neighbours_do_not(
    home: Appliance, viewer: Viewer
) -> None:
    damaged, _, gone = await fill(home, viewer, 3)
    (home.settings.storage_path / str(damaged) / "a.jpg").write_bytes(picture(0)[:300])
    (home.settings.storage_path / str(gone) / "a.jpg").unlink()
    parts = parts_of(home)
    report = await embed(parts, await claim(parts, limit=16))

    assert (report.written, report.failed, report.delayed) == (1, 2, 0)
    failed = {
        item.asset_id: item.error_code for item in await jobs.list_jobs(home.db, viewer, state="failed")
    }
    assert failed == {damaged: "file_damaged", gone: "not_found"}


async def test_a_missing_volume_lets_pictures_wait_and_is_no_try(home: Appliance, viewer: Viewer) -> None:
    await fill(home, viewer, 2)
    storage = home.settings.storage_path
    storage.rename(storage.with_name("unplugged"))
    parts = parts_of(home)
    report = await embed(parts, await claim(parts, limit=16))
    assert (report.written, report.failed, report.delayed, report.due_in_seconds) == (0, 0, 2, 30.0)
    assert await claim(parts, limit=16) == ()

    storage.with_name("unplugged").rename(storage)
    await home.db.fetch("UPDATE job SET run_after = now()")
    claims = await claim(parts, limit=16)
    assert {claimed.attempts for claimed in claims} == {1}
    assert (await embed(parts, claims)).written == 2


async def test_a_picture_that_the_model_chokes_on_does_not_fail_its_batch(
    home: Appliance, viewer: Viewer
) -> None:
    white = np.full((48, 64, 3), 255, np.uint8)

    class Choosy(Between):
        async def before(self, batch: Pictures) -> None:
            if any((each == 255).all() for each in batch):
                raise RuntimeError("no")

    await fill(home, viewer, 3)
    bad = (await add_picture(home, viewer, png(white))).asset.id
    parts = with_encoder(home, Choosy)
    report = await embed(parts, await claim(parts, limit=16))
    assert (report.written, report.failed, report.delayed) == (3, 0, 1)
    for _ in range(home.settings.job_attempts - 1):
        await home.db.fetch("UPDATE job SET run_after = now()")
        await embed(parts, await claim(parts, limit=16))
    (failed,) = await jobs.list_jobs(home.db, viewer, state="failed")
    assert (failed.asset_id, failed.error_code) == (bad, "encode_failed")


async def test_vectors_wait_for_a_database_that_goes_away_before_they_are_written(
    home: Appliance, viewer: Viewer
) -> None:
    class Cut(Between):
        async def before(self, batch: Pictures) -> None:
            await home.db.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    await fill(home, viewer, 3)
    # As many connections as the pool has, so that the write meets a cut one.
    await asyncio.gather(*(home.db.fetch("SELECT pg_sleep(0.05)") for _ in range(4)))
    parts = with_encoder(home, Cut)
    report = await embed(parts, await claim(parts, limit=16))
    assert report.written == 3
    assert await count(home.db, "embedding") == 3


async def test_pictures_at_hand_are_given_back_when_the_work_is_cut_short(
    home: Appliance, viewer: Viewer
) -> None:
    begun = asyncio.Event()

    class Stuck(Between):
        async def before(self, batch: Pictures) -> None:
            begun.set()
            await asyncio.Event().wait()

    await fill(home, viewer, 3)
    parts = with_encoder(home, Stuck)
    work = asyncio.create_task(embed(parts, await claim(parts, limit=16)))
    await begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert {claimed.attempts for claimed in await claim(parts, limit=16)} == {1}


async def test_the_lease_is_kept_while_the_work_goes_on(home: Appliance, viewer: Viewer) -> None:
    class Slow(Between):
        async def before(self, batch: Pictures) -> None:
            async def extended() -> bool:
                rows = await home.db.fetch("SELECT lease_until - created_at > '1.5s' AS kept FROM job")
                return all(row["kept"] for row in rows)

            await eventually_async(extended)

    await fill(home, viewer, 2)
    await home.db.fetch("UPDATE job SET created_at = now()")
    parts = replace(with_encoder(home, Slow), lease_seconds=1.0)
    assert (await embed(parts, await claim(parts, limit=16))).written == 2


async def test_pictures_are_encoded_some_at_a_time_as_they_are_decoded(
    home: Appliance, viewer: Viewer
) -> None:
    sizes = []

    class Counting(Between):
        async def before(self, batch: Pictures) -> None:
            sizes.append(len(batch))

    assets = await fill(home, viewer, 19)
    (home.settings.storage_path / str(assets[3]) / "a.jpg").write_bytes(b"no picture")
    parts = with_encoder(home, Counting)
    report = await embed(parts, await claim(parts, limit=32))

    assert (report.written, report.failed) == (18, 1)
    assert sorted(sizes) == [3, 7, 8]
    rows = await home.db.fetch("SELECT asset, vector FROM embedding")
    assert {row["asset"] for row in rows} == set(assets) - {assets[3]}
    # Each got its own vector, whatever the order in which they were ready.
    for number in (0, 9, 18):
        (vector,) = [row["vector"].to_numpy() for row in rows if row["asset"] == assets[number]]
        (alone,) = await encoded_alone(home, picture(number))
        assert np.dot(vector.astype(np.float32), alone) > 0.999


async def encoded_alone(home: Appliance, data: bytes) -> Vectors:
    """The vector [1, D] of one file, made by itself."""
    encoder = parts_of(home).encoder
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        rendered = await home.decoder.render(file.fileno(), sizes=(), pixels=encoder.pixels)
    assert rendered.pixels is not None
    return await encoder.encode_images([rendered.pixels])


async def test_nothing_is_kept_of_a_picture_that_is_purged_while_it_is_worked_on(
    home: Appliance, viewer: Viewer
) -> None:
    class Purging(Between):
        async def before(self, batch: Pictures) -> None:
            await home.db.fetch(
                "UPDATE asset SET state = 'purging', trashed_at = now(), purge_after = now() WHERE id = {}",
                purged,
            )

    purged, kept = await fill(home, viewer, 2)
    parts = with_encoder(home, Purging)
    await embed(parts, await claim(parts, limit=16))
    assert all(home.cache.read(kept, 1, size) for size in SIZES)
    assert not any(home.cache.read(purged, 1, size) for size in SIZES)
