"""How words, pictures and marks become one vector."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.clip.encoder import Encoder
from appliance.clip.opening import open_encoder
from appliance.errors import Conflict, ModelUnavailable, UsageError
from appliance.library.background import Background
from appliance.library.mixing import ALL_NEGATIVE, UNKNOWN_SCRIPT, Mixed, mix
from appliance.records.models import Model
from appliance.records.search import AssetTerm, PictureTerm, Term, TextTerm
from appliance.settings import load

Vector = NDArray[np.float32]
D = 384
MODEL = Model(id=1, identity="starter", name="starter", dimension=D)


def unit(vectors: NDArray[np.floating]) -> Vector:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


_random = np.random.default_rng(0)
#: Pictures that score higher with one another than with anything else, some of them more than others.
_towards = np.r_[np.full(8, 1.0), np.zeros(D - 8)]
PICTURES = unit(_random.normal(size=(200, D)) * 0.2 + _random.uniform(0.2, 2, size=(200, 1)) * _towards)
BACKGROUND = Background(PICTURES, PICTURES[:0])
ASSETS = {uuid4(): number for number in range(20)}
FIRST, SECOND, THIRD = list(ASSETS)[:3]


async def of_asset(asset: UUID) -> Vector:
    vector: Vector = PICTURES[ASSETS[asset]]
    return vector


@pytest.fixture
async def encoder(tmp_path: Path) -> AsyncIterator[Encoder]:
    settings = load({}, DATA_PATH=str(tmp_path / "data"))
    opened = await open_encoder(settings, towers=frozenset({"text"}))
    yield opened
    await opened.close()


async def mixed(
    *terms: Term,
    encoder: Encoder | None = None,
    background: Background | None = BACKGROUND,
    right: tuple[UUID, ...] = (),
    wrong: tuple[UUID, ...] = (),
) -> Mixed:
    return await mix(
        terms, right, wrong, encoder=encoder, vector_of=of_asset, background=background, model=MODEL
    )


async def test_one_text_is_its_own_vector(encoder: Encoder) -> None:
    found = await mixed(TextTerm("a dog", 3.0), encoder=encoder)
    assert found.vector == pytest.approx(await encoder.encode_text("a dog"), abs=1e-5)
    assert (found.pictures, found.notes) == (0.0, ())


async def test_words_weigh_as_much_as_a_picture(encoder: Encoder) -> None:
    found = await mixed(AssetTerm(FIRST), TextTerm("winter"), encoder=encoder)
    words, picture = await encoder.encode_text("winter"), PICTURES[0]
    plain = unit(words + picture)

    def of_words(vector: Vector) -> float:
        return abs(float(np.corrcoef(PICTURES @ vector, PICTURES @ words)[0, 1]))

    assert of_words(found.vector) > of_words(plain)
    assert found.pictures == pytest.approx(0.5)


async def test_words_that_are_not_wanted_are_taken_off(encoder: Encoder) -> None:
    found = await mixed(TextTerm("a dog"), TextTerm("snow", -0.5), encoder=encoder, background=None)
    dog, snow = await encoder.encode_text("a dog"), await encoder.encode_text("snow")
    assert found.vector == pytest.approx(unit(dog - 0.5 * snow), abs=1e-5)


async def test_what_was_right_draws_and_what_was_wrong_repels(encoder: Encoder) -> None:
    plain = await mixed(TextTerm("a dog"), encoder=encoder)
    moved = await mixed(TextTerm("a dog"), encoder=encoder, right=(FIRST,), wrong=(SECOND,))
    gained = moved.vector - plain.vector
    assert gained @ (PICTURES[0] - PICTURES[1]) > 0
    assert moved.vector @ PICTURES[0] > plain.vector @ PICTURES[0]


async def test_marks_alone_are_a_question_too() -> None:
    found = await mixed(right=(FIRST, SECOND))
    assert found.vector == pytest.approx(unit(PICTURES[0] + PICTURES[1]), abs=1e-4)


async def test_nothing_but_not_that_leads_away_from_it_within_the_library(encoder: Encoder) -> None:
    found = await mixed(TextTerm("a dog", -1.0), encoder=encoder)
    assert ALL_NEGATIVE in found.notes
    assert found.vector @ await encoder.encode_text("a dog") < 0
    assert float(np.mean(PICTURES @ found.vector)) > 0


async def test_a_text_and_its_opposite_cancel_each_other_out(encoder: Encoder) -> None:
    with pytest.raises(UsageError, match="cancel"):
        await mixed(TextTerm("a dog"), TextTerm("a dog", -1.0), encoder=encoder, background=None)


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("собака на снегу", True), ("狗在雪地里", True), ("كلب في الثلج", True), ("a dog 🐶🐶🐶", False),
        ("🐶", False), ("12 345", False), ("ein Hund im Schnee", False), ("собака dog in the snow", False),
        ("שלום 2024", True),
    ],
)  # fmt: skip
async def test_a_writing_that_the_model_does_not_know_is_said(
    encoder: Encoder, text: str, strange: bool
) -> None:
    assert (UNKNOWN_SCRIPT in (await mixed(TextTerm(text), encoder=encoder)).notes) is strange


@pytest.mark.parametrize("text", ["dog " * 2500, "🐶" * 500, "\u202eabc", "שלום عالم hello мир 世界"])
async def test_long_and_mixed_texts_have_one_vector(encoder: Encoder, text: str) -> None:
    found = await mixed(TextTerm(text), encoder=encoder)
    assert float(np.linalg.norm(found.vector)) == pytest.approx(1, abs=1e-4)


async def test_a_picture_read_by_another_model_is_refused() -> None:
    with pytest.raises(Conflict, match="give the picture again"):
        await mixed(PictureTerm(PICTURES[0], model_id=2))
    with pytest.raises(Conflict, match="give the picture again"):
        await mixed(PictureTerm(PICTURES[0][:100], model_id=MODEL.id))


async def test_words_without_a_model_are_refused() -> None:
    with pytest.raises(ModelUnavailable):
        await mixed(TextTerm("a dog"))
    assert (await mixed(AssetTerm(THIRD))).pictures == 1.0


async def test_what_else_is_asked_for_takes_from_the_height_of_each_part(encoder: Encoder) -> None:
    alone = await mixed(TextTerm("a dog"), encoder=encoder)
    several = await mixed(TextTerm("a dog"), TextTerm("snow", -0.5), TextTerm("a beach"), encoder=encoder)
    assert alone.focus == pytest.approx(1)
    assert 0.4 < several.focus < 0.9
