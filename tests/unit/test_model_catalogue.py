"""The catalogue says only what is complete and sane, and what it recommends fits."""

import re
from pathlib import Path

import pytest

from appliance.clip.card import STARTER
from appliance.clip.catalogue import read_catalogue
from appliance.clip.identity import identity
from appliance.clip.layouts import read_folder
from appliance.clip.opening import model_root
from appliance.errors import UsageError
from appliance.library.shelf.places import check_name
from appliance.library.shelf.recommend import CPU_MS, recommend
from appliance.records.presets import Machine, Preset
from tests.conftest import MakeSettings

GIB = 2**30
CATALOGUE = read_catalogue()
EVERY = pytest.mark.parametrize("preset", CATALOGUE.presets, ids=lambda preset: preset.name)
PAGE = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
OTHERS = [preset for preset in CATALOGUE.presets if not preset.built_in]


@EVERY
def test_a_preset_says_what_it_is_and_under_which_licence(preset: Preset) -> None:
    assert preset.title
    assert preset.licence
    assert preset.notes.endswith(".")
    assert preset.languages
    assert all(re.fullmatch(r"[a-z]{2}", code) for code in preset.languages)
    assert preset.built_in or check_name(preset.name) == preset.name


@EVERY
def test_a_presets_figures_are_such_as_can_be(preset: Preset) -> None:
    assert all(20 <= recall <= 100 for recall in preset.recall.values())
    assert preset.coco is None or preset.coco[0] < preset.coco[1] < preset.coco[2] < 100
    assert preset.dimension is None or preset.dimension in {384, 512, 768, 1024, 1152}
    assert preset.side is None or 200 < preset.side < 520
    assert preset.ms is None or 1 < preset.ms < 200
    assert preset.memory_mib is None or 900 < preset.memory_mib < 8000
    assert (preset.ms is None) == (preset.memory_mib is None) == (not preset.recall)


@pytest.mark.parametrize("preset", OTHERS, ids=lambda preset: preset.name)
def test_what_a_preset_lets_fetch_is_a_whole_model(preset: Preset) -> None:
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", preset.repository)
    names = {file.name for file in preset.files}
    assert len(names) == len(preset.files)
    for file in preset.files:
        assert not file.name.startswith("/")
        assert ".." not in file.name
        assert re.fullmatch(r"([0-9a-f]{64})?", file.sha256)
    graphs = [name for name in names if name.endswith(".onnx")]
    assert len(graphs) in ({0} if not names else {2})
    assert not names or any(name.endswith("tokenizer.json") for name in names)


def test_names_are_given_once_and_found_with_and_without_the_repositorys_owner() -> None:
    names = [preset.name for preset in CATALOGUE.presets]
    assert len(set(names)) == len(names)
    for preset in OTHERS:
        assert CATALOGUE.find(preset.name) is preset
        assert CATALOGUE.find(preset.repository) is preset
    assert CATALOGUE.find("no-such-model") is None


def test_each_kind_of_figure_has_its_source() -> None:
    assert {"recall", "cost", "coco", "sha256"} <= set(CATALOGUE.sources)


def test_the_starter_is_what_the_catalogue_says(make_settings: MakeSettings) -> None:
    folder = read_folder(model_root(STARTER, make_settings().models_path))
    preset = CATALOGUE.find(STARTER)
    assert preset is not None
    assert preset.built_in
    assert (preset.dimension, preset.side) == (folder.dimension, folder.preprocessing.pixels.width)
    assert preset.languages == folder.languages
    assert preset.identity == identity(folder.root)


@pytest.mark.parametrize("preset", OTHERS, ids=lambda preset: preset.name)
def test_the_page_says_the_same(preset: Preset) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith(f"| `{preset.name}` |")]
    assert len(rows) == 1
    cells = [cell.strip() for cell in rows[0].strip("|").split("|")]
    wanted = [preset.recall.get(code) for code in ("en", "de", "fr", "es", "ja", "zh")]
    assert cells[1:7] == ["" if recall is None else f"{recall:.1f}" for recall in wanted]
    assert cells[7] == str(len(preset.languages))
    assert cells[8:11] == [
        "" if value is None else f"{value:g}" for value in (preset.memory_mib, preset.ms, preset.dimension)
    ]


def names(languages: list[str], *, gib: float, gpu: bool = False, vram: float | None = None) -> list[str]:
    machine = Machine(int(gib * GIB), gpu, None if vram is None else int(vram * GIB))
    return [advice.preset.name for advice in recommend(languages, machine)]


def test_the_best_that_fits_comes_first_and_quicker_ones_after_it() -> None:
    found = recommend(["en"], Machine(16 * GIB, gpu=False))
    assert [advice.preset.name for advice in found] == [
        "ViT-B-16-SigLIP2__webli", "ViT-B-32-SigLIP2-256__webli", "ViT-B-16-SigLIP__webli",
    ]  # fmt: skip
    recall = [advice.preset.recall["en"] for advice in found]
    assert recall == sorted(recall, reverse=True)
    assert found[0].command == "scene-sense model add ViT-B-16-SigLIP2__webli"
    assert "75.2" in found[0].why


def test_a_small_machine_gets_a_small_model() -> None:
    assert names(["en"], gib=4) == ["ViT-B-16-SigLIP__webli", "ViT-B-32__laion2b-s34b-b79k"]
    assert names(["en"], gib=2)[0] == "ViT-B-32__laion2b-s34b-b79k"
    assert names(["en"], gib=1) == [STARTER]
    assert names(["ar"], gib=2) == []


def test_all_languages_asked_for_are_understood() -> None:
    for languages in (["de"], ["de", "fi"], ["ja", "zh", "en"], ["te"], ["bn", "sw"]):
        for gpu in (False, True):
            for advice in recommend(languages, Machine(64 * GIB, gpu)):
                assert set(languages) <= set(advice.preset.languages)


def test_a_processor_is_not_asked_for_what_only_a_gpu_does_in_time() -> None:
    on_cpu = recommend(["de"], Machine(64 * GIB, gpu=False))
    on_gpu = recommend(["de"], Machine(64 * GIB, gpu=True))
    assert all(advice.preset.ms is not None and advice.preset.ms <= CPU_MS for advice in on_cpu)
    assert on_gpu[0].preset.name == "ViT-SO400M-16-SigLIP2-384__webli"
    assert names(["de"], gib=64, gpu=True, vram=4)[0] != on_gpu[0].preset.name


def test_what_is_for_research_only_is_never_recommended_and_other_limits_are_said() -> None:
    for gpu in (False, True):
        for language in ("en", "de", "te", "fr"):
            for advice in recommend([language], Machine(64 * GIB, gpu)):
                assert advice.preset.use != "research"
                assert advice.preset.use == "any" or advice.preset.use in advice.why


def test_a_language_that_no_model_knows_is_refused_with_those_that_one_does() -> None:
    with pytest.raises(UsageError, match="de, el, en"):
        recommend(["tlh"], Machine(64 * GIB, gpu=True))
