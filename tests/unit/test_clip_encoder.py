"""What an encoder promises its callers: queries first, the same query once, nothing on the event loop."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from appliance.clip.lane import Lane, Priority
from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from appliance.clip.tokenizer import TextTokenizer
from appliance.errors import ModelUnavailable, UsageError
from tests.support.tiny_models import SIDE, make
from tests.support.token_ids import part_of_a_search


@pytest.fixture
async def encoder(tmp_path: Path) -> AsyncIterator[LocalEncoder]:
    made = LocalEncoder(
        "tiny",
        read_folder(make(tmp_path / "tiny")),
        towers=frozenset({"image", "text"}),
        threads=1,
        text_cache_size=2,
    )
    yield made
    await made.close()


async def test_a_query_goes_before_pictures_that_wait() -> None:
    lane, started, go, order = Lane("test"), threading.Event(), threading.Event(), list[str]()

    def hold() -> None:
        started.set()
        assert go.wait(10)

    holding = asyncio.create_task(lane.run(Priority.BATCH, hold))
    await asyncio.to_thread(started.wait, 10)
    waiting = [
        asyncio.create_task(lane.run(priority, lambda name=name: order.append(name)))  # type: ignore[misc]
        for priority, name in [
            (Priority.BATCH, "first pictures"),
            (Priority.BATCH, "more pictures"),
            (Priority.QUERY, "query"),
        ]
    ]
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(holding, *waiting)
    assert order == ["query", "first pictures", "more pictures"]
    await lane.close()


async def test_a_query_waits_for_one_slice_of_a_batch_at_most(encoder: LocalEncoder) -> None:
    batch = asyncio.create_task(encoder.encode_images(np.zeros((4000, SIDE, SIDE, 3), np.uint8)))
    await asyncio.sleep(0)
    await encoder.encode_text("a red dog")
    assert not batch.done()
    assert len(await batch) == 4000


async def test_work_that_is_given_up_while_it_waits_is_not_done() -> None:
    lane, started, go, done = Lane("test"), threading.Event(), threading.Event(), list[str]()

    def hold() -> None:
        started.set()
        assert go.wait(10)

    holding = asyncio.create_task(lane.run(Priority.BATCH, hold))
    await asyncio.to_thread(started.wait, 10)
    given_up = asyncio.create_task(lane.run(Priority.QUERY, lambda: done.append("never")))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    go.set()
    await holding
    await lane.close()
    assert done == []


async def test_a_failure_reaches_its_caller_and_the_lane_goes_on() -> None:
    lane = Lane("test")
    with pytest.raises(ZeroDivisionError):
        await lane.run(Priority.QUERY, lambda: 1 // 0)
    assert await lane.run(Priority.QUERY, lambda: 7) == 7
    await lane.close()
    await lane.close()
    with pytest.raises(ModelUnavailable, match="closed"):
        await lane.run(Priority.QUERY, lambda: 7)


async def test_the_same_query_is_encoded_once(encoder: LocalEncoder) -> None:
    first = await encoder.encode_text("a red dog")
    assert await encoder.encode_text("a red dog") is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0


async def test_the_least_recently_used_query_is_forgotten_first(encoder: LocalEncoder) -> None:
    kept, dropped = await encoder.encode_text("dog"), await encoder.encode_text("cat")
    assert await encoder.encode_text("dog") is kept
    await encoder.encode_text("red")
    assert await encoder.encode_text("dog") is kept
    again = await encoder.encode_text("cat")
    assert again is not dropped
    np.testing.assert_array_equal(again, dropped)


async def test_an_empty_query_is_refused(encoder: LocalEncoder) -> None:
    with pytest.raises(UsageError, match="empty"):
        await encoder.encode_text(" \n ")


async def test_pixels_of_another_size_are_refused(encoder: LocalEncoder) -> None:
    with pytest.raises(ValueError, match=r"not uint8 \[n, 16, 16, 3\]"):
        await encoder.encode_images(np.zeros((1, 8, 8, 3), np.uint8))


async def test_a_tower_that_was_not_loaded_says_so(tmp_path: Path) -> None:
    folder = read_folder(make(tmp_path / "one"))
    words = LocalEncoder("tiny", folder, towers=frozenset({"text"}), threads=1, text_cache_size=2)
    with pytest.raises(ModelUnavailable, match="not loaded the model's image encoder"):
        await words.encode_images(np.zeros((1, SIDE, SIDE, 3), np.uint8))
    await words.close()
    with pytest.raises(ModelUnavailable):
        await words.encode_text("dog")


def test_texts_are_cut_and_padded_to_one_length(tmp_path: Path) -> None:
    tokenization = read_folder(make(tmp_path / "one")).tokenization
    tokenizer = TextTokenizer(tokenization, length=None)
    part = part_of_a_search(tokenizer, "red dog")
    assert part.ids.tolist() == [[5, 6, 0, 0, 0, 0, 0, 0]]
    assert part.mask.tolist() == [[1, 1, 0, 0, 0, 0, 0, 0]]
    assert part_of_a_search(tokenizer, "dog " * 20).ids.tolist() == [[6] * 8]
    assert part_of_a_search(TextTokenizer(tokenization, length=3), "dog").ids.tolist() == [[6, 0, 0]]


def test_a_folder_may_ask_for_plain_lower_case_words(tmp_path: Path) -> None:
    root = make(tmp_path / "one")
    (root / "config.json").write_text('{"text_cfg": {"tokenizer_kwargs": {"clean": "canonicalize"}}}')
    tokenizer = TextTokenizer(read_folder(root).tokenization, length=3)
    assert part_of_a_search(tokenizer, "Red, DOG!").ids.tolist() == [[5, 6, 0]]
