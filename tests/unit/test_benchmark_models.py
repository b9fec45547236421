"""The models of full size that the benchmarks make load and encode; here with fewer and narrower layers."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from appliance.clip.encoder import Encoder
from appliance.clip.opening import open_encoder
from appliance.settings import load
from benchmarks.support.vit import CONTEXT, DIMENSION, FP32, INT8, SIDE
from tests.support.small_vit import small_vits


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_vits(tmp_path_factory.mktemp("models"))


async def _opened(models: Path, name: str) -> Encoder:
    settings = load({}, DATA_PATH=str(models.parent / "data"), MODELS_PATH=str(models), CLIP_MODEL=name)
    return await open_encoder(settings, towers=frozenset({"image", "text"}))


async def test_the_model_in_8_bits_gives_nearly_the_vectors_of_the_one_it_was_made_from(models: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8)
    vectors = {}
    for name in (FP32, INT8):
        encoder = await _opened(models, name)
        assert encoder.dimension == DIMENSION
        images = await encoder.encode_images(pictures)
        texts = [await encoder.encode_text(text) for text in ("a dog on the beach", "a red car")]
        vectors[name] = np.stack([*images, *texts])
        await encoder.close()
    assert np.einsum("nd,nd->n", vectors[FP32], vectors[INT8]) == pytest.approx(1, abs=0.01)
    texts_differ = float(vectors[FP32][-1] @ vectors[FP32][-2])
    assert texts_differ < 0.999


def test_any_text_becomes_ids_between_the_marks_of_its_start_and_end(models: Path) -> None:
    tokenizer = Tokenizer.from_file(str(models / FP32 / "textual/tokenizer.json"))
    for text in ("a dog", "12 żółć 犬 🙂", ""):
        ids = tokenizer.encode(text).ids
        assert (ids[0], ids[-1]) == (49_406, 49_407)
        assert 49_407 not in ids[:-1]
        assert len(ids) < CONTEXT
