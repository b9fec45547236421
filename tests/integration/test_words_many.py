"""Words in a library where many pictures are called alike: what is meant is found, and by index."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from appliance.db.engine import Database, open_database
from appliance.db.tags import add_tags
from appliance.db.words import MOST_CANDIDATES, Called, find_called, find_shown
from appliance.library.wording import phrases_of
from appliance.records.accounts import Sight, Viewer
from appliance.records.search import And, TextTerm
from tests.support.rows import add_asset, add_person
from tests.support.services import Cluster

MANY = 4 * MOST_CANDIDATES

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crowd(cluster: Cluster) -> AsyncIterator[tuple[Database, Viewer]]:
    url = cluster.clone()
    try:
        async with open_database(url, pool_size=2) as db:
            ada, bob = await add_person(db, "ada"), await add_person(db, "bob")
            await _fill(db, ada)
            await _fill(db, bob)
            await add_asset(db, ada.user_id, filename="Beach.JPG")
            yield db, ada
    finally:
        cluster.drop(url)


async def _fill(db: Database, owner: Viewer) -> None:
    """Names with running numbers, every second from a Nikon; half are tagged ``beach``, and a few ``carnival``."""
    person = owner.user_id
    await db.fetch(
        """
        WITH new AS (
            INSERT INTO asset (id, owner, filename, sha256, bytes, mime, kind, width, height, thumbhash, mean_color,
                camera)
            SELECT gen_random_uuid(), {}, 'IMG_' || lpad(n::text, 7, '0') || '.jpg', sha256(n::text::bytea), 3,
                'image/jpeg', 'image', 4, 3, {}, 0, CASE WHEN n % 2 = 0 THEN 'NIKON D750' END
            FROM generate_series(1, {}) n RETURNING id, filename
        ), tags AS (
            INSERT INTO tag (id, owner, name)
            VALUES (gen_random_uuid(), {}, 'beach'), (gen_random_uuid(), {}, 'carnival') RETURNING id, name
        )
        INSERT INTO asset_tag (asset, tag)
        SELECT new.id, tags.id FROM new, tags
        WHERE CASE tags.name WHEN 'beach' THEN new.filename < 'IMG_' || lpad({}::text, 7, '0')
            ELSE new.filename LIKE '%11_.jpg' END
        """,
        person, b"\x01" * 5, MANY, person, person, str(MANY // 2),
    )  # fmt: skip
    for table in ("asset", "tag", "asset_tag"):
        await db.ddl(f"VACUUM ANALYZE {table}")


async def called(crowd: tuple[Database, Viewer], text: str, **changes: Any) -> list[str]:
    db, ada = crowd
    phrases = phrases_of((TextTerm(text),))
    wanted = Called(viewer=ada, where=And(()), phrases=phrases, limit=changes.get("limit", 100))
    found = await find_called(db, wanted)
    shown = {each.asset.id: each.asset for each in await find_shown(db, wanted, [each.id for each in found])}
    assert {asset.owner for asset in shown.values()} <= {ada.user_id}
    return [shown[each.id].filename for each in found]


@pytest.mark.parametrize("text", ["IMG_0000123.jpg", "img_0000123", "IMG 0000123", "0000123"])
async def test_one_file_among_thousands_is_found_by_its_name(
    crowd: tuple[Database, Viewer], text: str
) -> None:
    assert await called(crowd, text) == ["IMG_0000123.jpg"]


async def test_a_file_that_is_called_so_comes_before_all_that_are_tagged_so(
    crowd: tuple[Database, Viewer],
) -> None:
    found = await called(crowd, "beach")
    assert found[0] == "Beach.JPG"
    assert len(found) == 100


async def test_a_word_of_the_camera_and_one_of_a_tag_find_what_has_both(
    crowd: tuple[Database, Viewer],
) -> None:
    found = await called(crowd, "nikon carnival", limit=1000)
    tagged = [n for n in range(1, MANY + 1) if n // 10 % 100 == 11 and n % 2 == 0]
    assert sorted(found) == [f"IMG_{n:07}.jpg" for n in tagged]


async def test_words_of_two_tags_find_what_carries_both(crowd: tuple[Database, Viewer]) -> None:
    found = await called(crowd, "carnival on the beach", limit=1000)
    assert sorted(found) == [f"IMG_{n:07}.jpg" for n in range(1, MANY // 2) if n // 10 % 100 == 11]


async def test_a_word_that_nothing_is_called_by_finds_nothing(crowd: tuple[Database, Viewer]) -> None:
    assert await called(crowd, "nikon zebra") == []


async def test_letters_within_a_name_are_found_where_no_word_begins_so(
    crowd: tuple[Database, Viewer],
) -> None:
    assert await called(crowd, "03210") == ["IMG_0003210.jpg"]


async def test_ones_own_tag_is_met_however_many_of_others_are_called_alike(
    crowd: tuple[Database, Viewer],
) -> None:
    db, _ = crowd
    cleo, dora = await add_person(db, "cleo"), await add_person(db, "dora")
    await db.fetch(
        "INSERT INTO tag (id, owner, name)"
        " SELECT gen_random_uuid(), {}, 'quince ' || n FROM generate_series(1, 600) n",
        dora.user_id,
    )  # fmt: skip
    asset = await add_asset(db, cleo.user_id, filename="one.jpg")
    await add_tags(db, cleo.user_id, asset, ("quince",))
    for sight in Sight:
        phrases = phrases_of((TextTerm("q"),))
        viewer = replace(cleo, sight=sight)
        found = await find_called(db, Called(viewer=viewer, where=And(()), phrases=phrases, limit=10))
        assert [each.id for each in found] == [asset], sight
