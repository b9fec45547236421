"""A less exact model is made out of sight, measured on the owner's pictures, and kept only when its owner says so."""

import asyncio
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.external_data_helper import convert_model_to_external_data

from appliance.cli.model.quantize import lines
from appliance.clip import quantize as making
from appliance.clip.encoder import Vectors
from appliance.clip.identity import identity
from appliance.clip.layouts import read_folder
from appliance.clip.local import SLICE, LocalEncoder
from appliance.errors import SettingsError, UsageError
from appliance.library.quantize import Encoded, judge
from appliance.library.samples import QUERIES, Samples
from appliance.library.shelf.trial import load
from appliance.settings import Settings
from benchmarks.support.photos import DEFAULT
from benchmarks.support.vit import Size, make_fp32
from scripts.parity.tables import TABLE
from tests.conftest import MakeSettings
from tests.support.cli import Said, scene_sense
from tests.support.examined import tree
from tests.support.home import add_picture, open_home, picture
from tests.support.parity_folders import immich
from tests.support.rows import add_person
from tests.support.tiny_models import make, write


@pytest.fixture
def models(tmp_path: Path) -> Path:
    make(tmp_path / "models/tiny")
    return tmp_path / "models"


@pytest.fixture
def environment(tmp_path: Path, models: Path) -> dict[str, str]:
    return {"DATA_PATH": str(tmp_path / "data"), "MODELS_PATH": str(models), "ENCODE_THREADS": "1"}


def quantize(environment: dict[str, str], name: str, *options: str) -> Said:
    return scene_sense("model", "quantize", name, *options, environment=environment)


def test_a_small_vision_transformer_in_8_bits(
    environment: dict[str, str], models: Path, make_settings: MakeSettings
) -> None:
    source = make_fp32(models / "vit", Size(layers=2, image_width=128, text_width=128, head=32))
    before = tree(source)
    said = quantize(environment, "vit", "--photos", str(DEFAULT), "--keep", "--json")
    assert said.code == 0, said.err
    found = said.json["agreement"]
    assert (said.json["name"], said.json["kept"]) == ("vit-int8", True)
    assert (found["pictures"], found["texts"], found["source"]) == (56, 280, "photos")
    assert 0.99 < found["picture_cosine_min"] < 1
    assert 0.99 < found["text_cosine_min"] < 1
    assert found["bytes"][1] < found["bytes"][0]
    assert len(found["recall10"]) == 2
    assert tree(source) == before

    root = models / "vit-int8"
    notes = json.loads((root / "scene-sense.json").read_text())
    assert (notes["precision"], notes["made_from"]) == ("int8", identity(source))
    assert notes["agreement"] == found
    encoder = load("vit-int8", root, make_settings(models_path=str(models)))
    assert (encoder.precision, encoder.card.precision, encoder.has_agreement) == ("int8", "int8", True)
    assert encoder.identity != identity(source)
    assert encoder.batch.size == found["batch"]
    asyncio.run(encoder.close())


def test_without_a_yes_nothing_stays(environment: dict[str, str], models: Path) -> None:
    before = tree(models)
    said = quantize(environment, "tiny", "--photos", str(DEFAULT))
    assert said.code == 0, said.err
    assert "on 56 pictures and 280 texts (photos):" in said.out
    assert "of the first ten pictures found, the same" in said.out
    assert "tiny-int8 was not kept" in said.out
    assert [entry for entry in tree(models) if "/.lock" not in entry[0]][1:] == before[1:]


async def test_the_librarys_own_pictures_are_what_models_are_compared_on(
    environment: dict[str, str],
    database_url: str,
    redis_url: str,
    make_settings: MakeSettings,
    tmp_path: Path,
) -> None:
    environment |= {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "FREE_SPACE_FLOOR_BYTES": "0"}
    environment |= {"STORAGE_PATH": str(tmp_path / "data/storage"), "CLIP_MODEL": "tiny"}
    async with open_home(make_settings(**environment)) as home:
        viewer = await add_person(home.db)
        for number in range(12):
            await add_picture(home, viewer, picture(number), name=f"{number}.jpg")
    queries = tmp_path / "queries"
    queries.write_text("a red dog\n\na cat\n", encoding="utf-8")
    said = await asyncio.to_thread(
        quantize, environment, "tiny", "--queries", str(queries), "--sample", "10", "--json"
    )
    assert said.code == 0, said.err
    found = said.json["agreement"]
    assert (found["pictures"], found["texts"], found["source"], found["recall10"]) == (10, 2, "library", None)
    said = await asyncio.to_thread(quantize, environment, "tiny", "--json")
    assert (said.json["agreement"]["pictures"], said.json["agreement"]["texts"]) == (12, len(QUERIES))


def test_what_can_not_be_made_is_said_and_leaves_nothing(environment: dict[str, str], models: Path) -> None:
    photos = ("--photos", str(DEFAULT))
    said = quantize(environment, "nothing", *photos)
    assert (said.code, "There is no model folder" in said.err) == (1, True)
    write(models / "tiny/scene-sense.json", {"precision": "fp16"})
    said = quantize(environment, "tiny", *photos)
    assert (said.code, "starts from a model in single precision" in said.err) == (2, True)
    (models / "tiny/scene-sense.json").unlink()
    said = quantize(environment, "tiny", "--photos", str(models / "nowhere"))
    assert (said.code, "is not a folder of photos" in said.err) == (2, True)
    said = quantize(environment, "tiny", "--photos", str(models))
    assert (said.code, "no pictures to compare" in said.err) == (2, True)
    assert quantize(environment, "tiny", *photos, "--keep").code == 0
    said = quantize(environment, "tiny", *photos)
    assert (said.code, "There is a model tiny-int8 already" in said.err) == (1, True)
    assert {path.name for path in models.iterdir()} == {".lock", "tiny", "tiny-int8"}


def test_bfloat16_is_refused_where_nothing_computes_in_it(environment: dict[str, str], models: Path) -> None:
    said = quantize(environment, "tiny", "--to", "bf16", "--photos", str(DEFAULT), "--keep")
    assert said.code == 1
    assert "only OpenVINO does here" in said.err
    assert "scene-sense[openvino]" in said.err
    assert not (models / "tiny-bf16").exists()


def test_a_model_in_bfloat16_is_the_same_files_and_a_note(models: Path, tmp_path: Path) -> None:
    target = tmp_path / "made"
    target.mkdir()
    source = read_folder(models / "tiny")
    (models / "tiny/.hidden").write_text("")
    (models / "tiny/scene-sense-source.json").write_text("{}")
    making.make_variant(source, target, "bf16")
    assert identity(target) == identity(models / "tiny")
    assert not (target / ".hidden").exists()
    assert not (target / "scene-sense-source.json").exists()


def test_weights_too_large_for_one_file_stay_beside_the_graph(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_settings: MakeSettings
) -> None:
    monkeypatch.setattr(making, "_INLINE_BYTES", 1000)
    source = make_fp32(models / "vit", Size(layers=1, image_width=64, text_width=64, head=32))
    target = tmp_path / "made"
    target.mkdir()
    making.make_variant(read_folder(source), target, "int8")
    assert (target / "visual/model.onnx.data").stat().st_size > (target / "visual/model.onnx").stat().st_size
    encoder = load("made", target, make_settings())
    assert (encoder.precision, encoder.dimension) == ("int8", 512)
    asyncio.run(encoder.close())


def spread(graph: Path) -> None:
    """Move the weights of ``graph`` into files beside it, one for each tensor."""
    model = onnx.load(str(graph))
    convert_model_to_external_data(model, all_tensors_to_one_file=False, size_threshold=1024)
    onnx.save_model(model, str(graph))


def vectors(root: Path, settings: Settings) -> tuple[Vectors, Vectors]:
    """Of one picture and one text."""

    async def encode(encoder: LocalEncoder) -> tuple[Vectors, Vectors]:
        spec = encoder.pixels
        wish = np.random.default_rng(8).integers(0, 256, (1, spec.height, spec.width, 3), dtype=np.uint8)
        try:
            return (await encoder.encode_images(wish))[0], await encoder.encode_text("a red dog")
        finally:
            await encoder.close()

    return asyncio.run(encode(load(root.name, root, settings)))


def test_weights_in_many_files_that_another_model_shares_are_read_and_left_behind(
    models: Path, tmp_path: Path, make_settings: MakeSettings
) -> None:
    source = make_fp32(models / "vit", Size(layers=1, image_width=512, text_width=512, head=64))
    for graph in ("visual", "textual"):
        spread(source / graph / "model.onnx")
    for name in ("bf16", "int8"):
        (tmp_path / name).mkdir()
    making.make_variant(read_folder(source), tmp_path / "bf16", "bf16")
    beside = [path for path in source.rglob("*") if path.is_file() and not path.suffix]
    assert sum(path.stat().st_nlink > 1 for path in beside) > 2
    assert identity(tmp_path / "bf16") == identity(source)
    making.make_variant(read_folder(source), tmp_path / "int8", "int8")
    assert not [path for path in beside if (tmp_path / "int8" / path.relative_to(source)).exists()]
    settings = make_settings()
    before, shared, after = (
        vectors(root, settings) for root in (source, tmp_path / "bf16", tmp_path / "int8")
    )
    for one, same, other in zip(before, shared, after, strict=True):
        np.testing.assert_array_equal(one, same)
        assert 0.99 < float(one @ other) < 1


def test_a_table_of_tokens_beside_the_graph_goes_into_it(
    models: Path, tmp_path: Path, make_settings: MakeSettings
) -> None:
    source, target = immich(models / "parity"), tmp_path / "made"
    target.mkdir()
    assert (source / "textual" / TABLE).stat().st_size > 1_000_000
    making.make_variant(read_folder(source), target, "int8")
    assert not (target / "textual" / TABLE).exists()
    assert (target / "textual/tokenizer.json").exists()
    settings = make_settings()
    for one, other in zip(vectors(source, settings), vectors(target, settings), strict=True):
        assert float(one @ other) > 0.98


def test_a_model_that_is_in_8_bits_already_is_no_beginning(models: Path, tmp_path: Path) -> None:
    made, again = tmp_path / "made", tmp_path / "again"
    made.mkdir()
    again.mkdir()
    making.make_variant(read_folder(models / "tiny"), made, "int8")
    with pytest.raises(
        UsageError, match="made computes in int8; this starts from a model in single precision"
    ):
        making.make_variant(read_folder(made), again, "int8")


def test_without_the_package_it_is_said_what_to_install(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(SettingsError, match=r"needs the package onnx; install scene-sense\[quantize\]"):
        making.make_variant(read_folder(models / "tiny"), tmp_path, "int8")


async def test_a_picture_in_8_bits_does_not_depend_on_its_neighbours(
    models: Path, tmp_path: Path, make_settings: MakeSettings
) -> None:
    target = tmp_path / "made"
    target.mkdir()
    making.make_variant(read_folder(models / "tiny"), target, "int8")
    encoder = load("made", target, make_settings())
    assert encoder.batch.size == 1
    pictures = np.random.default_rng(4).integers(0, 256, (SLICE, 16, 16, 3), dtype=np.uint8)
    pictures[1:] //= 8
    alone = await encoder.encode_images(pictures[1:2])
    np.testing.assert_array_equal((await encoder.encode_images(pictures))[1:2], alone)
    await encoder.close()
    # Where it was measured that neighbours hardly matter, they share a run.
    write(target / "scene-sense.json", {"precision": "int8", "agreement": {"batch": SLICE}})
    encoder = load("made", target, make_settings())
    assert encoder.batch.size == SLICE
    await encoder.close()


def test_agreement_counts_what_is_found_by_each_model_with_its_own_words() -> None:
    pictures = np.eye(12, dtype=np.float32)
    texts = np.array([[1, *np.linspace(0.9, 0.1, 11)], [*np.linspace(0.1, 0.9, 11), 1]], np.float32)
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    other = texts.copy()
    other[0, [0, 11]] = other[0, [11, 0]]  # what was first is last
    before, after = Encoded(pictures, texts, 4.0, 2.0), Encoded(pictures, other, 2.0, 1.0)
    samples = Samples(tuple(pictures), ("one", "two"), (0, 11), "photos")
    found = judge(before, after, samples, neighbours=0.99, batch=1, sizes=(400, 100))
    assert (found.picture_cosine_min, found.picture_cosine_mean) == (1, 1)
    assert found.text_cosine_min < found.text_cosine_mean < 1
    assert (found.top10_overlap, found.same_first, found.first_in_top10) == (0.95, 0.5, 0.5)
    assert found.recall10 == (1.0, 0.5)
    said = "\n".join(lines(found))
    assert "one by one" in said
    assert "On so few pictures" in said
