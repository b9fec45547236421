"""What one person's search aims at: the vector of all that is looked for, and what chance gives for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from appliance.db.search import get_vector
from appliance.errors import Conflict, ModelUnavailable
from appliance.library.mixing import mix
from appliance.library.relevance import Scale, scale_of
from appliance.library.searcher import Searcher
from appliance.records.search import Term


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """See above."""

    #: Shape (dimension,), L2-normalised.
    vector: NDArray[np.float32]
    #: None where nothing is known of chance.
    scale: Scale | None
    #: What the asker should know, as codes.
    notes: tuple[str, ...]


async def aim_at(
    searcher: Searcher, terms: Sequence[Term], right: Sequence[UUID] = (), wrong: Sequence[UUID] = ()
) -> Aim:
    """The aim of a search for these terms, with what was marked right and wrong.

    Raises:
        UsageError: the terms cancel each other out.
        NotFound: a term or a mark is an asset that the viewer doesn't see.
        Conflict: such an asset has no vector yet, or a picture was read by another model.
        ModelUnavailable: no model answers, or a term has words and can't be encoded.
    """
    model = searcher.model
    if model is None:
        raise ModelUnavailable
    background = None
    if searcher.backgrounds is not None:
        background = await searcher.backgrounds.of(searcher.viewer, model, searcher.encoder)

    async def vector_of(asset: UUID) -> NDArray[np.float32]:
        vector = await get_vector(searcher.db, searcher.viewer, asset, model_id=model.id)
        if vector is None:
            raise Conflict("This picture is not indexed yet; try again in a moment.")
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)

    mixed = await mix(
        terms,
        right,
        wrong,
        encoder=searcher.encoder,
        vector_of=vector_of,
        background=background,
        model=model,
    )
    scale = scale_of(mixed.vector, background, pictures=mixed.pictures, focus=mixed.focus)
    return Aim(mixed.vector, scale, mixed.notes)
