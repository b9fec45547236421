"""A worker whose encoder server goes wrong under it: no wrong vector gets into the index, and none is missing."""

import io
from contextlib import AsyncExitStack
from typing import Any

import numpy as np
import pytest
from PIL import Image

from appliance.library.appliance import Appliance
from tests.conftest import MakeSettings
from tests.support.encoders import Foreign, free_port, listening, toy
from tests.support.home import add_picture, open_home, picture
from tests.support.rows import add_person
from workers.actors.embed import embed_once


async def make_due(home: Appliance) -> None:
    """Whatever waits for its time waits no longer: the pictures, and the model that was lost."""
    await home.db.fetch("UPDATE job SET run_after = now() WHERE state = 'pending'")
    home.models._refused.clear()


async def indexed(home: Appliance) -> dict[str, Any]:
    """The vectors of the index by file name."""
    rows = await home.db.fetch(
        "SELECT a.filename, e.vector::text AS vector FROM embedding e JOIN asset a ON a.id = e.asset"
    )
    return {row["filename"]: np.array(row["vector"].strip("[]").split(","), np.float64) for row in rows}


async def all_embedded(home: Appliance) -> None:
    """Work until nothing waits, with whatever waits made due."""
    for _ in range(20):
        await make_due(home)
        await embed_once(home)
        if not await home.db.fetch("SELECT 1 FROM job WHERE state = 'pending'"):
            return
    raise AssertionError("pictures still wait")


@pytest.mark.parametrize(
    "alter",
    [
        pytest.param(lambda vector: [float("nan")] * len(vector), id="NaN"),
        pytest.param(lambda vector: [0.0] * len(vector), id="zero"),
        pytest.param(lambda vector: [*vector, 1.0], id="another dimension"),
        pytest.param(lambda vector: vector[::-1], id="another model"),
    ],
)
async def test_no_wrong_vector_gets_into_the_index(
    make_settings: MakeSettings, database_url: str, redis_url: str, alter: Any
) -> None:
    port = free_port()
    settings = make_settings(
        database_url=database_url,
        redis_url=redis_url,
        free_space_floor_bytes=0,
        clip_server_url=f"http://127.0.0.1:{port}",
        clip_model="theirs",
    )
    well, wrong = toy(), toy()
    wrong.alter = alter

    async with AsyncExitStack() as stack:
        async with listening(well.app(), port):
            home = await stack.enter_async_context(open_home(settings))
            viewer = await add_person(home.db, "anna")
            await add_picture(home, viewer, picture(0), name="0")
            await all_embedded(home)
        for number in range(1, 6):
            await add_picture(home, viewer, picture(number), name=str(number))
        # The server is restarted, with something else behind its address.
        async with listening(wrong.app(), port):
            for _ in range(3):
                await make_due(home)
                await embed_once(home)
        assert set(await indexed(home)) == {"0"}
        jobs = await home.db.fetch("SELECT attempts FROM job WHERE state = 'pending'")
        assert [job["attempts"] for job in jobs] == [0] * 5
        async with listening(well.app(), port):
            await all_embedded(home)
        found = await indexed(home)
        assert set(found) == {str(number) for number in range(6)}
        for name, vector in found.items():
            assert float(vector @ right(well, int(name))) >= 0.999


def right(server: Foreign, number: int) -> Any:
    """The vector of one of the pictures."""
    return np.asarray(server.see(Image.open(io.BytesIO(picture(number))).convert("RGB")))
