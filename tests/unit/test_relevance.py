"""Where answers end, on made vectors whose scores are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.library.background import Background
from appliance.library.relevance import Scale, scale_of
from appliance.records.search import Strength


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def background() -> Background:
    random = np.random.default_rng(0)
    return Background(unit(random.normal(size=(500, 64))), unit(random.normal(size=(200, 64))))


def test_what_chance_gives_is_nothing_above_chance(background: Background) -> None:
    mean, deviation = background.chance()
    scale = Scale(mean, deviation)
    assert scale.above_chance(mean) == pytest.approx(0)
    assert scale.above_chance(mean + 3 * deviation) == pytest.approx(3)


def test_a_query_that_fits_everything_a_little_has_to_score_higher(background: Background) -> None:
    middle = unit(background.pictures.mean(axis=0))
    usual, plain = scale_of(middle, background), scale_of(background.generic[0], background)
    assert usual is not None
    assert plain is not None
    assert usual.zero > plain.zero


def test_pictures_are_measured_by_what_pictures_score_with_one_another() -> None:
    random = np.random.default_rng(0)
    towards = np.zeros(64)
    towards[0] = 6
    known = Background(unit(random.normal(size=(300, 64)) + towards), unit(random.normal(size=(200, 64))))
    words, mixed, alike = (known.chance(part)[0] for part in (0.0, 0.5, 1.0))
    assert words < mixed < alike


def test_too_few_pictures_tell_nothing(background: Background) -> None:
    few = Background(background.pictures[:3], background.generic)
    assert scale_of(background.generic[0], few) is None
    assert scale_of(background.generic[0], None) is None


def test_stricter_answers_end_earlier() -> None:
    scale = Scale(zero=0.0, unit=0.1)
    cuts = [scale.cut(strength, 0.6) for strength in (Strength.LOOSE, Strength.BALANCED, Strength.STRICT)]
    thresholds = [cut.threshold for cut in cuts if cut is not None]
    assert len(thresholds) == 3
    assert thresholds == sorted(thresholds)
    assert thresholds[0] < thresholds[-1]
    assert scale.cut(Strength.ALL, 0.6) is None


@pytest.mark.parametrize("strength", [Strength.LOOSE, Strength.BALANCED, Strength.STRICT])
def test_an_answer_ends_above_its_best_only_if_there_is_nothing(strength: Strength) -> None:
    scale = Scale(zero=0.0, unit=0.1)
    for top in np.linspace(-0.5, 1.0, 151):
        cut = scale.cut(strength, float(top))
        assert cut is not None
        assert cut.nothing or cut.threshold <= top
        assert cut.nothing == (top < 0.1 * {"loose": 3.5, "balanced": 4.2, "strict": 4.5}[strength])


def test_what_a_person_marked_as_right_is_not_nothing() -> None:
    scale = Scale(zero=0.0, unit=0.1)
    plain = scale.cut(Strength.BALANCED, 0.3)
    marked = scale.cut(Strength.BALANCED, 0.3, is_there=True)
    assert plain is not None
    assert marked is not None
    assert plain.nothing
    assert not marked.nothing
    assert marked.threshold == pytest.approx(0.3)


def test_a_mark_does_not_loosen_the_cut_of_what_is_above_chance_anyway() -> None:
    scale = Scale(zero=0.0, unit=0.1)
    for strength in (Strength.LOOSE, Strength.BALANCED, Strength.STRICT):
        plain, marked = scale.cut(strength, 0.6), scale.cut(strength, 0.6, is_there=True)
        assert plain is not None
        assert marked is not None
        assert marked.threshold == plain.threshold


def test_the_same_picture_is_above_every_cut_however_alike_all_pictures_are() -> None:
    random = np.random.default_rng(0)
    for spread in (0.1, 0.5, 2.0):
        towards = np.r_[np.ones(8), np.zeros(56)]
        pictures = unit(random.normal(size=(300, 64)) * spread + random.uniform(0, 3, (300, 1)) * towards)
        scale = scale_of(pictures[0], Background(pictures, pictures[:10]), pictures=1.0)
        assert scale is not None
        for strength in (Strength.LOOSE, Strength.BALANCED, Strength.STRICT):
            cut = scale.cut(strength, 1.0)
            assert cut is not None
            assert not cut.nothing


def test_a_query_of_several_parts_is_cut_by_what_one_of_them_can_score() -> None:
    alone, several = Scale(0.0, 0.1), Scale(0.0, 0.1, focus=0.7)
    for strength in (Strength.LOOSE, Strength.BALANCED, Strength.STRICT):
        whole, part = alone.cut(strength, 0.33), several.cut(strength, 0.33)
        assert whole is not None
        assert part is not None
        assert whole.nothing
        assert not part.nothing


def test_of_few_pictures_less_is_enough() -> None:
    scale = Scale(zero=0.0, unit=0.1)
    thresholds = []
    for among in (8, 60, 400, 100_000, None):
        cut = scale.cut(Strength.BALANCED, 0.6, among=among)
        assert cut is not None
        thresholds.append(cut.threshold)
    assert thresholds[0] <= thresholds[1] < thresholds[2] == thresholds[3] == thresholds[4]
