"""A real model's folder, given by ``--model-folder``, keeps what every model has to, and agrees with its reference.

The reference runs only where transformers and PyTorch are installed and the folder holds its own weights for them.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from appliance.clip import golden
from appliance.clip.encoder import TowerName
from appliance.clip.folder import ModelFolder
from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from appliance.clip.preprocess import normalise
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


async def test_captions_find_their_photos_far_better_than_chance(
    request: pytest.FixtureRequest, encoder: LocalEncoder
) -> None:
    if not request.config.getoption("--real-weights", default=False):
        pytest.skip("not run: --real-weights does not say that the model was trained")
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


def test_its_pixels_are_transformers(root: Path, folder: ModelFolder) -> None:
    transformers = pytest.importorskip("transformers", reason="not run: transformers is not installed here")
    if not (root / "preprocessor_config.json").is_file():
        pytest.skip("not run: the folder has no preprocessor_config.json")
    from PIL import Image  # noqa: PLC0415 - only where the reference runs

    processor = transformers.AutoImageProcessor.from_pretrained(root, use_fast=False)
    for photo in read_photos(DEFAULT):
        with Image.open(photo.path) as opened:
            said = processor(images=opened.convert("RGB"), return_tensors="np")["pixel_values"]
        ours = normalise(exact_pixels(photo.path, folder.preprocessing.pixels)[None], folder.preprocessing)
        np.testing.assert_allclose(ours, said, atol=2e-5, err_msg=photo.path.name)


def test_its_ids_of_ten_thousand_texts_are_transformers(root: Path, folder: ModelFolder) -> None:
    transformers = pytest.importorskip("transformers", reason="not run: transformers is not installed here")
    if not (root / "tokenizer_config.json").is_file() or not (root / "config.json").is_file():
        pytest.skip("not run: the folder is not one of transformers'")
    if folder.tokenization.clean.startswith("siglip") and not (root / "spiece.model").is_file():
        pytest.skip("not run: the folder lacks the reference's spiece.model")
    reference = transformers.AutoTokenizer.from_pretrained(root)
    tokenizer = TextTokenizer(folder.tokenization, length=None)
    filling = "max_length" if folder.tokenization.padded else False
    wrong = []
    for text in mixed_texts():
        said = reference(text, padding=filling, truncation=True, max_length=tokenizer.length)["input_ids"]
        if ids_of_a_search(tokenizer, text)[0].tolist() != said:
            wrong.append(text)
    # Where several marks combine with one letter, the tokenizers library itself reads otherwise than SentencePiece.
    assert len(wrong) <= 25, [ascii(text[:40]) for text in wrong[:5]]


def test_its_pixels_and_ids_are_open_clips(root: Path, folder: ModelFolder) -> None:
    open_clip = pytest.importorskip("open_clip", reason="not run: open_clip is not installed here")
    if not (root / "open_clip_config.json").is_file():
        pytest.skip("not run: the folder has no open_clip_config.json")
    from PIL import Image  # noqa: PLC0415 - only where the reference runs

    name = f"local-dir:{root}"
    said = json.loads((root / "open_clip_config.json").read_text(encoding="utf-8"))["preprocess_cfg"]
    prepare = open_clip.transform.image_transform_v2(
        open_clip.transform.PreprocessCfg(**said), is_train=False
    )
    for photo in read_photos(DEFAULT):
        with Image.open(photo.path) as opened:
            expected = prepare(opened).numpy()
        (ours,) = normalise(exact_pixels(photo.path, folder.preprocessing.pixels)[None], folder.preprocessing)
        np.testing.assert_allclose(ours, expected, atol=2e-5, err_msg=photo.path.name)
    reference = open_clip.get_tokenizer(name)
    tokenizer = TextTokenizer(folder.tokenization, length=reference.context_length)
    texts = mixed_texts()
    wrong = [
        text
        for text in texts
        if ids_of_a_search(tokenizer, text)[0].tolist() != reference([text])[0].tolist()
    ]
    assert len(wrong) <= 25, [ascii(text[:40]) for text in wrong[:5]]
