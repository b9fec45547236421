"""Errors in the very last steps of an upload: what has become an asset stays one, with its file."""

from collections.abc import AsyncIterator

import pytest

from appliance.errors import Busy, VolumeUnavailable
from appliance.jobs import Actor, Queue
from appliance.library.appliance import Appliance
from appliance.library.ingest import ingest
from appliance.media.store import Store
from appliance.records.assets import Staged
from appliance.records.uploads import IngestRequest
from tests.conftest import MakeSettings
from tests.support.home import open_home, picture
from tests.support.rows import add_person, count


class Breaks(Queue):
    """A queue that fails in a way that nothing waits for, after the asset was committed."""

    async def try_wake(self, actor: Actor, *, delay_seconds: float = 0.0) -> bool:
        raise Busy


class Unplugged(Store):
    """A store whose volume goes away when a file is to get its place."""

    async def commit(self, staged: Staged, filename: str) -> None:
        raise VolumeUnavailable


@pytest.fixture
async def home(make_settings: MakeSettings, database_url: str, redis_url: str) -> AsyncIterator[Appliance]:
    settings = make_settings(database_url=database_url, redis_url=redis_url, free_space_floor_bytes=0)
    async with open_home(settings) as appliance:
        yield appliance


async def upload(home: Appliance, *, store: Store, queue: Queue) -> Staged:
    viewer = await add_person(home.db)

    async def chunks() -> AsyncIterator[bytes]:
        yield picture(1)

    staged = await home.store.stage(chunks())
    request = IngestRequest(owner=viewer.user_id, filename="a.jpg")
    with pytest.raises((Busy, VolumeUnavailable)):
        await ingest(
            staged,
            request,
            db=home.db,
            store=store,
            decoder=home.decoder,
            queue=queue,
        )
    return staged


async def test_an_error_after_the_commit_does_not_take_the_file_away(home: Appliance, redis_url: str) -> None:
    queue = Breaks(redis_url)
    staged = await upload(home, store=home.store, queue=queue)
    queue.close()
    assert await count(home.db, "asset") == 1
    assert (home.settings.storage_path / str(staged.id) / "a.jpg").read_bytes() == picture(1)


async def test_an_error_before_the_commit_leaves_nothing(home: Appliance) -> None:
    store = Unplugged(home.volume, max_upload_bytes=10**6, free_space_floor_bytes=0)
    staged = await upload(home, store=store, queue=home.queue)
    assert not staged.part.exists()
    assert await count(home.db, "asset") == await count(home.db, "upload") == 0
