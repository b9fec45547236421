"""A model folder of any layout that is incomplete, mixed up or of another kind is refused with what mends it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import helper
from onnx.external_data_helper import convert_model_to_external_data

from appliance.clip.dialects import transformers
from appliance.clip.dialects.words import as_open_clip
from appliance.clip.encoder import TowerName
from appliance.clip.identity import identity
from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from appliance.clip.outline import read_outline
from appliance.clip.tokenizer import TextTokenizer
from appliance.errors import EncoderUnavailable, ModelUnavailable
from scripts.parity.tables import TABLE
from tests.support import parity_folders as folders
from tests.support.tiny_models import Tiny, make, write

BOTH: frozenset[TowerName] = frozenset({"image", "text"})
Change = Callable[[Path], object]


def load(root: Path) -> LocalEncoder:
    return LocalEncoder("odd", read_folder(root), towers=BOTH, threads=1, text_cache_size=4)


def _lose(name: str) -> Change:
    return lambda root: (root / name).unlink()


def _cut(name: str, count: int = 40) -> Change:
    return lambda root: (root / name).write_bytes((root / name).read_bytes()[:-count])


def _swap(one: str, other: str) -> Change:
    def swap(root: Path) -> None:
        (root / one).rename(root / "aside")
        (root / other).rename(root / one)
        (root / "aside").rename(root / other)

    return swap


def _say(name: str, **content: object) -> Change:
    def say(root: Path) -> None:
        path = root / name
        write(path, (json.loads(path.read_text()) if path.is_file() else {}) | content)

    return say


def _foreign(name: str) -> Change:
    def add(root: Path) -> None:
        model = onnx.load(root / name, load_external_data=False)
        model.graph.node.append(helper.make_node("Dream", ["image"], ["dreamt"], domain="org.example"))
        (root / name).write_bytes(model.SerializeToString())

    return add


def _elsewhere(root: Path) -> None:
    model = onnx.load(root / "textual.onnx", load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = "../weights.bin"
    (root / "textual.onnx").write_bytes(model.SerializeToString())


def _siglips_words(root: Path) -> None:
    for name in ("vocab.json", "merges.txt"):
        (root / name).unlink()
    shutil.copy(folders.DATA / "siglip/tokenizer.json", root)


def _half(name: str) -> Change:
    return lambda root: (root / f"onnx/{name}.onnx").rename(root / f"onnx/{name}_fp16.onnx")


@pytest.mark.parametrize(
    ("layout", "damage", "said"),
    [
        (folders.immich, _lose("textual/tokenizer.json"), "incomplete: textual/tokenizer.json is missing"),
        (folders.immich, _lose(f"textual/{TABLE}"), f"{TABLE} is missing: model.onnx keeps weights there"),
        (folders.immich, _cut(f"textual/{TABLE}"), f"{TABLE} is cut short: .* keeps 3,162,112 bytes"),
        (folders.immich, _cut("visual/model.onnx"), "cut short or of another kind .* bytes are missing"),
        (folders.immich, _foreign("visual/model.onnx"), "needs operators of 'org.example' .Dream."),
        (folders.immich, _swap("visual/model.onnx", "textual/model.onnx"), "is missing: model.onnx keeps"),
        (folders.transformers_js, _lose("onnx/text_model.onnx"), "onnx/text_model.onnx is missing"),
        (folders.transformers_js, _half("text_model"), "text_model_fp16.onnx is there, and both encoders"),
        (folders.transformers_js, _lose("merges.txt"), "tokenizer.json is missing"),
        (folders.transformers_js, _siglips_words, "knows .* tokens and the text encoder 49,408: .*different"),
        (
            folders.transformers_js,
            _lose("preprocessor_config.json"),
            "does not say how pictures are prepared",
        ),
        (folders.transformers_js, _say("preprocessor_config.json", resample=9), "resample is 9, not one of"),
        (folders.transformers_js, _say("preprocessor_config.json", do_pad=True), "do_pad is true"),
        (folders.transformers_js, _say("preprocessor_config.json", do_resize=False), "do_resize is false"),
        (folders.transformers_js, _say("preprocessor_config.json", rescale_factor=0), "rescale_factor is 0"),
        (
            folders.transformers_js,
            _say("preprocessor_config.json", crop_size=80),
            "takes pictures of 64 x 64",
        ),
        (
            folders.transformers_js,
            _say("preprocessor_config.json", image_processor_type="Siglip2ImageProcessor"),
            "NaFlex",
        ),
        (
            folders.transformers_js,
            _say("preprocessor_config.json", size={"max_height": 64, "max_width": 64}),
            "known here: a number, shortest_edge, or height and width",
        ),
        (folders.siglip, _swap("onnx/vision_model.onnx", "onnx/text_model.onnx"), "takes words. Are the two"),
        (folders.siglip, _lose("tokenizer.json"), "tokenizer.json is missing"),
        (folders.clip_as_service, _lose("visual.onnx"), "incomplete: visual.onnx is missing"),
        (folders.clip_as_service, _elsewhere, "outside its folder"),
        (folders.clip_as_service, _swap("visual.onnx", "textual.onnx"), "takes no picture"),
        (
            folders.folder_pair,
            _lose("clip-ViT-B-32-text/model.onnx"),
            "clip-ViT-B-32-text/model.onnx is miss",
        ),
        (folders.loose, _lose("one.onnx"), "no ONNX file in it takes pictures"),
        (folders.loose, lambda root: shutil.copy(root / "one.onnx", root / "two.onnx"), "more than one file"),
        (folders.immich, _say("scene-sense.json", precision="fp7"), "precision is 'fp7'"),
    ],
)
def test_a_damaged_folder_is_refused_with_what_is_wrong(
    tmp_path: Path, layout: Callable[[Path], Path], damage: Change, said: str
) -> None:
    root = layout(tmp_path / "model")
    damage(root)
    with pytest.raises(ModelUnavailable, match=said):
        load(root)


def test_a_graph_without_clips_vocabulary_is_not_given_it(tmp_path: Path) -> None:
    root = folders.clip_as_service(tmp_path / "model")
    shutil.copy(folders.DATA / "xlm-roberta/textual.onnx", root / "textual.onnx")
    with pytest.raises(ModelUnavailable, match=r"does not use CLIP's own vocabulary.* tokenizer.json"):
        read_folder(root)


def test_a_packed_encoder_is_told(tmp_path: Path) -> None:
    root = folders.clip_as_service(tmp_path / "model")
    (root / "textual.onnx").rename(root / "textual.zip")
    with pytest.raises(ModelUnavailable, match=r"textual.zip is packed; unpack it"):
        read_folder(root)


def test_one_precision_is_chosen_for_both_and_never_a_lower_one_in_silence(tmp_path: Path) -> None:
    root = folders.transformers_js(tmp_path / "model")
    for name in ("vision_model", "text_model"):
        shutil.copy(root / f"onnx/{name}.onnx", root / f"onnx/{name}_fp16.onnx")
    assert read_folder(root).visual.name == "vision_model.onnx"
    (root / "onnx/vision_model.onnx").unlink()
    with pytest.raises(ModelUnavailable, match=r"onnx/vision_model.onnx is missing"):
        read_folder(root)
    (root / "onnx/text_model.onnx").unlink()
    assert read_folder(root).visual.name == "vision_model_fp16.onnx"


async def test_the_tower_of_a_joint_graph_does_not_take_the_others_input(tmp_path: Path) -> None:
    root = folders.transformers_js_joint(tmp_path / "model")
    whole = read_outline(root / "model.onnx")
    assert whole.picture and whole.ids and whole.masked
    folder = read_folder(root)
    assert folder.visual == folder.textual
    words = LocalEncoder("joint", folder, towers=frozenset({"text"}), threads=1, text_cache_size=4)
    assert (await words.encode_text("a dog")).shape == (24,)
    await words.close()


def test_what_a_folder_says_of_its_model_goes_from_its_own_notes_to_the_readmes_heading(
    tmp_path: Path,
) -> None:
    root = make(tmp_path / "model")
    heading = (
        "---\nlicense: apache-2.0\nlanguage:\n- en\n- de\ntags: [clip]\nmodel:\n  deep: x\n---\n# A model\n"
    )
    (root / "README.md").write_text(heading)
    first = read_folder(root)
    assert (first.licence, first.languages, first.precision) == ("apache-2.0", ("en", "de"), "fp32")
    notes = {
        "licence": "MIT",
        "languages": ["fr"],
        "precision": "int8",
        "title": "Mine",
        "query_language": "fra_Latn",
    }
    write(root / "scene-sense.json", notes)
    second = read_folder(root)
    assert (second.licence, second.languages, second.precision) == ("MIT", ("fr",), "int8")
    assert (second.title, second.tokenization.language) == ("Mine", "fra_Latn")


def test_an_outline_tells_what_a_graph_computes_with(tmp_path: Path) -> None:
    half = make(tmp_path / "half", Tiny(image_type=onnx.TensorProto.FLOAT16))
    assert read_outline(half / "visual/model.onnx").precision == "fp16"
    assert read_outline(half / "textual/model.onnx").vocabulary == 8
    starter = Path(__file__).parents[2] / "appliance/clip/starter"
    assert read_outline(starter / "visual/model.onnx").precision == "fp32"
    assert read_outline(starter / "textual/model.onnx").precision == "int8"


def test_a_pointer_of_git_lfs_is_told_for_what_it_is(tmp_path: Path) -> None:
    root = make(tmp_path / "tiny")
    (root / "visual/model.onnx").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
    )
    with pytest.raises(ModelUnavailable, match="`git lfs pull` in its repository brings it"):
        read_outline(root / "visual/model.onnx")


def test_a_link_to_a_folder_elsewhere_is_refused(tmp_path: Path) -> None:
    root = make(tmp_path / "tiny")
    (root / "visual").rename(tmp_path / "elsewhere")
    (root / "visual").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ModelUnavailable, match="visual is a link to another folder"):
        read_folder(root)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"image_processor_type": "ConvNextImageProcessor"}, "what that does is not known here"),
        (
            {"image_processor_type": "CLIPImageProcessor", "rescale_offset": True},
            "rescale_offset can't be followed",
        ),
    ],
)
def test_a_processor_that_is_not_known_is_not_guessed_at(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    content = {"size": 32, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 3} | changes
    with pytest.raises(ModelUnavailable, match=said):
        transformers.preprocessing(tmp_path / "preprocessor_config.json", content)


def test_a_height_and_a_width_without_a_word_of_cutting_mean_the_whole_picture(tmp_path: Path) -> None:
    found = transformers.preprocessing(tmp_path / "p.json", {"size": {"height": 48, "width": 48}})
    assert (found.pixels.resize, found.pixels.width, found.pixels.scale_width) == ("squash", 48, 0)


@pytest.mark.parametrize("name", [".weights.bin", "weights.pdf", "notice.data"])
def test_weights_count_and_are_watched_whatever_their_files_name(tmp_path: Path, name: str) -> None:
    root = make(tmp_path / "tiny")
    keep_weights_in(root / "visual/model.onnx", name)
    encoder = load(root)
    weights = bytearray((root / "visual" / name).read_bytes())
    weights[-1] ^= 0x40
    (root / "visual" / name).write_bytes(weights)
    assert identity(root) != encoder.identity
    with pytest.raises(EncoderUnavailable, match=f"changed while it is in use .visual/{name}"):
        encoder.check_unchanged()


def test_a_hubs_cache_of_links_to_blobs_is_loaded_and_watched(tmp_path: Path) -> None:
    root = make(tmp_path / "tiny")
    keep_weights_in(root / "visual/model.onnx", "model.onnx_data")
    expected = load(root).identity
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    for number, path in enumerate(path for path in list(root.rglob("*")) if path.is_file()):
        path.rename(blobs / f"{number:x}")
        path.symlink_to(blobs / f"{number:x}")
    encoder = load(root)
    assert encoder.identity == expected
    (root / "visual/model.onnx_data").write_bytes(b"other")
    with pytest.raises(EncoderUnavailable, match="changed while it is in use"):
        encoder.check_unchanged()


def test_weights_outside_the_folder_are_refused(tmp_path: Path) -> None:
    root = make(tmp_path / "tiny")
    keep_weights_in(root / "visual/model.onnx", "weights.data")
    data = root / "visual/weights.data"
    data.rename(tmp_path / "weights.data")
    data.symlink_to(tmp_path / "weights.data")
    with pytest.raises(
        ModelUnavailable, match=r"is a link to elsewhere than model\.onnx lies; put the file itself"
    ):
        read_folder(root)
    model = onnx.load(root / "visual/model.onnx", load_external_data=False)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = "../../weights.data"
    (root / "visual/model.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelUnavailable, match="which lies outside its folder; take another export"):
        read_folder(root)


def keep_weights_in(path: Path, name: str) -> None:
    """Move the weights of the graph ``path`` into a file of this name beside it."""
    model = onnx.load(path)
    convert_model_to_external_data(model, all_tensors_to_one_file=True, location=name, size_threshold=0)
    onnx.save(model, path)


def test_a_pointer_does_not_hide_a_graph_that_is_there(tmp_path: Path) -> None:
    root = folders.transformers_js_half(tmp_path / "half")
    (root / "onnx/vision_model.onnx").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(ModelUnavailable, match=r"To use text_model_fp16\.onnx and .* remove the pointers"):
        read_folder(root)


def test_a_text_graph_that_is_longer_than_its_configuration_says_is_refused(tmp_path: Path) -> None:
    root = folders.immich(tmp_path / "model")
    write(root / "config.json", {"text_cfg": {"context_length": 64}})
    with pytest.raises(ModelUnavailable, match=r"takes 77 tokens, but .* says text_cfg\.context_length 64"):
        read_folder(root)


def test_the_separator_is_taken_out_where_open_clips_configuration_says_so(tmp_path: Path) -> None:
    content = {"context_length": 8, "tokenizer_kwargs": {"strip_sep_token": True}}
    starter = Path(__file__).parents[2] / "appliance/clip/starter/textual"
    root = folders.clip_as_service(tmp_path / "model")
    outline = replace(read_outline(root / "textual.onnx"), inputs=(), vocabulary=None)
    said = as_open_clip([starter], content, root / "config.json", outline)
    (part,) = TextTokenizer(said, length=8).parts("a photo of a dog")
    assert part.ids.tolist() == [[101, 1037, 6302, 1997, 1037, 3899, 0, 0]]
    for unknown in ({"tokenizer_mode": "clips"}, {"reduction_mask": "random"}):
        with pytest.raises(ModelUnavailable, match="which can't be followed here; take another model"):
            as_open_clip([starter], {"tokenizer_kwargs": unknown}, root / "config.json", outline)


def test_open_clips_configuration_without_a_tokenizer_means_clips_own(tmp_path: Path) -> None:
    root = folders.clip_as_service(tmp_path / "model")
    said = {"size": 64, "mean": [0.5] * 3, "std": [0.5] * 3}
    write(root / "open_clip_config.json", {"model_cfg": {"text_cfg": {}}, "preprocess_cfg": said})
    assert read_folder(root).tokenization.clean == "lower"
