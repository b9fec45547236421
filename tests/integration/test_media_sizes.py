"""Pictures of the right size: the smallest rendition that is large enough, by a redirect that anybody can follow."""

import httpx
import pytest

from appliance.media.cache import SIZES
from appliance.media.renditions import rendition_size, smallest_that_suffices
from tests.support.home import picture
from tests.support.uploads import stored


@pytest.mark.parametrize(
    ("size", "box", "wanted"),
    [
        ((4000, 3000), (0, 240), 240),
        ((4000, 3000), (0, 241), 480),
        ((4000, 3000), (640, 0), 480),
        ((4000, 3000), (641, 0), 1440),
        ((4000, 3000), (9000, 9000), 1440),
        # A panorama: its long edge comes to 1440 before its height does to 480.
        ((8000, 2000), (1000, 300), 1440),
        ((8000, 2000), (0, 480), 480),
        # Smaller than any: all are alike.
        ((96, 64), (0, 240), 240),
    ],
)
def test_the_smallest_that_suffices(size: tuple[int, int], box: tuple[int, int], wanted: int) -> None:
    found = smallest_that_suffices(size, width=box[0], height=box[1], sizes=SIZES)
    assert found == wanted
    made = rendition_size(size, found)
    largest = max((rendition_size(size, each) for each in SIZES), key=lambda each: each[0] * each[1])
    assert made == largest or (made[0] >= min(box[0], size[0]) and made[1] >= min(box[1], size[1]))


async def test_an_address_by_size_leads_to_the_picture(
    anna: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    asset = await stored(anna, picture(1, width=900, height=600))
    address = f"/api/assets/{asset['id']}/media"
    answer = await anna.get(address, params={"h": 200, "dpr": 2})
    assert answer.status_code == 307
    assert answer.headers["cache-control"] == "private, max-age=60"
    followed = await anna.get(address, params={"h": 200, "dpr": 2}, follow_redirects=True)
    assert followed.url.path == f"/media/{asset['id']}/1/480"
    assert followed.headers["content-type"] == "image/webp"
    assert (await anna.head(followed.url.path)).headers["content-length"] == str(len(followed.content))
    piece = await anna.get(followed.url.path, headers={"Range": "bytes=10-19"})
    assert (piece.status_code, piece.content) == (206, followed.content[10:20])
    assert piece.headers["content-range"] == f"bytes 10-19/{len(followed.content)}"
    beyond = await anna.get(followed.url.path, headers={"Range": "bytes=9999999-"})
    assert (beyond.status_code, beyond.content) == (416, b"")
    for wrong in ("", "?h=0", "?h=10&dpr=inf", "?w=1000000", "?h=x"):
        assert (await anna.get(address + wrong)).status_code == 400
    assert (await bob.get(address, params={"h": 200})).status_code == 404
