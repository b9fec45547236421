"""Memory is handed out in turn, and comes back whatever happens to who had it."""

import asyncio
import io

from PIL import Image

from appliance.media.room import Room, memory_needed
from tests.support.corpus import encoded


async def test_who_asks_first_is_served_first_and_who_asks_for_all_is_alone() -> None:
    room, events = Room(100), []

    async def work(name: str, memory_bytes: int) -> None:
        async with room.hold(memory_bytes):
            events.append(f"+{name}")
            await asyncio.sleep(0.02)
            events.append(f"-{name}")

    # c would fit beside a, but b came before it; d wants more than there is.
    await asyncio.gather(work("a", 60), work("b", 60), work("c", 30), work("d", 500))
    assert events == ["+a", "-a", "+b", "+c", "-b", "-c", "+d", "-d"]


async def test_who_stops_waiting_or_fails_leaves_nothing_behind() -> None:
    room = Room(100)

    async def keep(memory_bytes: int) -> None:
        async with room.hold(memory_bytes):
            await asyncio.Event().wait()

    first, second, third = (asyncio.create_task(keep(memory_bytes)) for memory_bytes in (80, 80, 20))
    await asyncio.sleep(0)
    for task in (second, first, third):
        task.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)
    async with asyncio.timeout(1), room.hold(100):
        pass


def opened(picture: Image.Image, name: str, **options: object) -> Image.Image:
    out = io.BytesIO()
    picture.save(out, name, **options)
    return Image.open(out)


def test_the_memory_of_a_jpeg_is_that_of_its_fraction_and_of_what_a_progressive_one_keeps() -> None:
    plain = Image.new("RGB", (800, 600))
    jpeg = opened(plain, "JPEG")
    jpeg.draft(None, (200, 150))
    assert memory_needed(jpeg, (800, 600)) == 200 * 150 * 8
    progressive = opened(plain, "JPEG", progressive=True)
    progressive.draft(None, (200, 150))
    # Brightness for each pixel, colour for a quarter of them twice; 2 bytes each.
    assert memory_needed(progressive, (800, 600)) == 200 * 150 * 8 + 800 * 600 * 3
    assert memory_needed(opened(plain, "PNG"), (800, 600)) == 800 * 600 * 8
    assert memory_needed(opened(plain, "WEBP"), (800, 600)) == 800 * 600 * 12


def test_a_jpeg_whose_first_scan_lacks_a_component_keeps_coefficients_too() -> None:
    # What looks like such a scan within a comment is none.
    comment = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    whole = encoded(Image.new("RGB", (800, 600)), "JPEG", comment=comment, subsampling="4:4:4")
    assert memory_needed(Image.open(io.BytesIO(whole)), (800, 600)) == 800 * 600 * 8
    head, _, scan = whole.rpartition(b"\xff\xda\x00\x0c\x03")
    # Fill bytes may stand before any marker.
    split = head + b"\xff\xff\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + scan[9:]
    assert memory_needed(Image.open(io.BytesIO(split)), (800, 600)) == 800 * 600 * (8 + 6)


def test_a_jpeg_with_further_pictures_behind_it_takes_no_more_than_its_first() -> None:
    plain = Image.new("RGB", (800, 600))
    several = opened(plain, "MPO", save_all=True, append_images=[plain])
    assert several.format == "MPO"
    assert memory_needed(several, (800, 600)) == 800 * 600 * 8
