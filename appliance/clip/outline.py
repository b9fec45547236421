"""What an ONNX file says of itself, read without its weights: inputs, outputs, operators, and files beside it.

A layout has to know a graph before anything is loaded: the size of picture that it takes, whether it takes words,
which of its weights lie in other files. So the messages of the file are walked over in place, each tensor's content
skipped; a graph of a gigabyte takes milliseconds.

Source: onnx.proto3 of ONNX 1.23 (field numbers) and the encoding of Protocol Buffers.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path, PurePosixPath
from typing import Literal

from appliance.clip.folder import require_content
from appliance.clip.protobuf import Fields, Message, MessageError
from appliance.errors import ModelUnavailable

#: TensorProto.DataType by number; others are never a tower's input.
_KINDS = {1: "float", 6: "int32", 7: "int64", 9: "bool", 10: "float16", 16: "bfloat16"}

#: Operators of these domains come with ONNX Runtime.
_KNOWN_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc"})

_EIGHT_BITS = frozenset({
    "MatMulInteger", "ConvInteger", "DynamicQuantizeLinear", "DequantizeLinear", "QLinearMatMul", "QLinearConv",
    "DynamicQuantizeMatMul", "MatMulIntegerToFloat",
})  # fmt: skip
_FOUR_BITS = frozenset({"MatMulNBits", "MatMulBnb4", "GatherBlockQuantized"})

#: What hands ids, or a table, on as they are.
_SAME = frozenset({"Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "DequantizeLinear"})

Precision = Literal["fp32", "fp16", "bf16", "int8", "int4"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One input or output; a dimension that is open is None."""

    name: str
    #: None when the file doesn't say.
    shape: tuple[int | None, ...] | None
    #: ``float``, ``float16``, ``int32``, ``int64``...; empty for others.
    kind: str

    @property
    def rank(self) -> int | None:
        """How many dimensions it has, where the file says."""
        return None if self.shape is None else len(self.shape)


@dataclass(frozen=True, slots=True)
class Outline:
    """One ONNX file."""

    path: Path
    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]
    #: What most of the weights are, or what computes with them.
    precision: Precision
    #: Rows of the table that token ids look up, where it can be found.
    vocabulary: int | None

    @property
    def picture(self) -> Slot | None:
        """The input that takes pictures: the one of rank 4."""
        found = [slot for slot in self.inputs if slot.rank == 4]
        return found[0] if len(found) == 1 else None

    @property
    def ids(self) -> Slot | None:
        """The input that takes token ids: integers of rank 2, no mask."""
        found = [slot for slot in self.inputs if _takes_ids(slot)]
        return found[0] if len(found) == 1 else None

    @property
    def masked(self) -> bool:
        """Whether it asks for a mask of the words."""
        return any("mask" in slot.name.lower() for slot in self.inputs)


@dataclass(slots=True)
class _Seen:
    """What one walk over the file collects."""

    inputs: list[Slot] = field(default_factory=list)
    outputs: list[Slot] = field(default_factory=list)
    #: First dimension of each tensor of rank 2, by name.
    rows: dict[str, int] = field(default_factory=dict)
    tensors: set[str] = field(default_factory=set)
    #: Numbers that are stored as each type.
    sizes: Counter[int] = field(default_factory=Counter)
    #: (operator, domain, inputs, outputs)
    nodes: list[tuple[str, str, list[str], list[str]]] = field(default_factory=list)
    own_domains: set[str] = field(default_factory=set)
    #: How long each file beside the graph has to be, bytes.
    external: dict[str, int] = field(default_factory=dict)
    graphs: int = 0


def read_outline(path: Path) -> Outline:
    """What the file ``path`` says.

    Raises:
        ModelUnavailable: it is no ONNX graph, is cut short, lacks files beside it, or needs operators that are not
            to be had.
    """
    seen = _Seen()
    require_content(path)
    try:
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            _walk_model(Message(content, 0, len(content)), seen)
    except (MessageError, OSError, ValueError) as error:
        raise ModelUnavailable(
            f"{path} is not a model that can be run: it is cut short or of another kind ({error})."
            " Copy the model's folder again."
        ) from error
    if not seen.graphs:
        raise ModelUnavailable(f"{path} is not a model that can be run: it holds no ONNX graph.")
    _require_operators(path, seen)
    _require_external(path, seen)
    return Outline(
        path=path,
        inputs=tuple(slot for slot in seen.inputs if slot.name not in seen.tensors),
        outputs=tuple(seen.outputs),
        precision=_precision(seen),
        vocabulary=_vocabulary(seen),
    )


def _takes_ids(slot: Slot) -> bool:
    named = slot.name.lower()
    return (
        slot.rank == 2
        and slot.kind in {"int32", "int64"}
        and "mask" not in named
        and "token_type" not in named
    )


def _walk_model(model: Message, seen: _Seen) -> None:
    for number, value in model.fields():
        if number == 7 and isinstance(value, Message):
            seen.graphs += 1
            _walk_graph(value, seen)
        elif number == 25 and isinstance(value, Message):
            seen.own_domains.add(value.all().text(10))


def _walk_graph(graph: Message, seen: _Seen) -> None:
    for number, value in graph.fields():
        if not isinstance(value, Message):
            continue
        if number == 1:
            _walk_node(value, seen)
        elif number == 5:
            _keep_tensor(value.all(), seen)
        elif number == 11:
            seen.inputs.append(_slot(value.all()))
        elif number == 12:
            seen.outputs.append(_slot(value.all()))


def _walk_node(node: Message, seen: _Seen) -> None:
    found = node.all()
    operator, outputs = found.text(4), found.texts(2)
    seen.nodes.append((operator, found.text(7), found.texts(1), outputs))
    for attribute in found.messages(5):
        content = attribute.all()
        for tensor in content.messages(5):
            # A constant's value is known by its output's name.
            _keep_tensor(tensor.all(), seen, name=outputs[0] if operator == "Constant" and outputs else "")
        for branch in content.messages(6):
            _walk_branch(branch, seen)


def _walk_branch(branch: Message, seen: _Seen) -> None:
    """A graph inside a node: its inputs and outputs are not the model's."""
    inputs, outputs = len(seen.inputs), len(seen.outputs)
    _walk_graph(branch, seen)
    del seen.inputs[inputs:], seen.outputs[outputs:]


def _keep_tensor(tensor: Fields, seen: _Seen, *, name: str = "") -> None:
    dims = tensor.numbers(1)
    name = name or tensor.text(8)
    seen.tensors.add(name)
    if len(dims) == 2:
        seen.rows[name] = dims[0]
    count = 1
    for size in dims:
        count *= size
    seen.sizes[tensor.number(2)] += count
    if tensor.number(14) == 1:
        entries = {entry.text(1): entry.text(2) for entry in (item.all() for item in tensor.messages(13))}
        location = entries.get("location", "")
        end = int(entries.get("offset") or 0) + int(entries.get("length") or 0)
        seen.external[location] = max(seen.external.get(location, 0), end)


def _slot(value: Fields) -> Slot:
    shape: tuple[int | None, ...] | None = None
    kind = ""
    for kinds in value.messages(2):
        for tensor in kinds.all().messages(1):
            content = tensor.all()
            kind = _KINDS.get(content.number(1), "")
            for shapes in content.messages(2):
                shape = tuple(_dimensions(shapes.all()))
    return Slot(value.text(1), shape, kind)


def _dimensions(shape: Fields) -> Iterator[int | None]:
    for dimension in shape.messages(1):
        size = dimension.all().number(1)
        yield size if 0 < size < 2**63 else None


def _require_operators(path: Path, seen: _Seen) -> None:
    foreign = sorted({domain for _, domain, _, _ in seen.nodes} - _KNOWN_DOMAINS - seen.own_domains)
    if foreign:
        operators = sorted({name for name, domain, _, _ in seen.nodes if domain == foreign[0]})
        raise ModelUnavailable(
            f"{path} needs operators of {foreign[0]!r} ({', '.join(operators[:3])}), which ONNX Runtime does not"
            " have. Take an export of the model with standard operators only."
        )


def external_files(path: Path) -> list[Path]:
    """The files beside the graph ``path`` that hold weights of it, there or not; none for what is no graph.

    Raises:
        OSError: the file can't be read.
    """
    seen = _Seen()
    try:
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            _walk_model(Message(content, 0, len(content)), seen)
    except ValueError:  # cut short, empty, or of another kind
        return []
    return [path.parent / location for location in sorted(seen.external) if _stays(location)]


def _stays(location: str) -> bool:
    """Whether the name of a file leads nowhere but below the graph's folder."""
    name = PurePosixPath(location)
    return bool(name.parts) and not name.is_absolute() and ".." not in name.parts


def _require_external(path: Path, seen: _Seen) -> None:
    for location, length in sorted(seen.external.items()):
        beside = path.parent / location
        if not _stays(location):
            raise ModelUnavailable(
                f"{path} keeps weights in {location!r}, which lies outside its folder; take another export."
            )
        # The runtime follows a link only to where the graph itself lies, as it is in a hub's cache.
        if beside.is_file() and not any(
            beside.resolve().is_relative_to(place) for place in (path.parent.resolve(), path.resolve().parent)
        ):
            raise ModelUnavailable(
                f"{beside} is a link to elsewhere than {path.name} lies; put the file itself there."
                " `scene-sense model add` of the folder does."
            )
        if not beside.is_file():
            raise ModelUnavailable(
                f"{beside} is missing: {path.name} keeps weights there. Copy the whole folder again."
            )
        require_content(beside)
        if beside.stat().st_size < length:
            raise ModelUnavailable(
                f"{beside} is cut short: {path.name} keeps {length:,} bytes of weights there, and it has"
                f" {beside.stat().st_size:,}. Copy it again."
            )


def _precision(seen: _Seen) -> Precision:
    operators = {operator for operator, _, _, _ in seen.nodes}
    if operators & _FOUR_BITS:
        return "int4"
    if operators & _EIGHT_BITS:
        return "int8"
    halves: dict[int, Precision] = {10: "fp16", 16: "bf16"}
    most = max((1, *halves), key=lambda kind: seen.sizes[kind])
    return halves.get(most, "fp32")


def _vocabulary(seen: _Seen) -> int | None:
    ids = {slot.name for slot in seen.inputs if _takes_ids(slot)}
    rows = dict(seen.rows)
    for operator, _, inputs, outputs in seen.nodes:
        if operator in _SAME and inputs and outputs:
            if inputs[0] in ids:
                ids.add(outputs[0])
            if inputs[0] in rows:
                rows[outputs[0]] = rows[inputs[0]]
        elif operator in {"Gather", "GatherBlockQuantized"} and inputs[0] in rows and inputs[1] in ids:
            return rows[inputs[0]]
    return None
