"""The built-in model: its files are pinned, and so is how well it finds photos through the project's own path."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from appliance.clip.identity import file_digests
from appliance.clip.local import LocalEncoder
from appliance.clip.opening import model_root, open_local
from appliance.clip.session import Session
from benchmarks.quality import bare, cosines, project
from benchmarks.support.photos import DEFAULT, read_photos
from benchmarks.support.retrieval import judge, queries
from tests.conftest import MakeSettings

ROOT = model_root("starter", Path())

#: A change of any of these makes every library that uses the starter embed its photos anew.
FILES = {
    "config.json": "4594d035bd2f5b77166e288721e7dbb8373b4b797645b30b7f73cb32c3f55a59",
    "textual/model.onnx": "3b33930cc2c5432029df5233ecbb9a59ba478f6231293fe5163c227c42339fa8",
    "textual/tokenizer.json": "58af93e512ded1a462d070071f56735c50a1cc330bfaee0a04a428735ac5f705",
    "textual/tokenizer_config.json": "2b56320989a1d4d757d5103aff1209c47417a2d48d55debf27e82063fe81ec97",
    "visual/model.onnx": "af1e1bab490b7cdc744cf13f1dee369be4e63ac226e500968d89c6fb74a2c71c",
    "visual/preprocess_cfg.json": "d3218bc8fd0d04010bb46ed0f18d926e18036b494fae70db59954a0089c8cfd0",
}
IDENTITY = "a1885b10845911faf6ac71f294837a6eeeea61e44f685c88e403c9a81dea3991"


@pytest.fixture
async def starter(make_settings: MakeSettings) -> AsyncIterator[LocalEncoder]:
    encoder = await open_local(make_settings(), towers=frozenset({"image", "text"}))
    yield encoder
    await encoder.close()


def test_the_files_are_the_published_ones() -> None:
    assert file_digests(ROOT) == FILES
    assert "Apache-2.0" in (ROOT / "NOTICE.md").read_text(encoding="utf-8")


def test_it_is_presented_as_what_it_is(starter: LocalEncoder) -> None:
    assert (starter.name, starter.dimension, starter.identity) == ("starter", 384, IDENTITY)
    assert starter.card.title == "Starter model"
    assert starter.card.languages == ("en",)
    assert "weak at colours and people" in starter.card.description


def test_its_graphs_take_and_give_what_they_declare() -> None:
    visual, textual = (Session(ROOT / f"{tower}/model.onnx", threads=1) for tower in ("visual", "textual"))
    assert [(port.name, port.shape, port.dtype) for port in visual.inputs] == [
        ("image", (None, 3, 260, 260), np.float32)
    ]
    assert [(port.name, port.shape, port.dtype) for port in textual.inputs] == [
        ("text", (None, None), np.int32)
    ]
    assert [port.shape for port in (*visual.outputs, *textual.outputs)] == [(None, 384), (None, 384)]


async def test_vectors_are_of_length_one_and_repeat_to_the_bit(starter: LocalEncoder) -> None:
    batch = np.random.default_rng(3).integers(0, 256, (6, 260, 260, 3), dtype=np.uint8)
    first, second = await starter.encode_images(batch), await starter.encode_images(batch)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-6)
    texts = [await starter.encode_text(text) for text in ("a dog", "two dogs on a beach")]
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-6)


async def test_padding_and_neighbours_do_not_change_a_texts_vector(starter: LocalEncoder) -> None:
    """Given bare, without padding, the graph gives the very same numbers as the encoder's padded ids do."""
    photos = read_photos(DEFAULT)[:4]
    asked = [photo.captions[0] for photo in photos]
    _, texts = bare(photos, asked)
    for text, expected in zip(asked, texts, strict=True):
        np.testing.assert_allclose(await starter.encode_text(text), expected, atol=1e-6)


def test_it_finds_photos_by_their_captions_as_well_as_it_can() -> None:
    """Figures of one machine; int8 arithmetic differs a little between CPUs, hence the tolerance."""
    photos = read_photos(DEFAULT)
    asked = queries(photos)
    quality = judge(photos, cosines(asked, *project(photos, asked)))
    assert (quality.photos, quality.captions, quality.labels) == (56, 280, 22)
    recalls = (quality.recall_1, quality.recall_5, quality.recall_10)
    assert recalls == pytest.approx((53.9, 92.9, 97.9), abs=1.5)
    assert quality.mrr == pytest.approx(0.695, abs=0.015)
    assert quality.label_map == pytest.approx(0.680, abs=0.015)
