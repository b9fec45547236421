"""A real model's folder, given by ``--model-folder``, keeps what every model has to, and agrees with its reference.

The reference runs only where transformers and PyTorch are installed and the folder holds its own weights for them.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from appliance.clip import golden
from appliance.clip.encoder import TowerName
from appliance.clip.folder import ModelFolder
from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from appliance.clip.tokenizer import TextTokenizer
from benchmarks.support.photos import DEFAULT, read_photos
from scripts.parity.texts import mixed_texts
from tests.support.exact_pixels import exact_pixels
from tests.support.token_ids import ids_of_a_search

BOTH: frozenset[TowerName] = frozenset({"image", "text"})

TEXTS = ("a photo of a dog", "two cats on a sofa", "a train at a station", "a plate of food")


@pytest.fixture(scope="module")
def root(request: pytest.FixtureRequest) -> Path:
    given = request.config.getoption("--model-folder", default=None)
    if given is None:
        pytest.skip("not run: no --model-folder is given")
    return Path(str(given))


@pytest.fixture
def folder(root: Path) -> ModelFolder:
    return read_folder(root)


@pytest.fixture
async def encoder(folder: ModelFolder) -> AsyncIterator[LocalEncoder]:
    made = LocalEncoder("given", folder, towers=BOTH, threads=0, text_cache_size=64)
    yield made
    await made.close()


async def test_its_vectors_are_of_length_one_repeat_and_differ(encoder: LocalEncoder) -> None:
    first = await golden.golden_vectors(encoder, BOTH)
    encoder.queries.clear()
    again = await golden.golden_vectors(encoder, BOTH)
    assert golden.agreement(first, again) >= 0.99999
    for vector in first.values():
        assert abs(float(np.linalg.norm(vector)) - 1) < 1e-5
    names = [name for name in first if name.startswith("text")]
    assert float(first[names[0]] @ first[names[1]]) < 0.999


async def test_a_batchs_vectors_do_not_depend_on_its_members(encoder: LocalEncoder) -> None:
    pictures = list(golden.pictures(encoder.pixels).values())
    together = await encoder.encode_images(pictures)
    alone = np.concatenate([await encoder.encode_images([picture]) for picture in pictures])
    assert (together * alone).sum(axis=1).min() >= 0.9999


async def test_captions_find_their_photos_far_better_than_chance(encoder: LocalEncoder) -> None:
    photos = read_photos(DEFAULT)
    pixels = [exact_pixels(photo.path, encoder.pixels) for photo in photos]
    images = await encoder.encode_images(pixels)
    texts = np.stack([await encoder.encode_text(photo.captions[0]) for photo in photos])
    best = np.argsort(-(texts @ images.T), axis=1)[:, :5]
    found = np.mean([number in row for number, row in enumerate(best)])
    assert found > 0.5  # by chance it would be one in eleven


def test_any_text_becomes_ids_that_the_model_has(folder: ModelFolder, encoder: LocalEncoder) -> None:
    tokenizer = TextTokenizer(folder.tokenization, length=None)
    largest = max(int(ids_of_a_search(tokenizer, text).max()) for text in mixed_texts(500))
    assert folder.tokenization.vocabulary is None or largest < folder.tokenization.vocabulary


async def test_it_agrees_with_transformers(root: Path, encoder: LocalEncoder) -> None:
    torch = pytest.importorskip("torch", reason="not run: PyTorch is not installed here")
    transformers = pytest.importorskip("transformers", reason="not run: transformers is not installed here")
    if not any(root.glob("*.safetensors")):
        pytest.skip("not run: the folder does not hold the reference's weights")
    model = transformers.AutoModel.from_pretrained(root).eval()
    processor = transformers.AutoProcessor.from_pretrained(root, use_fast=False)
    photos = read_photos(DEFAULT)[:8]
    ours = await encoder.encode_images([exact_pixels(photo.path, encoder.pixels) for photo in photos])
    from PIL import Image  # noqa: PLC0415 - only where the reference runs

    with torch.no_grad():
        pictures = [Image.open(photo.path).convert("RGB") for photo in photos]
        said = model.get_image_features(**processor(images=pictures, return_tensors="pt"))
        images = getattr(said, "pooler_output", said).numpy()
        padding = "max_length" if "siglip" in model.config.model_type else True
        words = processor(text=list(TEXTS), return_tensors="pt", padding=padding, truncation=True)
        said = model.get_text_features(**words)
        texts = getattr(said, "pooler_output", said).numpy()
    own = np.stack([await encoder.encode_text(text) for text in TEXTS])
    for expected, seen in ((images, ours), (texts, own)):
        unit = expected / np.linalg.norm(expected, axis=1, keepdims=True)
        assert (unit * seen).sum(axis=1).min() >= 0.9999
