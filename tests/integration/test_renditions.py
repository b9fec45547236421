"""Nothing of what was made of an asset outlives it, also when it is purged at the very moment."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from appliance import clock
from appliance.db.asset_changes import trash_asset
from appliance.errors import NotFound
from appliance.library.appliance import Appliance
from appliance.library.browse import Renditions
from appliance.library.embed import claim, embed
from appliance.library.expiry import purge
from appliance.library.sweep import sweep
from appliance.media.cache import SIZES
from appliance.media.decoder import Decoder
from appliance.records.accounts import Viewer
from appliance.records.media import DecodeLimits, PixelSpec, Rendered
from tests.conftest import MakeSettings
from tests.support.home import add_picture, open_home, parts_of, picture
from tests.support.rows import add_person


@pytest.fixture
async def home(make_settings: MakeSettings, database_url: str, redis_url: str) -> AsyncIterator[Appliance]:
    settings = make_settings(database_url=database_url, redis_url=redis_url, free_space_floor_bytes=0)
    async with open_home(settings) as appliance:
        yield appliance


@pytest.fixture
async def viewer(home: Appliance) -> Viewer:
    return await add_person(home.db)


class PurgedMeanwhile(Decoder):
    """A decoder whose picture is purged while it is decoded."""

    def __init__(self, home: Appliance, viewer: Viewer, asset: UUID) -> None:
        super().__init__(DecodeLimits(10**6, 60, 2**30), processes=1)
        self._home, self._viewer, self._asset = home, viewer, asset

    async def render(self, fd: int, *, sizes: Sequence[int], pixels: PixelSpec | None) -> Rendered:
        rendered = await super().render(fd, sizes=sizes, pixels=pixels)
        home = self._home
        assert await trash_asset(home.db, self._viewer, self._asset, trash_days=-1)
        report = await sweep_out(home)
        assert report == 1
        return rendered


async def sweep_out(home: Appliance) -> int:
    report = await purge(
        db=home.db, store=home.store, cache=home.cache, trash=timedelta(), limit=10, now=clock.now()
    )
    return report.purged


async def test_a_worker_leaves_no_renditions_of_a_picture_that_was_purged_meanwhile(
    home: Appliance, viewer: Viewer
) -> None:
    asset = (await add_picture(home, viewer, picture(1))).asset.id
    async with PurgedMeanwhile(home, viewer, asset) as decoder:
        parts = replace(parts_of(home), decoder=decoder)
        assert (await embed(parts, await claim(parts, limit=1))).written == 0
    assert home.cache.list_ids() == []


async def test_a_look_at_the_trash_leaves_no_renditions_of_what_was_purged_meanwhile(
    home: Appliance, viewer: Viewer
) -> None:
    asset = (await add_picture(home, viewer, picture(1))).asset.id
    renditions = Renditions()
    async with PurgedMeanwhile(home, viewer, asset) as decoder:
        await renditions.get(
            viewer,
            asset,
            version=1,
            size=240,
            db=home.db,
            store=home.store,
            cache=home.cache,
            decoder=decoder,
        )
    assert home.cache.list_ids() == []
    with pytest.raises(NotFound):
        await renditions.get(
            viewer,
            asset,
            version=1,
            size=240,
            db=home.db,
            store=home.store,
            cache=home.cache,
            decoder=home.decoder,
        )


async def test_a_sweep_removes_renditions_without_an_asset_and_leaves_the_others(
    home: Appliance, viewer: Viewer
) -> None:
    asset = (await add_picture(home, viewer, picture(1))).asset.id
    parts = parts_of(home)
    await embed(parts, await claim(parts, limit=1))
    home.cache.write(uuid4(), 1, {240: b"left by a crash"})
    (home.cache.root / "ab").mkdir(exist_ok=True)
    stranger = home.cache.root / "ab" / "notes.txt"
    stranger.write_text("not ours")
    await sweep(home, dry_run=True, check_files=True)
    assert len(home.cache.list_ids()) == 2
    await sweep(home, check_files=True)
    assert home.cache.list_ids() == [asset]
    assert all(home.cache.path(asset, 1, size).exists() for size in SIZES)
    assert stranger.exists()


async def test_renditions_that_can_not_be_removed_stop_neither_the_others_nor_the_sweep(
    home: Appliance, viewer: Viewer
) -> None:
    for _ in range(3):
        home.cache.write(uuid4(), 1, {240: b"left by a crash"})
    stuck = home.cache.path(home.cache.list_ids()[0], 1, 240).parent
    (stuck / "1-240.webp").unlink()
    stuck.rmdir()
    stuck.write_text("a file where a folder belongs")
    await add_picture(home, viewer, picture(1))
    await home.db.fetch("DELETE FROM job")
    report = await sweep(home, check_files=True)
    assert (report.files_checked, report.jobs_added) == (True, 1)
    assert [stuck] == list(home.cache.root.glob("*/*"))
