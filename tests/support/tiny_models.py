"""Makes model folders of a few kilobytes, right ones and odd ones, in the layout that the starter has.

Picture: the mean of each channel times a matrix. Words: the mean of their rows in a table. Nothing is normalised.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

WORDS = ("[PAD]", "[UNK]", "a", "photo", "of", "red", "dog", "cat")
SIDE = 16


@dataclass(frozen=True, slots=True)
class Tiny:
    """How the model is made; the defaults make a right one."""

    image_dimension: int = 4
    text_dimension: int = 4
    side: int = SIDE
    #: The batch that both graphs are made for: a number, or a name for any.
    batch: int | str = "n"
    image_type: int = TensorProto.FLOAT
    ids_type: int = TensorProto.INT64
    #: How many tokens the text graph takes: a number, or a name for any.
    length: int | str = "len"
    #: Whether the text graph asks for a mask, and averages over it.
    mask: bool = False
    output: str = "embedding"
    #: Whether both graphs also give their hidden states, before the vector.
    hidden: bool = False
    config: dict[str, Any] = field(default_factory=dict)
    preprocessing: dict[str, Any] = field(default_factory=dict)


def make(root: Path, tiny: Tiny | None = None) -> Path:
    """A model folder in ``root``."""
    tiny = tiny or Tiny()
    for tower in ("visual", "textual"):
        (root / tower).mkdir(parents=True)
    onnx.save(_visual(tiny), root / "visual/model.onnx")
    onnx.save(_textual(tiny), root / "textual/model.onnx")
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(root / "textual/tokenizer.json"))
    preprocessing = {"size": tiny.side, "mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic"}
    write(root / "visual/preprocess_cfg.json", preprocessing | tiny.preprocessing)
    write(root / "textual/tokenizer_config.json", {"pad_token": "[PAD]"})
    write(root / "config.json", {"text_cfg": {"context_length": 8}} | tiny.config)
    return root


def write(path: Path, content: object) -> None:
    """``content`` as JSON."""
    path.write_text(json.dumps(content), encoding="utf-8")


def _visual(tiny: Tiny) -> onnx.ModelProto:
    table = _table(3, tiny.image_dimension)
    kind = np.float16 if tiny.image_type == TensorProto.FLOAT16 else np.float32
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["means"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["means", "table"], [tiny.output]),
    ]
    size = tiny.side
    picture = helper.make_tensor_value_info("image", tiny.image_type, [tiny.batch, 3, size, size])
    outputs = [_output(tiny, tiny.image_type, tiny.image_dimension)]
    if tiny.hidden:
        nodes.append(helper.make_node("Identity", ["image"], ["last_hidden_state"]))
        shape = [tiny.batch, 3, size, size]
        outputs.insert(0, helper.make_tensor_value_info("last_hidden_state", tiny.image_type, shape))
    return _model(nodes, [picture], outputs, {"table": table.astype(kind)})


def _textual(tiny: Tiny) -> onnx.ModelProto:
    shape = [tiny.batch, tiny.length]
    inputs = [helper.make_tensor_value_info("text", tiny.ids_type, shape)]
    nodes = [helper.make_node("Gather", ["table", "text"], ["rows"], axis=0)]
    if tiny.mask:
        inputs.append(helper.make_tensor_value_info("attention_mask", tiny.ids_type, shape))
        nodes += [
            helper.make_node("Cast", ["attention_mask"], ["weights"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["weights", "last"], ["wide"]),
            helper.make_node("Mul", ["rows", "wide"], ["kept"]),
            helper.make_node("ReduceSum", ["kept", "middle"], [tiny.output], keepdims=0),
        ]
    else:
        nodes.append(helper.make_node("ReduceMean", ["rows"], [tiny.output], axes=[1], keepdims=0))
    outputs = [_output(tiny, TensorProto.FLOAT, tiny.text_dimension)]
    if tiny.hidden:
        hidden = [tiny.batch, tiny.length, tiny.text_dimension]
        outputs.insert(0, helper.make_tensor_value_info("rows", TensorProto.FLOAT, hidden))
    constants = {
        "table": _table(len(WORDS), tiny.text_dimension),
        "last": np.array([-1], np.int64),
        "middle": np.array([1], np.int64),
    }
    return _model(nodes, inputs, outputs, constants)


def _output(tiny: Tiny, kind: int, dimension: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(tiny.output, kind, [tiny.batch, dimension])


def _table(rows: int, columns: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(rows).normal(loc=1, size=(rows, columns)).astype(np.float32)


def _model(
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    constants: dict[str, Any],
) -> onnx.ModelProto:
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
