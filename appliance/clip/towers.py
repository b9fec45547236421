"""The two towers of a model: which input and output of a graph is which, found by looking at the graph.

1. A picture's input is the one of rank 4; words' ids are the integer one of rank 2 that is no mask.
2. Ids are cast to the declared integer type, pictures to half precision where the graph wants it.
3. A mask is given only where the graph asks for one.
4. A graph made for a batch of one is run once per item.
5. The output is taken by name, in an order that never picks hidden states; else it is the only one of rank 2.
6. Vectors are always L2-normalised: some exports do it and some do not.

Sources: the exports of OpenCLIP, Optimum and others, which differ in all of these points.
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.clip.encoder import TowerName
from appliance.clip.session import Port, Session
from appliance.clip.tokenizer import Part
from appliance.errors import ModelUnavailable

Vectors = NDArray[np.float32]

#: Names of the vectors in exports, best first; the tower's own word takes the brace's place.
_OUTPUTS = ("embedding", "{}_embeds", "{}_embeddings", "pooler_output", "{}_EMBEDDING", "output")
_INTEGERS = (np.int32, np.int64)
_FLOATS = (np.float32, np.float16)


class Tower:
    """One graph with one output of rank 2: a vector per item."""

    def __init__(self, session: Session, tower: TowerName) -> None:
        """Choose the output of ``session``.

        Raises:
            ModelUnavailable: no output is a vector per item.
        """
        self._session = session
        self._output = _choose_output(session, tower)
        #: Numbers in one vector, where the graph declares it.
        self.dimension = self._output.shape[1] if self._output.shape else None
        #: What runs the graph, for example ``CPUExecutionProvider``.
        self.provider = session.provider

    def _run(self, feeds: dict[str, NDArray[Any]]) -> Vectors:
        """Unit vectors, float32 [n, D]."""
        return unit(self._session.run(self._output.name, feeds), what=str(self._session.path))


class ImageTower(Tower):
    """Vectors of pictures."""

    def __init__(self, session: Session, *, height: int, width: int) -> None:
        """Look at the graph; pictures will be ``height`` by ``width`` pixels.

        Raises:
            ModelUnavailable: the graph does not take one picture of this size.
        """
        pictures = [port for port in session.inputs if port.rank == 4]
        if len(pictures) != 1 or len(session.inputs) != 1:
            swapped = bool(_id_ports(session)) and not pictures
            hint = "it takes words. Are the two model.onnx files swapped?" if swapped else _described(session)
            raise ModelUnavailable(f"{session.path} should take one picture and nothing else; {hint}")
        self._input = pictures[0]
        _check_picture_port(session, self._input, height=height, width=width)
        super().__init__(session, "image")

    def encode(self, planes: Vectors) -> Vectors:
        """Unit vectors [n, D] of pictures [n, 3, height, width]."""
        planes = planes.astype(self._input.dtype or np.float32, copy=False)
        if self._input.shape[0] is None:
            return self._run({self._input.name: planes})
        rows = [self._run({self._input.name: planes[i : i + 1]}) for i in range(len(planes))]
        return np.concatenate(rows)


class TextTower(Tower):
    """Vectors of texts, one text at a time.

    The scales of an int8 graph are taken over the whole batch, so that in a batch a text's vector would depend on
    its neighbours.
    """

    def __init__(self, session: Session) -> None:
        """Look at the graph.

        Raises:
            ModelUnavailable: the graph does not take token ids.
        """
        masks = [port for port in session.inputs if "mask" in port.name.lower()]
        kinds = [port for port in session.inputs if "token_type" in port.name.lower()]
        ids = [port for port in _id_ports(session) if port not in masks and port not in kinds]
        if len(ids) != 1 or len(ids) + len(masks) + len(kinds) != len(session.inputs):
            swapped = any(port.rank == 4 for port in session.inputs) and not ids
            hint = (
                "it takes a picture. Are the two model.onnx files swapped?"
                if swapped
                else _described(session)
            )
            raise ModelUnavailable(f"{session.path} should take token ids and at most a mask; {hint}")
        self._ids, self._masks, self._kinds = ids[0], masks, kinds
        _check_batch(session, self._ids)
        super().__init__(session, "text")

    @property
    def length(self) -> int | None:
        """How many tokens the graph takes; None: any number."""
        return self._ids.shape[1]

    def encode(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Vectors:
        """The unit vector [1, D] of one text's ids and mask, each [1, length]."""
        feeds = {self._ids.name: ids.astype(self._ids.dtype or np.int64)}
        for port in self._masks:
            feeds[port.name] = mask.astype(port.dtype or np.int64)
        for port in self._kinds:  # all of the text is of the first kind
            feeds[port.name] = np.zeros_like(ids, port.dtype or np.int64)
        return self._run(feeds)

    def encode_parts(self, parts: Sequence[Part]) -> Vectors:
        """The unit vector (D,) of a text in parts: the mean of theirs, each as heavy as it has tokens."""
        if len(parts) == 1:
            return self.encode(parts[0].ids, parts[0].mask).reshape(-1)
        vectors = np.concatenate([self.encode(part.ids, part.mask) for part in parts])
        weights = np.array([[part.weight] for part in parts], np.float32)
        return unit((vectors * weights).sum(axis=0), what=str(self._session.path))


def unit(vectors: NDArray[Any], *, what: str) -> Vectors:
    """Each row divided by its length, as float32.

    Raises:
        ModelUnavailable: a row has no direction: it is zero, or not finite.
    """
    rows = np.asarray(vectors, np.float32)
    if rows.ndim > 2:
        raise ModelUnavailable(f"{what} gave an array of {rows.ndim} dimensions, not a vector per item.")
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    if not np.all(np.isfinite(norms)) or np.any(norms < 1e-12):
        raise ModelUnavailable(f"{what} gave a vector without a direction; the model's file may be damaged.")
    normalised: Vectors = (rows / norms).astype(np.float32)
    return normalised


def _id_ports(session: Session) -> list[Port]:
    return [port for port in session.inputs if port.rank == 2 and port.dtype in _INTEGERS]


def output_name(names: Collection[str], tower: TowerName) -> str | None:
    """Which of ``names`` is known as the vectors of this tower."""
    known = (name.format(word) for name in _OUTPUTS for word in (tower, tower.upper()))
    return next((name for name in known if name in names), None)


def _choose_output(session: Session, tower: TowerName) -> Port:
    # A graph that does not say what an output's shape is, is seen to be right by its first run.
    by_name = {port.name: port for port in session.outputs if port.rank in {0, 2}}
    name = output_name(by_name, tower)
    if name is None and len(by_name) == 1:
        name = next(iter(by_name))
    if name is None:
        raise ModelUnavailable(
            f"{session.path} has no output that is one vector per item; {_described(session)}"
        )
    return by_name[name]


def _check_picture_port(session: Session, port: Port, *, height: int, width: int) -> None:
    _, channels, *size = port.shape
    if channels not in {3, None} or port.dtype not in _FLOATS:
        raise ModelUnavailable(
            f"{session.path} should take float pictures with three channels first; {_described(session)}"
        )
    if any(own not in {wanted, None} for own, wanted in zip(size, (height, width), strict=True)):
        raise ModelUnavailable(
            f"{session.path} takes pictures of {size[1]} x {size[0]} pixels, but the model's preprocessing makes"
            f" {width} x {height}: the files are of different models. Copy the model's folder again."
        )
    _check_batch(session, port)


def _check_batch(session: Session, port: Port) -> None:
    if port.shape[0] not in {1, None}:
        raise ModelUnavailable(
            f"{session.path} takes exactly {port.shape[0]} items at a time, not any number."
        )


def _described(session: Session) -> str:
    def ports(items: tuple[Port, ...]) -> str:
        shapes = (f"{port.name} {list(port.shape)}".replace("None", "any") for port in items)
        return ", ".join(shapes) or "nothing"

    return f"its inputs are {ports(session.inputs)}; its outputs {ports(session.outputs)}."
