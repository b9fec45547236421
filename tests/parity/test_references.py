"""Models of the true architectures give, in every layout, what their reference implementations give.

The references ran once, by ``python -m scripts.parity``; their weights are random, and their answers are committed.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.clip.dialects.pictures import require_preprocessing
from appliance.clip.folder import Tokenization
from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from appliance.clip.preprocess import normalise
from appliance.clip.tokenizer import TextTokenizer
from appliance.records.media import PixelSpec
from benchmarks.support.photos import DEFAULT
from scripts.parity.texts import BLOCK, digest, mixed_texts
from tests.support.exact_pixels import exact_pixels
from tests.support.parity_folders import (
    DATA,
    LAYOUTS,
    immich_masked,
    read_digests,
    read_golden,
    write_clip_tokenizer,
)
from tests.support.token_ids import ids_of_a_search

PHOTOS = tuple(json.loads((DATA / "inputs.json").read_text(encoding="utf-8"))["photos"])
TEXTS = tuple(json.loads((DATA / "inputs.json").read_text(encoding="utf-8"))["texts"])

#: What is the same up to the order of sums; halves of inputs and of the decoder's arithmetic would show.
LEAST_COSINE = 0.9999

LAYOUT = pytest.mark.parametrize(("make", "kind"), LAYOUTS.values(), ids=LAYOUTS)


def load(root: Path) -> LocalEncoder:
    towers = frozenset({"image", "text"})
    return LocalEncoder("parity", read_folder(root), towers=towers, threads=1, text_cache_size=4)  # type: ignore[arg-type]


def photos(spec: PixelSpec) -> NDArray[np.uint8]:
    """The photos as the model wants them, from whole decodes."""
    return np.stack([exact_pixels(DEFAULT / "images" / name, spec) for name in PHOTOS])


@LAYOUT
async def test_photos_and_texts_have_the_references_vectors(
    tmp_path: Path, make: Callable[[Path], Path], kind: str
) -> None:
    golden = read_golden(kind)
    encoder = load(make(tmp_path / "model"))
    images = await encoder.encode_images(photos(encoder.pixels))
    texts = np.stack([await encoder.encode_text(text) for text in TEXTS])
    await encoder.close()
    assert (images * golden.images).sum(axis=1).min() >= LEAST_COSINE
    assert (texts * golden.texts).sum(axis=1).min() >= LEAST_COSINE
    # Unlike inputs are far apart, or agreement would prove little.
    assert (images @ images.T).min() < 0.9
    assert (texts @ texts.T).min() < 0.9


async def test_a_masked_text_encoder_in_32_bits_has_the_references_vectors(tmp_path: Path) -> None:
    golden = read_golden("transformers")
    encoder = load(immich_masked(tmp_path / "model"))
    plain = [number for number, text in enumerate(TEXTS) if text.isascii()]
    texts = np.stack([await encoder.encode_text(TEXTS[number]) for number in plain])
    await encoder.close()
    assert (texts * golden.texts[plain]).sum(axis=1).min() >= LEAST_COSINE


@pytest.mark.parametrize("kind", ["open-clip", "transformers", "siglip", "siglip2", "xlm-roberta"])
def test_pixels_are_the_references(kind: str) -> None:
    """Random weights hide faults of the preprocessing, so that pixels are compared before the network."""
    golden = read_golden(kind)
    ours = photos(require_preprocessing([DATA / kind]).pixels)
    differences = np.abs(ours.astype(int) - golden.pixels.astype(int))
    assert (differences.max(), differences.mean()) == (0, 0)


CONFIGURATIONS = json.loads((DATA / "dialects/configurations.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=[item["name"] for item in CONFIGURATIONS])
def test_each_dialects_pixels_and_shift_are_the_references(
    tmp_path: Path, configuration: dict[str, object]
) -> None:
    (tmp_path / str(configuration["file"])).write_text(json.dumps(configuration["content"]))
    preprocessing = require_preprocessing([tmp_path])
    with np.load(DATA / "dialects/pixels.npz") as golden:
        pixels, inputs = golden[configuration["name"]], golden[f"{configuration['name']} input"]
    names = json.loads((DATA / "inputs.json").read_text(encoding="utf-8"))["dialect_photos"]
    ours = np.stack([exact_pixels(DEFAULT / "images" / name, preprocessing.pixels) for name in names])
    assert np.abs(ours.astype(int) - pixels.astype(int)).max() == 0
    np.testing.assert_allclose(normalise(ours, preprocessing)[:, :, ::16, ::16], inputs, atol=2e-5)


@LAYOUT
def test_ids_of_ten_thousand_texts_are_the_references(
    tmp_path: Path, make: Callable[[Path], Path], kind: str
) -> None:
    folder = read_folder(make(tmp_path / "model"))
    expected = read_golden(kind).digests
    if kind == "open-clip":
        # The one difference that transformers' form of the vocabulary makes: what it fills up with.
        require_ids(folder.tokenization, 77, expected, pad_token="!")
    else:
        left_out = json.loads(path.read_text()) if (path := DATA / kind / "left-out.json").exists() else []
        # Texts that the tokenizers library itself reads otherwise than SentencePiece.
        assert len(left_out) <= 25
        require_ids(folder.tokenization, folder.tokenization.context_length, expected, left_out=left_out)


def test_siglips_ids_are_open_clips_where_its_configuration_says_so(tmp_path: Path) -> None:
    tokenization = Tokenization(DATA / "siglip/tokenizer.json", 64, "</s>", clean="canonicalize")
    require_ids(tokenization, 64, read_digests("siglip", "digests-open-clip.json"))


@pytest.mark.parametrize("language", [None, "deu_Latn"])
def test_nllbs_ids_begin_with_the_language(language: str | None) -> None:
    tokenization = Tokenization(
        DATA / "nllb/tokenizer.json", 77, "<pad>", clean="whitespace", language=language
    )
    found = json.loads((DATA / "nllb/digests.json").read_text(encoding="utf-8"))
    require_ids(tokenization, 77, found[language or "eng_Latn"])


@pytest.mark.parametrize("pairs", [True, False])
def test_merges_are_read_as_pairs_and_as_texts(tmp_path: Path, pairs: bool) -> None:
    write_clip_tokenizer(tmp_path, pairs=pairs)
    tokenizer = TextTokenizer(Tokenization(tmp_path / "tokenizer.json", 77, None, padded=False), length=None)
    assert ids_of_a_search(tokenizer, "a photo of a dog").tolist() == [
        [49406, 320, 1125, 539, 320, 1929, 49407]
    ]


def require_ids(
    tokenization: Tokenization,
    length: int,
    expected: list[str],
    *,
    pad_token: str | None = None,
    left_out: Sequence[int] = (),
) -> None:
    """Fails with the hundreds of texts whose ids are not the reference's."""
    tokenization = replace(tokenization, pad_token=pad_token or tokenization.pad_token)
    tokenizer = TextTokenizer(tokenization, length=length)
    texts = [text for number, text in enumerate(mixed_texts()) if number not in left_out]
    blocks = [texts[start : start + BLOCK] for start in range(0, len(texts), BLOCK)]
    wrong = []
    for number, block in enumerate(blocks):
        ids = np.concatenate([ids_of_a_search(tokenizer, text) for text in block])
        if digest(ids) != expected[number]:
            wrong.append(number)
    assert wrong == []
