"""Model folders of the size of CLIP ViT-B/32, with random weights: right for time and memory, useless for search.

The architecture is that of OpenAI's ViT-B/32 (Radford et al. 2021, table 20): pictures of 224 pixels in patches of
32, 12 layers of width 768; texts of 77 tokens from 49,408, 12 layers of width 512; vectors of 512 numbers. Graphs
are written node by node as PyTorch's exporter writes them, in the layout of Immich's exports, so that no PyTorch is
needed. Weights are drawn as CLIP's own initialisation draws them, so that activations stay in a sane range.
"""

import asyncio
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex as Pattern
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from appliance.clip.opening import model_root
from appliance.cores import cores
from appliance.library.quantize import quantize
from appliance.library.samples import Samples, of_folder
from appliance.media.decoder import Decoder
from appliance.records.media import DecodeLimits, PixelSpec
from appliance.settings import load

FP32, INT8 = "vit-b-32-random", "vit-b-32-random-int8"

DIMENSION, SIDE, PATCH, CONTEXT, VOCABULARY = 512, 224, 32, 77, 49_408

#: Of OpenAI's models: per channel, of values from 0 to 1.
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)

START, END = "<|startoftext|>", "<|endoftext|>"

#: The photos that come with the project.
PHOTOS = Path(__file__).parents[2] / "tests" / "data" / "photos" / "images"

#: Changes with what is written, so that folders of another release are not taken for this one's.
_VERSION = "2"

_QUERIES = ("a dog", "a beach", "snow", "a red car", "flowers in a garden", "people at a table")

#: OpenAI's: words by letters, single digits, and runs of other signs.
_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@dataclass(frozen=True, slots=True)
class Size:
    """The size of the two towers; the default is ViT-B/32's."""

    layers: int = 12
    image_width: int = 768
    text_width: int = 512
    #: The width of one attention head.
    head: int = 64


def cache_folder() -> Path:
    """Where what takes long to make is kept between runs; by the XDG Base Directory Specification."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "scene-sense" / "benchmarks"


def vit_models() -> Path:
    """A MODELS_PATH with the folders ``FP32`` and ``INT8``, made when they are not there: half a minute."""
    root = cache_folder() / f"models-{_VERSION}"
    if not (root / FP32).is_dir():
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".") as part:
            # Whole or not at all.
            make_fp32(Path(part) / FP32).rename(root / FP32)
    if not (root / INT8).is_dir():
        make_int8(root, pictures=56)
    return root


def make_fp32(root: Path, size: Size | None = None) -> Path:
    """The model folder in ``root``, in single precision."""
    size = size or Size()
    for tower in ("visual", "textual"):
        (root / tower).mkdir(parents=True)
    _save(_visual(size), root / "visual/model.onnx")
    _save(_textual(size), root / "textual/model.onnx")
    _tokenizer().save(str(root / "textual/tokenizer.json"))
    _write(root / "textual/tokenizer_config.json", {"pad_token": END})
    preprocessing = {"size": SIDE, "mean": MEAN, "std": STD, "interpolation": "bicubic"}
    _write(root / "visual/preprocess_cfg.json", preprocessing | {"resize_mode": "shortest"})
    _write(root / "config.json", {"embed_dim": DIMENSION, "text_cfg": {"context_length": CONTEXT}})
    return root


def make_int8(models: Path, *, pictures: int) -> None:
    """``INT8`` in ``models`` from ``FP32``, as ``model quantize`` makes it, compared on so many pictures."""
    with tempfile.TemporaryDirectory() as data:
        settings = load({}, DATA_PATH=data, MODELS_PATH=str(models))
    limits = DecodeLimits(settings.max_pixels, settings.decode_timeout_seconds, settings.decode_memory_bytes)

    async def make() -> None:
        async with Decoder(limits, cores()) as decoder:

            async def sample(spec: PixelSpec) -> Samples:
                return await of_folder(PHOTOS, decoder, spec, limit=pictures, queries=_QUERIES)

            await quantize(FP32, "int8", settings, sample=sample, tell=lambda _: None, keep=lambda _: True)

    asyncio.run(make())


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def _save(model: onnx.ModelProto, path: Path) -> None:
    onnx.save_model(model, str(path), save_as_external_data=True, location=f"{path.name}.data")


class _Graph:
    """Nodes and weights, added one after the other; every method gives the name of its result."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, value: NDArray[np.generic]) -> str:
        """A weight with these values."""
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def integers(self, *values: int) -> str:
        """A vector of integers."""
        return self.constant(np.array(values, np.int64))

    def number(self, value: float) -> str:
        """One number."""
        return self.constant(np.array(value, np.float32))

    def normal(self, *shape: int, std: float) -> str:
        """Random weights."""
        return self.constant(self._rng.standard_normal(shape, np.float32) * np.float32(std))

    def do(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """One node."""
        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def linear(self, rows: str, width_in: int, width_out: int, *, std: float) -> str:
        """Rows times a matrix, and a shift."""
        product = self.do("MatMul", rows, self.normal(width_in, width_out, std=std))
        return self.do("Add", self.constant(np.zeros(width_out, np.float32)), product)

    def layer_norm(self, rows: str, width: int) -> str:
        """Each row brought to mean 0 and deviation 1, scaled and shifted."""
        scale, shift = np.ones(width, np.float32), np.zeros(width, np.float32)
        return self.do("LayerNormalization", rows, self.constant(scale), self.constant(shift), axis=-1)

    def model(
        self, inputs: list[onnx.ValueInfoProto], result: str, *, name: str = "embedding"
    ) -> onnx.ModelProto:
        """All of it, with ``result`` [batch, D] divided by its length as the output ``name``."""
        length = self.do("ReduceL2", result, axes=[1], keepdims=1)
        self.nodes.append(helper.make_node("Div", [result, length], [name], name=name))
        output = helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", DIMENSION])
        graph = helper.make_graph(self.nodes, "clip", inputs, [output], self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _transformer(graph: _Graph, rows: str, *, layers: int, width: int, head: int, mask: str | None) -> str:
    """Layers of attention and of a hidden layer four times as wide, on [batch, tokens, width]."""
    weight = width**-0.5 * (2 * layers) ** -0.5
    for _ in range(layers):
        attended = _attention(graph, graph.layer_norm(rows, width), width=width, head=head, mask=mask)
        rows = graph.do("Add", rows, attended)
        hidden = graph.linear(graph.layer_norm(rows, width), width, 4 * width, std=(2 * width) ** -0.5)
        # OpenAI's QuickGELU.
        gate = graph.do("Sigmoid", graph.do("Mul", hidden, graph.number(1.702)))
        shrunk = graph.linear(graph.do("Mul", hidden, gate), 4 * width, width, std=weight)
        rows = graph.do("Add", rows, shrunk)
    return rows


def _attention(graph: _Graph, rows: str, *, width: int, head: int, mask: str | None) -> str:
    def heads(part: str, order: list[int]) -> str:
        split = graph.do("Reshape", part, graph.integers(0, 0, width // head, head))
        return graph.do("Transpose", split, perm=order)

    query, key, value = (graph.linear(rows, width, width, std=width**-0.5) for _ in range(3))
    scaled = graph.do("Mul", heads(query, [0, 2, 1, 3]), graph.number(head**-0.5))
    scores = graph.do("MatMul", scaled, heads(key, [0, 2, 3, 1]))
    if mask is not None:
        scores = graph.do("Add", scores, mask)
    mixed = graph.do("MatMul", graph.do("Softmax", scores, axis=-1), heads(value, [0, 2, 1, 3]))
    joined = graph.do("Transpose", mixed, perm=[0, 2, 1, 3])
    flat = graph.do("Reshape", joined, graph.integers(0, 0, width))
    return graph.linear(flat, width, width, std=width**-0.5 * 24**-0.5)


def _visual(size: Size) -> onnx.ModelProto:
    graph, width = _Graph(seed=1), size.image_width
    picture = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])
    kernel = graph.normal(width, 3, PATCH, PATCH, std=0.02)
    patches = graph.do("Conv", "image", kernel, kernel_shape=[PATCH, PATCH], strides=[PATCH, PATCH])
    flat = graph.do("Reshape", patches, graph.integers(0, width, -1))
    tokens = graph.do("Transpose", flat, perm=[0, 2, 1])
    batch = graph.do("Slice", graph.do("Shape", "image"), graph.integers(0), graph.integers(1))
    shape = graph.do("Concat", batch, graph.integers(1, width), axis=0)
    whole = graph.do("Expand", graph.normal(1, 1, width, std=width**-0.5), shape)
    rows = graph.do("Concat", whole, tokens, axis=1)
    count = 1 + (SIDE // PATCH) ** 2
    rows = graph.do("Add", rows, graph.normal(1, count, width, std=width**-0.5))
    rows = graph.layer_norm(rows, width)
    rows = _transformer(graph, rows, layers=size.layers, width=width, head=size.head, mask=None)
    first = graph.do("Gather", rows, graph.constant(np.array(0, np.int64)), axis=1)
    pooled = graph.layer_norm(first, width)
    return graph.model([picture], graph.do("MatMul", pooled, graph.normal(width, DIMENSION, std=width**-0.5)))


def _textual(size: Size) -> onnx.ModelProto:
    graph, width = _Graph(seed=2), size.text_width
    words = helper.make_tensor_value_info("text", TensorProto.INT32, ["batch", CONTEXT])
    rows = graph.do("Gather", graph.normal(VOCABULARY, width, std=0.02), "text", axis=0)
    rows = graph.do("Add", rows, graph.normal(1, CONTEXT, width, std=0.01))
    # A word sees those before it.
    mask = graph.constant(np.triu(np.full((CONTEXT, CONTEXT), -1e9, np.float32), 1))
    rows = _transformer(graph, rows, layers=size.layers, width=width, head=size.head, mask=mask)
    rows = graph.layer_norm(rows, width)
    # The end of the text has the highest id, and the first of equals is taken.
    ends = graph.do("ArgMax", "text", axis=1, keepdims=0)
    places = graph.do("Unsqueeze", ends, graph.integers(1))
    pooled = graph.do("GatherND", rows, places, batch_dims=1)
    return graph.model([words], graph.do("MatMul", pooled, graph.normal(width, DIMENSION, std=width**-0.5)))


def _tokenizer() -> Tokenizer:
    """Pieces of words as CLIP's, learnt from the words that the starter model knows; other ids are unused."""
    starter = Tokenizer.from_file(str(model_root("starter", Path()) / "textual/tokenizer.json"))
    words = sorted(word for word in starter.get_vocab() if word.isalpha())
    trained = _dressed(Tokenizer(models.BPE(end_of_word_suffix="</w>")))
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - 2 - 512,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        end_of_word_suffix="</w>",
    )
    trained.train_from_iterator(words, trainer)
    learnt = json.loads(trained.to_str())["model"]
    vocabulary: dict[str, int] = learnt["vocab"]
    letters = [letter + end for letter in pre_tokenizers.ByteLevel.alphabet() for end in ("", "</w>")]
    fill = sorted(set(letters) - vocabulary.keys())
    fill += [f"<|unused{number}|>" for number in range(VOCABULARY)]
    free = range(len(vocabulary), VOCABULARY - 2)
    vocabulary |= dict(zip(fill, free, strict=False))
    vocabulary |= {START: VOCABULARY - 2, END: VOCABULARY - 1}
    merges = [tuple(pair) if isinstance(pair, list) else tuple(pair.split(" ")) for pair in learnt["merges"]]
    tokenizer = _dressed(
        Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token=END, end_of_word_suffix="</w>"))
    )
    tokenizer.add_special_tokens([START, END])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A {END}", special_tokens=[(START, VOCABULARY - 2), (END, VOCABULARY - 1)]
    )
    return tokenizer


def _dressed(tokenizer: Tokenizer) -> Tokenizer:
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Pattern(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Pattern(_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    return tokenizer
