"""Makes the folder of a model that computes less exactly from one that computes in single precision.

int8: the weights of matrix products are kept in 8 bits, one scale per output channel; activations are scaled as they
come (ONNX Runtime's dynamic quantisation). Convolutions stay as they are: in 8 bits the starter's picture vectors
fell to a cosine of 0.79 and took eight times as long, and a vision transformer gains nothing by its one convolution.
Tables of token vectors stay too, since a text takes only a few rows of them. Weights get 7 bits where this processor
has no VNNI, whose absence lets sums of 8-bit products overflow.

bf16: the same graphs, and a note that they are to be computed in bfloat16, which only OpenVINO does.
"""

import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from appliance.clip.folder import ModelFolder
from appliance.clip.identity import PROVENANCE
from appliance.clip.notes import NOTES
from appliance.errors import SettingsError, UsageError

Precision = Literal["int8", "bf16"]

_CPU_FILE = Path("/proc/cpuinfo")

#: Their presence says that a graph has 8 bits already.
_QUANTIZED = frozenset(
    {"DynamicQuantizeLinear", "DequantizeLinear", "MatMulInteger", "ConvInteger", "MatMulNBits"}
)
_OPERATORS = ["MatMul", "Gemm"]

#: Smaller files are for people to edit, and are copied.
_LINKED_BYTES = 1_000_000

#: Above this a graph can't hold its own weights (protocol buffers end at 2 GB).
_INLINE_BYTES = 1_500_000_000


def make_variant(source: ModelFolder, target: Path, precision: Precision) -> None:
    """A model folder in ``target``, which is there and empty; without the notes on it. Blocks for minutes.

    Raises:
        UsageError: nothing would change.
        SettingsError: the package ``onnx`` is missing.
    """
    if source.precision != "fp32":
        raise UsageError(
            f"{source.root.name} computes in {source.precision}; this starts from a model in single precision (fp32)."
        )
    if precision == "bf16":
        _copy(source.root, target, leave_out=frozenset())
        return
    graphs = {source.visual, source.textual}
    weights = frozenset(file for graph in graphs for file in _weight_files(graph))
    _copy(source.root, target, leave_out=frozenset(graphs), weights=weights)
    changed = [_quantize(graph, target / graph.relative_to(source.root)) for graph in sorted(graphs)]
    if not any(changed):
        raise UsageError(
            f"There is nothing in {source.root.name} to keep in 8 bits: its graphs have no matrix products with"
            " weights of their own, or have 8 bits already."
        )


def _copy(
    root: Path, target: Path, *, leave_out: frozenset[Path], weights: frozenset[Path] = frozenset()
) -> None:
    """All files but graphs that are not used, what belongs to ``leave_out``, and notes on the former folder."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        hidden = any(part.startswith(".") for part in name.parts)
        of_graph = any(
            path.parent == graph.parent and path.name.startswith(graph.name) for graph in leave_out
        )
        idle = bool(leave_out) and re.search(r"\.onnx([._]?data)?$", path.name) is not None
        of_graph = of_graph or path.resolve() in weights
        if not path.is_file() or hidden or of_graph or idle or name.as_posix() in {NOTES, PROVENANCE}:
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        _link_or_copy(path.resolve(), target / name)


def _link_or_copy(path: Path, copy: Path) -> None:
    """The file at a second place; weights without a second time their bytes, where the disk allows that."""
    if path.stat().st_size >= _LINKED_BYTES:
        with suppress(OSError):
            os.link(path, copy)
            return
    shutil.copyfile(path, copy)


def _quantize(graph: Path, target: Path) -> bool:
    """Write ``graph`` in 8 bits to ``target``, or as it is; whether it was changed."""
    onnx = _import("onnx")
    target.parent.mkdir(parents=True, exist_ok=True)
    model = onnx.load(str(graph), load_external_data=False)
    inline = model.ByteSize()
    large = inline + _fetch_weights(model, graph.parent) > _INLINE_BYTES
    weights = {tensor.name for tensor in model.graph.initializer}
    kinds = {node.op_type for node in model.graph.node}
    products = [node for node in model.graph.node if node.op_type in _OPERATORS and weights & set(node.input)]
    if kinds & _QUANTIZED or not products:
        onnx.save_model(model, str(target), save_as_external_data=large, location=f"{target.name}.data")
        return False
    quantization = _import("onnxruntime.quantization")
    with _quiet():
        quantization.quantize_dynamic(
            model,
            str(target),
            op_types_to_quantize=_OPERATORS,
            per_channel=True,
            reduce_range=not _has_vnni(),
            weight_type=quantization.QuantType.QInt8,
            use_external_data_format=large,
            # Products whose input type can't be inferred would be left out.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    return True


def _weight_files(graph: Path) -> set[Path]:
    """The files beside ``graph`` that hold weights of it."""
    model = _import("onnx").load(str(graph), load_external_data=False)
    return {(graph.parent / _place(tensor)[0]).resolve() for tensor in _outside(model)}


def _fetch_weights(model: Any, folder: Path) -> int:
    """Put the weights that lie in files in ``folder`` into ``model``; how many bytes they are.

    onnx's own way refuses files that have a second name, and a copy in bfloat16 shares its weights with the source.
    """
    total = 0
    for tensor in _outside(model):
        location, offset, length = _place(tensor)
        with (folder / location).open("rb") as file:
            file.seek(offset)
            tensor.raw_data = file.read(length)
        total += len(tensor.raw_data)
        tensor.ClearField("external_data")
        tensor.ClearField("data_location")
    return total


def _place(tensor: Any) -> tuple[str, int, int]:
    """File, offset and length of a tensor's numbers; a length of -1 is up to the end."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    return entries["location"], int(entries.get("offset") or 0), int(entries.get("length") or -1)


def _outside(model: Any) -> list[Any]:
    """The tensors of ``model`` whose numbers lie in other files."""
    external = _import("onnx").TensorProto.EXTERNAL
    tensors = [*_tensors_of(model.graph), *(found for each in model.functions for found in _tensors_of(each))]
    return [tensor for tensor in tensors if tensor.data_location == external]


def _tensors_of(graph: Any) -> Iterator[Any]:
    """The tensors of a graph or a function, with those of the graphs inside it."""
    yield from getattr(graph, "initializer", ())
    for attribute in (attribute for node in graph.node for attribute in node.attribute):
        yield from attribute.tensors
        if attribute.HasField("t"):
            yield attribute.t
        for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else ())):
            yield from _tensors_of(inner)


def _has_vnni() -> bool:
    try:
        said = _CPU_FILE.read_text(encoding="utf-8")
    except OSError:
        return True
    # Processors that are not of Intel's kind don't have the fault.
    return "vnni" in said or not re.search(r"^flags\s*:", said, re.MULTILINE)


def _import(name: str) -> Any:
    import importlib  # noqa: PLC0415

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise SettingsError(
            f"Making an 8-bit model needs the package {error.name or 'onnx'}; install scene-sense[quantize]."
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without advice to run a step before that changes nothing here."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
