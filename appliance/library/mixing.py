"""Makes one vector of all that is looked for: words, pictures, and answers that were right or wrong.

Words and pictures lie apart in a model's space, and pictures score far higher with pictures than words do (the
modality gap: Liang et al., "Mind the Gap", NeurIPS 2022). So each part is divided by the deviation of its scores
over a sample of the library before the parts are added: then a weight means the same for all of them. What was
marked moves the result towards the mean of what was right and away from the mean of what was wrong (Rocchio, 1971).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from appliance.clip.encoder import Encoder
from appliance.errors import Conflict, ModelUnavailable, UsageError
from appliance.library.background import Background
from appliance.library.scripts import is_strange
from appliance.records.models import Model
from appliance.records.search import PictureTerm, Term, TextTerm

Vector = NDArray[np.float32]
VectorOf = Callable[[UUID], Awaitable[Vector]]

#: Nothing but "not that" was said: what is furthest from it, of what is usual in the library, comes first.
ALL_NEGATIVE = "query.all_negative"
#: Words in a writing that the model was not trained on.
UNKNOWN_SCRIPT = "query.unknown_script"

#: Rocchio's weights of what was right and wrong, where the question itself has 1.
_RIGHT, _WRONG = 0.75, 0.25
#: A sum of parts that is shorter is made of rounding.
_NOTHING = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """What is looked for."""

    #: Shape (dimension,), L2-normalised.
    vector: Vector
    #: The part of it that pictures make up, 0 to 1.
    pictures: float
    #: What is left of the part that counts most, 0 to 1: what fits this part alone scores so much of what it would
    #: score if nothing else had been asked for.
    focus: float
    #: What the asker should know, as codes.
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    vector: Vector
    weight: float
    is_picture: bool


async def mix(
    terms: Sequence[Term],
    right: Sequence[UUID] = (),
    wrong: Sequence[UUID] = (),
    *,
    encoder: Encoder | None,
    vector_of: VectorOf,
    background: Background | None,
    model: Model,
) -> Mixed:
    """One vector of these terms and marks. ``vector_of`` gives the unit vector of an asset.

    Raises:
        UsageError: the terms cancel each other out.
        Conflict: a picture was read by another model.
        ModelUnavailable: a term has words, and there is no encoder.
    """
    parts = [await _part(term, encoder=encoder, vector_of=vector_of, model=model) for term in terms]
    for marked, weight in ((right, _RIGHT), (wrong, -_WRONG)):
        if marked:
            vectors = [await vector_of(asset) for asset in marked]
            parts.append(_Part(_unit(np.mean(vectors, axis=0)), weight, is_picture=True))
    notes = []
    if _is_strange(terms, encoder):
        notes.append(UNKNOWN_SCRIPT)
    weighed = [_weighed(part, background) for part in parts]
    total = sum(weighed, start=np.zeros(model.dimension, np.float32))
    if all(part.weight < 0 for part in parts):
        notes.append(ALL_NEGATIVE)
        total = total + _usual(background, model.dimension)
    length = float(np.linalg.norm(total))
    if length < _NOTHING:
        raise UsageError("The terms cancel each other out.")
    wanted = (
        float(np.linalg.norm(each)) for each, part in zip(weighed, parts, strict=True) if part.weight > 0
    )
    focus = min(1.0, max(wanted, default=length) / length)
    return Mixed(_unit(total), _picture_part(parts), focus, tuple(notes))


async def _part(term: Term, *, encoder: Encoder | None, vector_of: VectorOf, model: Model) -> _Part:
    if isinstance(term, TextTerm):
        if encoder is None:
            raise ModelUnavailable("The model that the library's vectors come from is not loaded.")
        return _Part(await encoder.encode_text(term.text), term.weight, is_picture=False)
    if isinstance(term, PictureTerm):
        if term.model_id != model.id or term.vector.shape != (model.dimension,):
            raise Conflict("Another model answers now; give the picture again.")
        return _Part(term.vector, term.weight, is_picture=True)
    return _Part(await vector_of(term.asset_id), term.weight, is_picture=True)


def _weighed(part: _Part, background: Background | None) -> Vector:
    if background is None or not background.is_sampled:
        return np.asarray(part.weight * part.vector, np.float32)
    deviation = float((background.pictures @ part.vector).std())
    return np.asarray(part.weight / max(deviation, 0.01) * part.vector, np.float32)


def _usual(background: Background | None, dimension: int) -> Vector:
    """The middle of the library, from which a question of nothing but "not that" leads away; weighed as one part."""
    if background is None or not background.is_sampled:
        return np.zeros(dimension, np.float32)
    middle = _unit(background.pictures.mean(axis=0))
    return _weighed(_Part(middle, 1.0, is_picture=True), background)


def _picture_part(parts: Sequence[_Part]) -> float:
    wanted = [part for part in parts if part.weight > 0] or list(parts)
    total = sum(abs(part.weight) for part in wanted)
    return sum(abs(part.weight) for part in wanted if part.is_picture) / total


def _is_strange(terms: Sequence[Term], encoder: Encoder | None) -> bool:
    text = " ".join(term.text for term in terms if isinstance(term, TextTerm))
    return encoder is not None and is_strange(text, encoder.card.languages)


def _unit(vector: NDArray[np.floating]) -> Vector:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)
