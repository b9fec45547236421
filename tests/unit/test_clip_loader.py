"""A model folder is understood by looking at its graphs, and refused with what would mend it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from appliance.clip.encoder import TowerName
from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from appliance.clip.opening import open_encoder
from appliance.clip.session import Session
from appliance.clip.towers import ImageTower, TextTower
from appliance.errors import EncoderUnavailable, ModelUnavailable, SettingsError
from appliance.records.media import PixelSpec
from tests.conftest import MakeSettings
from tests.support.tiny_models import SIDE, Tiny, make, write

BOTH: frozenset[TowerName] = frozenset({"image", "text"})


def load(root: Path, towers: frozenset[TowerName] = BOTH) -> LocalEncoder:
    return LocalEncoder("tiny", read_folder(root), towers=towers, threads=1, text_cache_size=4)


def pictures(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(1).integers(0, 256, (count, SIDE, SIDE, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "tiny",
    [
        Tiny(),
        Tiny(batch=1),
        Tiny(image_type=TensorProto.FLOAT16),
        Tiny(ids_type=TensorProto.INT32),
        Tiny(length=5, mask=True),
        Tiny(mask=True, ids_type=TensorProto.INT32),
        Tiny(output="pooler_output", hidden=True),
        Tiny(output="whatever"),
    ],
    ids=["plain", "batch of one", "half", "int32", "fixed length", "mask", "hidden states", "other name"],
)
async def test_the_graph_says_what_it_wants(tmp_path: Path, tiny: Tiny) -> None:
    reference = load(make(tmp_path / "plain"))
    odd = load(make(tmp_path / "odd", tiny))
    seen, expected = await odd.encode_images(pictures(5)), await reference.encode_images(pictures(5))
    assert seen.dtype == np.float32
    assert seen.shape == (5, 4)
    np.testing.assert_allclose(seen, expected, atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(seen, axis=1), 1, atol=1e-6)
    said = await odd.encode_text("a photo of a red dog and far too many further words to fit")
    assert said.shape == (4,)
    assert abs(float(np.linalg.norm(said)) - 1) < 1e-6
    await reference.close()
    await odd.close()


async def test_each_picture_keeps_its_place_in_a_long_batch(tmp_path: Path) -> None:
    encoder = load(make(tmp_path / "tiny"))
    batch = pictures(11)
    together = await encoder.encode_images(batch)
    alone = np.concatenate([await encoder.encode_images(batch[i : i + 1]) for i in range(len(batch))])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert (await encoder.encode_images(batch[:0])).shape == (0, 4)
    await encoder.close()


@pytest.mark.parametrize("ids_type", [TensorProto.INT32, TensorProto.INT64])
def test_ids_are_cast_to_the_declared_integer(tmp_path: Path, ids_type: int) -> None:
    root = make(tmp_path / "tiny", Tiny(ids_type=ids_type))
    tower = TextTower(Session(root / "textual/model.onnx", threads=1))
    ids = np.array([[2, 3]], np.int64)
    assert tower.encode(ids, np.ones_like(ids)).shape == (1, 4)


async def test_padding_does_not_count_where_the_graph_takes_a_mask(tmp_path: Path) -> None:
    encoder = load(make(tmp_path / "tiny", Tiny(mask=True)))
    once, twice = await encoder.encode_text("red"), await encoder.encode_text("red red")
    np.testing.assert_allclose(once, twice, atol=1e-6)
    await encoder.close()


def test_the_preprocessing_is_the_folders(tmp_path: Path) -> None:
    absent = read_folder(make(tmp_path / "absent")).preprocessing
    assert absent.pixels == PixelSpec(SIDE, SIDE, "shortest", "bicubic")
    said = {"size": [32, 24], "resize_mode": "squash", "interpolation": "bilinear", "std": [0.1, 0.2, 0.3]}
    given = read_folder(make(tmp_path / "given", Tiny(preprocessing=said))).preprocessing
    assert given.pixels == PixelSpec(width=24, height=32, resize="squash", interpolation="bilinear")
    assert given.std == (0.1, 0.2, 0.3)


def test_identity_follows_what_shapes_a_vector_and_nothing_else(tmp_path: Path) -> None:
    root = make(tmp_path / "one")
    first = load(root).identity
    assert first == load(Path(shutil.copytree(root, tmp_path / "another place"))).identity
    (root / "README.md").write_text("A model.")
    (root / ".gitattributes").write_text("*.onnx binary")
    assert load(root).identity == first
    write(root / "visual/preprocess_cfg.json", {"size": SIDE, "mean": [0.4] * 3, "std": [0.5] * 3})
    assert load(root).identity != first


def _truncate(name: str) -> Callable[[Path], None]:
    def cut(root: Path) -> None:
        (root / name).write_bytes((root / name).read_bytes()[:-40])

    return cut


def _swap(root: Path) -> None:
    (root / "visual/model.onnx").rename(root / "model.onnx")
    (root / "textual/model.onnx").rename(root / "visual/model.onnx")
    (root / "model.onnx").rename(root / "textual/model.onnx")


def _replace(name: str, content: str) -> Callable[[Path], None]:
    def write_over(root: Path) -> None:
        (root / name).write_text(content)

    return write_over


@pytest.mark.parametrize(
    ("tiny", "damage", "said"),
    [
        (Tiny(), _truncate("visual/model.onnx"), "visual/model.onnx is not a model that can be run"),
        (Tiny(), _truncate("textual/model.onnx"), "textual/model.onnx is not a model that can be run"),
        (Tiny(), lambda root: (root / "textual/tokenizer.json").unlink(), "tokenizer.json is missing"),
        (Tiny(), _replace("textual/tokenizer.json", ""), "tokenizer.json is empty"),
        (Tiny(), _replace("textual/tokenizer.json", "{}"), "tokenizer.json is not a tokenizer"),
        (Tiny(), _replace("textual/tokenizer_config.json", '{"pad_token": "<pad>"}'), "of different models"),
        (Tiny(), _replace("textual/tokenizer_config.json", "{}"), "names no pad_token"),
        (Tiny(), _replace("config.json", "no"), "config.json can't be read"),
        (Tiny(), _replace("config.json", "[]"), "does not hold a JSON object"),
        (Tiny(), _swap, "takes words. Are the two model.onnx files swapped"),
        (Tiny(text_dimension=6), None, "image encoder says 4, the text encoder says 6"),
        (Tiny(config={"embed_dim": 512}), None, "config.json says 512, the image encoder says 4"),
        (Tiny(preprocessing={"size": 32}), None, "takes pictures of 16 x 16 pixels, but .* makes 32 x 32"),
        (Tiny(preprocessing={"size": "big"}), None, "size is 'big'"),
        (Tiny(preprocessing={"std": [1, 1, 0]}), None, "std is not three numbers"),
        (
            Tiny(preprocessing={"resize_mode": "fit"}),
            None,
            "resize_mode is 'fit'; known here: squash",
        ),
        (Tiny(batch=3), None, "takes exactly 3 items at a time"),
        (Tiny(config={"text_cfg": {"context_length": 0}}), None, "context_length"),
    ],
)
def test_a_broken_folder_is_refused_with_what_is_wrong(
    tmp_path: Path, tiny: Tiny, damage: Callable[[Path], None] | None, said: str
) -> None:
    root = make(tmp_path / "tiny", tiny)
    if damage:
        damage(root)
    with pytest.raises(ModelUnavailable, match=said):
        load(root)


def test_a_swapped_text_tower_is_told_even_when_loaded_alone(tmp_path: Path) -> None:
    root = make(tmp_path / "tiny")
    _swap(root)
    with pytest.raises(ModelUnavailable, match=r"takes a picture\. Are the two"):
        load(root, frozenset({"text"}))


def test_hidden_states_are_never_taken_for_a_vector(tmp_path: Path) -> None:
    root = make(tmp_path / "tiny", Tiny(hidden=True, output="embedding"))
    tower = ImageTower(Session(root / "visual/model.onnx", threads=1), height=SIDE, width=SIDE)
    assert tower.dimension == 4


@pytest.mark.parametrize(
    ("overrides", "error", "said"),
    [
        ({"clip_model": "absent"}, ModelUnavailable, "There is no model folder"),
        (
            {"clip_model": "empty"},
            ModelUnavailable,
            "not laid out as a model. A model folder has: config.json",
        ),
        ({"clip_model": "../tiny"}, SettingsError, "must be `starter` or the name of a folder"),
        ({"clip_model": "tiny", "clip_embed_dim": "512"}, SettingsError, "CLIP_EMBED_DIM is 512, .* have 4"),
        (
            {"clip_server_url": "http://localhost:1"},
            EncoderUnavailable,
            "http://localhost:1: it can.t be reached",
        ),
    ],
)
async def test_settings_that_name_no_usable_model_are_refused(
    tmp_path: Path, make_settings: MakeSettings, overrides: dict[str, str], error: type[Exception], said: str
) -> None:
    make(tmp_path / "models/tiny")
    (tmp_path / "models/empty").mkdir()
    settings = make_settings(models_path=str(tmp_path / "models"), **overrides)
    with pytest.raises(error, match=said):
        await open_encoder(settings, towers=BOTH)


async def test_a_model_of_ones_own_is_found_by_its_folders_name(
    tmp_path: Path, make_settings: MakeSettings
) -> None:
    make(tmp_path / "models/tiny", Tiny(config={"licence": "MIT", "text_cfg": {"languages": ["en", "de"]}}))
    settings = make_settings(models_path=str(tmp_path / "models"), clip_model="tiny", clip_embed_dim="4")
    encoder = await open_encoder(settings, towers=BOTH)
    assert (encoder.name, encoder.dimension) == ("tiny", 4)
    assert (encoder.card.title, encoder.card.languages, encoder.card.licence) == ("tiny", ("en", "de"), "MIT")
    await encoder.close()
