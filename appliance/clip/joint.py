"""One tower out of a graph that has both.

ONNX Runtime computes all of a graph whatever is asked of it, so that a query on such a graph would encode a picture
as well. So the graph's description is written anew with what one output needs; its weights are not touched.

Source: onnx.proto3 of ONNX 1.23 (field numbers).
"""

from mmap import ACCESS_READ, mmap
from pathlib import Path

from appliance.clip.encoder import TowerName
from appliance.clip.folder import ModelFolder
from appliance.clip.outline import read_outline
from appliance.clip.protobuf import Message, MessageError, stretch
from appliance.clip.towers import output_name
from appliance.errors import ModelUnavailable

#: Fields of GraphProto.
_NODE, _INITIALIZER, _INPUT, _OUTPUT, _VALUE_INFO = 1, 5, 11, 12, 13


def graph_of(folder: ModelFolder, tower: TowerName) -> bytes | None:
    """The tower's part of the one graph of ``folder``; None when each tower has a graph of its own.

    Raises:
        ModelUnavailable: the graph can't be read, or has no output that is known as the tower's.
    """
    if folder.visual != folder.textual:
        return None
    names = [slot.name for slot in read_outline(folder.visual).outputs]
    name = output_name(names, tower)
    if name is None:
        raise ModelUnavailable(
            f"{folder.visual} has no output that is known as the vectors of the {tower} encoder; its outputs are"
            f" {', '.join(names)}. Rename the right one to {tower}_embeds, or take an export with vision_model.onnx"
            " and text_model.onnx."
        )
    return one_tower(folder.visual, name)


def one_tower(path: Path, output: str) -> bytes:
    """The model in ``path`` with no other output than this one, and nothing that it does not need.

    Raises:
        ModelUnavailable: the file can't be read.
    """
    try:
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            model = Message(content, 0, len(content))
            parts = [
                stretch(7, _pruned(value, output))
                if number == 7 and isinstance(value, Message)
                else span.raw()
                for number, value, span in model.spans()
            ]
    except (MessageError, OSError, ValueError) as error:
        raise ModelUnavailable(f"{path} can't be read: {error}. Copy the model's folder again.") from error
    return b"".join(parts)


def _pruned(graph: Message, output: str) -> bytes:
    nodes = [(span, *_names(value)) for number, value, span in graph.spans() if number == _NODE and value]
    needed = {output}
    kept: set[int] = set()
    for index in range(len(nodes) - 1, -1, -1):  # nodes come in the order in which they run
        _, inputs, outputs = nodes[index]
        if needed & outputs:
            needed |= inputs
            kept.add(index)
    parts = [nodes[index][0].raw() for index in sorted(kept)]
    for number, value, span in graph.spans():
        if number in {_NODE, _VALUE_INFO}:
            continue
        named = {_INITIALIZER: 8, _INPUT: 1, _OUTPUT: 1}.get(number)
        if named is None or not isinstance(value, Message):
            parts.append(span.raw())
            continue
        name = value.all().text(named)
        if name == output if number == _OUTPUT else name in needed:
            parts.append(span.raw())
    return b"".join(parts)


def _names(node: Message | int) -> tuple[set[str], set[str]]:
    """What a node takes, with what the graphs inside it take from around them, and what it gives."""
    if not isinstance(node, Message):
        return set(), set()
    found = node.all()
    inputs = set(found.texts(1))
    for attribute in found.messages(5):
        for number in (6, 11):
            for branch in attribute.all().messages(number):
                inputs |= _taken(branch)
    return inputs, set(found.texts(2))


def _taken(branch: Message) -> set[str]:
    taken = {output.all().text(1) for output in branch.all().messages(_OUTPUT)}
    for node in branch.all().messages(_NODE):
        taken |= _names(node)[0]
    return taken
