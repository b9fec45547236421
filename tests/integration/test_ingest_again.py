"""The same bytes again: what is acknowledged is on the volume afterwards, whoever finished which upload when."""

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from appliance import clock
from appliance.db.asset_changes import trash_asset
from appliance.errors import SceneSenseError
from appliance.jobs import Actor, Queue
from appliance.library.appliance import Appliance
from appliance.library.embed import claim, embed
from appliance.library.expiry import purge
from appliance.library.ingest import check_known, ingest
from appliance.library.sweep import sweep
from appliance.media.store import Store
from appliance.records.accounts import Viewer
from appliance.records.assets import Asset, Staged
from appliance.records.uploads import IngestRequest, IngestStatus, KnownState
from tests.conftest import MakeSettings
from tests.support.home import add_picture, open_home, parts_of, picture
from tests.support.rows import add_person, count, everything


@pytest.fixture
async def home(make_settings: MakeSettings, database_url: str, redis_url: str) -> AsyncIterator[Appliance]:
    settings = make_settings(database_url=database_url, redis_url=redis_url, free_space_floor_bytes=0)
    async with open_home(settings) as appliance:
        yield appliance


@pytest.fixture
async def viewer(home: Appliance) -> Viewer:
    return await add_person(home.db)


def bytes_of(home: Appliance, asset: Asset) -> bytes:
    return (home.settings.storage_path / str(asset.id) / asset.filename).read_bytes()


async def test_an_asset_whose_file_is_gone_gets_it_back_when_it_is_sent_again(
    home: Appliance, viewer: Viewer
) -> None:
    asset = (await add_picture(home, viewer, picture(1))).asset
    shutil.rmtree(home.settings.storage_path / str(asset.id))
    parts = parts_of(home)
    assert (await embed(parts, await claim(parts, limit=1))).failed == 1

    again = await add_picture(home, viewer, picture(1), name="other.jpg")

    assert (again.status, again.asset.id) == (IngestStatus.DUPLICATE, asset.id)
    assert bytes_of(home, asset) == picture(1)
    assert (await embed(parts, await claim(parts, limit=1))).written == 1
    assert home.store.list_ids() == [asset.id]
    assert list((home.settings.storage_path / ".incoming").iterdir()) == []


async def test_an_original_that_was_cut_short_is_whole_again_when_it_is_sent_again(
    home: Appliance, viewer: Viewer
) -> None:
    asset = (await add_picture(home, viewer, picture(1))).asset
    (home.settings.storage_path / str(asset.id) / asset.filename).write_bytes(picture(1)[:100])
    await add_picture(home, viewer, picture(1))
    assert bytes_of(home, asset) == picture(1)


async def test_an_original_that_is_there_is_left_as_it_is(home: Appliance, viewer: Viewer) -> None:
    asset = (await add_picture(home, viewer, picture(1))).asset
    path = home.settings.storage_path / str(asset.id) / asset.filename
    before = path.stat()
    await add_picture(home, viewer, picture(1))
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


async def test_a_file_whose_original_is_gone_is_asked_for_again(home: Appliance, viewer: Viewer) -> None:
    lost, kept = [(await add_picture(home, viewer, picture(n))).asset for n in (1, 2)]
    shutil.rmtree(home.settings.storage_path / str(lost.id))

    async def states() -> list[KnownState]:
        files = [(asset.sha256, asset.bytes) for asset in (lost, kept)]
        return [known.state for known in await check_known(home.db, viewer, files, store=home.store)]

    assert await states() == [KnownState.NEW, KnownState.KNOWN]
    home.settings.storage_path.rename(home.settings.storage_path.with_name("unplugged"))
    assert await states() == [KnownState.KNOWN, KnownState.KNOWN]


class Meanwhile(Store):
    """A store that lets something happen after a file got its place."""

    async def commit(self, staged: Staged, filename: str) -> None:
        await super().commit(staged, filename)
        await self.meanwhile()

    async def meanwhile(self) -> None:
        raise NotImplementedError


def like(store: Store, kind: type[Meanwhile]) -> Meanwhile:
    return kind(store.volume, max_upload_bytes=10**6, free_space_floor_bytes=0)


async def take_in(home: Appliance, viewer: Viewer, store: Store, queue: Queue) -> IngestStatus:
    async def chunks() -> AsyncIterator[bytes]:
        yield picture(1)

    result = await ingest(
        await store.stage(chunks()),
        IngestRequest(owner=viewer.user_id, filename="a.jpg"),
        db=home.db,
        store=store,
        decoder=home.decoder,
        queue=queue,
    )
    return result.status


async def test_an_upload_that_the_sweep_finished_and_a_purge_took_is_not_made_an_asset_without_file(
    home: Appliance, viewer: Viewer
) -> None:
    class Slept(Meanwhile):
        """The machine is asleep for an hour; others are awake first."""

        async def meanwhile(self) -> None:
            report = await sweep(home, now=clock.now() + timedelta(hours=1))
            assert report.uploads_finished == 1
            asset = home.store.list_ids()[0]
            assert await trash_asset(home.db, viewer, asset, trash_days=0)
            gone = await purge(
                db=home.db,
                store=home.store,
                cache=home.cache,
                trash=timedelta(),
                limit=10,
                now=clock.now() + timedelta(seconds=1),
                accept_clock=True,
            )
            assert gone.purged == 1

    with pytest.raises(SceneSenseError):
        await take_in(home, viewer, like(home.store, Slept), home.queue)
    assert await count(home.db, "asset") == 0
    assert home.store.list_ids() == []


async def test_an_upload_that_fails_leaves_the_file_that_the_sweep_made_an_asset_of(
    home: Appliance, viewer: Viewer, redis_url: str
) -> None:
    class Slept(Meanwhile):
        """The sweep is just about to finish the upload when this one fails."""

        async def meanwhile(self) -> None:
            report = await sweep(home, now=clock.now() + timedelta(hours=1))
            assert report.uploads_finished == 1

    class Breaks(Queue):
        async def try_wake(self, actor: Actor, *, delay_seconds: float = 0.0) -> bool:
            raise SceneSenseError

    queue = Breaks(redis_url)
    status = await take_in(home, viewer, like(home.store, Slept), queue)
    queue.close()
    assert status is IngestStatus.STORED
    assert await count(home.db, "upload") == 0
    assert len(home.store.list_ids()) == await count(home.db, "asset") == 1


async def test_a_cut_off_upload_gives_its_bytes_to_an_asset_that_lost_its_own(
    home: Appliance, viewer: Viewer
) -> None:
    first = (await add_picture(home, viewer, picture(1))).asset

    await home.db.fetch("UPDATE asset SET sha256 = {} WHERE id = {}", b"\0" * 32, first.id)
    with pytest.raises(KeyboardInterrupt):
        await take_in(home, viewer, like(home.store, Stops), home.queue)
    (left,) = await everything(home.db, "upload")
    await home.db.fetch("UPDATE asset SET sha256 = {} WHERE id = {}", left["sha256"], first.id)
    shutil.rmtree(home.settings.storage_path / str(first.id))

    report = await sweep(home, now=clock.now() + timedelta(hours=1))

    assert report.uploads_finished == 1
    assert bytes_of(home, first) == picture(1)
    assert home.store.list_ids() == [first.id]
    assert await count(home.db, "upload") == 0


class Stops(Meanwhile):
    """The process ends when the file has its place."""

    async def meanwhile(self) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize("purged", [False, True])
async def test_a_cut_off_upload_does_not_bring_back_what_was_sent_again_and_deleted_since(
    home: Appliance, viewer: Viewer, purged: bool
) -> None:
    with pytest.raises(KeyboardInterrupt):
        await take_in(home, viewer, like(home.store, Stops), home.queue)
    again = (await add_picture(home, viewer, picture(1))).asset.id
    assert await trash_asset(home.db, viewer, again, trash_days=-1)
    if purged:
        report = await purge(
            db=home.db, store=home.store, cache=home.cache, trash=timedelta(), limit=10, now=clock.now()
        )
        assert report.purged == 1

    swept = await sweep(home, now=clock.now() + timedelta(hours=1))

    assert (swept.uploads_finished, swept.uploads_dropped) == (0, 1)
    assert [row["state"] for row in await everything(home.db, "asset")] == ([] if purged else ["trashed"])
    assert home.store.list_ids() == ([] if purged else [again])
    assert await count(home.db, "upload") == 0
