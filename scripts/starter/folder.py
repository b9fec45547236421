"""The model's folder: both towers as ONNX, and the files that say how input is prepared."""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from torch.nn import functional

from scripts.starter import backbone, minilm

#: Softmax temperature over the classes; chosen on photos that were not used otherwise.
_TEMPERATURE = 2.0

#: Texts are cut to this many tokens.
_TOKENS = 77

_OPSET = 17


class Visual(nn.Module):
    """Pictures [n, 3, 260, 260] to unit vectors [n, 384]."""

    def __init__(self, class_vectors: NDArray[np.float32]) -> None:
        super().__init__()
        self.bb = backbone.Backbone()
        self.fc = nn.Linear(1280, 1000)
        self.fc.weight = nn.Parameter(self.bb.classify_weight / _TEMPERATURE)
        self.fc.bias = nn.Parameter(self.bb.classify_bias / _TEMPERATURE)
        self.P = nn.Parameter(torch.tensor(class_vectors))

    def forward(self, image: Tensor) -> Tensor:
        """See the class."""
        logits = self.fc(self.bb(image).mean((2, 3)))
        return functional.normalize(logits.softmax(-1) @ self.P, dim=-1)


class Textual(nn.Module):
    """Token ids [n, length], 0 for padding at the end, to unit vectors [n, 384]."""

    def __init__(self, encoder: minilm.MiniLM, mean_caption: NDArray[np.float32]) -> None:
        super().__init__()
        self.enc = encoder
        self.mu = nn.Parameter(torch.tensor(mean_caption))

    def forward(self, ids: Tensor) -> Tensor:
        """See the class."""
        return functional.normalize(self.enc(ids) - self.mu, dim=-1)


def write_folder(out: Path, visual: Visual, textual: Textual, notice: Path) -> None:
    """Make ``out`` anew with everything in it; ``notice`` says what the weights come from."""
    shutil.rmtree(out, ignore_errors=True)
    for tower in ("visual", "textual"):
        (out / tower).mkdir(parents=True)
    _export(
        visual.eval(), torch.zeros(2, 3, backbone.SIZE, backbone.SIZE), out / "visual/model.onnx", "image", {}
    )
    ids = torch.zeros(2, 9, dtype=torch.int32)
    ids[:, :5] = torch.tensor([101, 1037, 3899, 2003, 102])
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "textual.onnx"
        _export(textual.eval(), ids, whole, "text", {1: "len"})
        _quantise(whole, out / "textual/model.onnx")
    _write_descriptions(out)
    shutil.copy(notice, out / "NOTICE.md")


def _export(module: nn.Module, example: Tensor, path: Path, name: str, open_axes: dict[int, str]) -> None:
    torch.onnx.export(
        module,
        (example,),
        str(path),
        opset_version=_OPSET,
        dynamo=False,
        input_names=[name],
        output_names=["embedding"],
        dynamic_axes={name: {0: "n"} | open_axes, "embedding": {0: "n"}},
    )


def _quantise(source: Path, target: Path) -> None:
    """Weights to 7 bits: 8-bit ones overflow the 16-bit sums of CPUs that have AVX2 but no VNNI."""
    quantize_dynamic(
        source,
        target,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul", "Gather"],
    )


def _write_descriptions(out: Path) -> None:
    tokenizer = json.loads((minilm.MODEL / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["padding"] = None
    tokenizer["truncation"] = {
        "direction": "Right", "max_length": _TOKENS, "strategy": "LongestFirst", "stride": 0,
    }  # fmt: skip
    _write_json(out / "textual/tokenizer.json", tokenizer, indent=None)
    settings = {"pad_token": "[PAD]", "model_max_length": _TOKENS, "tokenizer_class": "BertTokenizer"}
    _write_json(out / "textual/tokenizer_config.json", settings, indent=None)
    preprocessing = {
        "size": [backbone.SIZE, backbone.SIZE],
        "mode": "RGB",
        "mean": [backbone.MEAN] * 3,
        "std": [backbone.STD] * 3,
        "interpolation": "bicubic",
        "resize_mode": "squash",
        "fill_color": 0,
    }
    _write_json(out / "visual/preprocess_cfg.json", preprocessing, indent=1)
    vision = {"image_size": backbone.SIZE, "input": "image", "output": "embedding", "dtype": "float32"}
    text = {
        "context_length": _TOKENS,
        "vocab_size": 30522,
        "pad_id": 0,
        "input": "text",
        "output": "embedding",
        "dtype": "int32",
        "languages": ["en"],
    }
    licence = (
        "Apache-2.0 weights (EfficientNet-Lite2, all-MiniLM-L6-v2); class texts: WordNet 3.0 licence, MIT"
    )
    config = {"name": "starter", "embed_dim": 384, "vision_cfg": vision, "text_cfg": text, "licence": licence}
    _write_json(out / "config.json", config, indent=1)


def _write_json(path: Path, content: object, *, indent: int | None) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=indent), encoding="utf-8")
