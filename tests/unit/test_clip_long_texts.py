"""Texts that are longer than a model takes are encoded in parts, and others as their reference has them."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.clip.folder import Tokenization
from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from appliance.clip.tokenizer import MAX_PARTS, TextTokenizer
from appliance.clip.vocabulary import BUILT_IN
from appliance.errors import ModelUnavailable, UsageError
from tests.support.parity_folders import DATA
from tests.support.tiny_models import make

CLIP = TextTokenizer(Tokenization(BUILT_IN, 16, "!", clean="lower"), length=None)
UNIGRAM = TextTokenizer(Tokenization(DATA / "xlm-roberta/tokenizer.json", 16, "<pad>"), length=None)


def words(part_ids: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> list[int]:
    """The ids of words, without the special ones and the filling."""
    return [int(number) for number in part_ids[0] if number not in {0, 49406, 49407}]


def test_a_text_that_fits_is_one_part_with_the_references_ids() -> None:
    (part,) = CLIP.parts("a photo of a dog")
    assert part.ids.tolist() == [[49406, 320, 1125, 539, 320, 1929, 49407, *[0] * 9]]
    assert part.weight == 5


def test_a_longer_one_is_divided_between_words_and_loses_none() -> None:
    text = " ".join(f"photograph number {number}" for number in range(12))
    parts = CLIP.parts(text)
    assert len(parts) > 2
    assert all(part.ids.shape == (1, 16) for part in parts)
    (whole,) = TextTokenizer(Tokenization(BUILT_IN, 400, "!", clean="lower"), length=None).parts(text)
    assert [number for part in parts for number in words(part.ids)] == words(whole.ids)
    assert sum(part.weight for part in parts) == len(words(whole.ids))


@pytest.mark.parametrize("tokenizer", [CLIP, UNIGRAM], ids=["byte pairs", "unigram"])
@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_becomes_parts_of_the_models_length(tokenizer: TextTokenizer, text: str) -> None:
    parts = tokenizer.parts(text)
    assert 1 <= len(parts) <= MAX_PARTS
    for part in parts:
        assert part.ids.shape == part.mask.shape == (1, 16)
        assert 1 <= part.weight <= 14


@pytest.mark.parametrize("text", ["word " * 1000, "x" * 60_000, "犬" * 5000])
def test_a_text_that_is_far_too_long_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"too long|characters"):
        CLIP.parts(text)


async def test_parts_count_by_their_tokens(tmp_path: Path) -> None:
    """The small model's vector is the mean of its words' rows, so that the whole text's vector is known."""
    folder = read_folder(make(tmp_path / "tiny"))
    encoder = LocalEncoder("tiny", folder, towers=frozenset({"text"}), threads=1, text_cache_size=4)
    many, red, dog = [
        await encoder.encode_text(text) for text in ("red " * 8 + "dog " * 8, "red " * 8, "dog " * 8)
    ]
    await encoder.close()
    expected = (red + dog) / np.linalg.norm(red + dog)
    np.testing.assert_allclose(many, expected, atol=1e-6)


def test_a_language_that_the_tokenizer_does_not_know_is_refused() -> None:
    tokenization = Tokenization(DATA / "nllb/tokenizer.json", 77, "<pad>", language="tlh_Latn")
    with pytest.raises(ModelUnavailable, match="does not know the language 'tlh_Latn'"):
        TextTokenizer(tokenization, length=None)


def test_a_text_that_makes_the_tokenizer_panic_is_refused_and_the_next_one_is_not(tmp_path: Path) -> None:
    root = make(tmp_path / "tiny")
    path = root / "textual/tokenizer.json"
    content = json.loads(path.read_text())
    # Backtracks without an end in sight, until the library's own limit.
    content["normalizer"] = {
        "type": "Replace",
        "pattern": {"Regex": "(.*)*(.*)*(.*)*[^\\s\\S]"},
        "content": "b",
    }
    path.write_text(json.dumps(content))
    tokenizer = TextTokenizer(read_folder(root).tokenization, length=8)
    with pytest.raises(UsageError, match="tokenizer can't read this text"):
        tokenizer.parts("a" * 3000 + "!")
    assert len(tokenizer.parts("red dog")) == 1
