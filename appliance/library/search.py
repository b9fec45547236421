"""Answers a search: words and pictures become one vector, and the nearest assets are the answer."""

import time

import numpy as np
from numpy.typing import NDArray

from appliance.clip.encoder import Encoder
from appliance.db.assets import MAX_LIMIT
from appliance.db.engine import Database
from appliance.db.search import Nearest, find_nearest, get_vector
from appliance.errors import Conflict, ModelUnavailable, UsageError
from appliance.records.accounts import Viewer
from appliance.records.models import Model
from appliance.records.search import (
    AssetTerm,
    PageKey,
    PictureTerm,
    SearchAnswer,
    SearchRequest,
    Term,
    TextTerm,
)

MAX_TERMS = 20
MAX_WEIGHT = 10.0


async def search(
    request: SearchRequest, *, viewer: Viewer, db: Database, encoder: Encoder | None, model: Model | None
) -> SearchAnswer:
    """The visible assets that are nearest to the weighted sum of the terms, best first.

    Raises:
        UsageError: no terms, too many, a weight out of bounds, or terms that cancel each other out.
        NotFound: a term is an asset that is not the viewer's.
        Conflict: a term is an asset that has no vector yet, or the page before was another model's.
        ModelUnavailable: there is no active model, or it is not loaded here and a term has words.
    """
    started = time.perf_counter()
    _check(request)
    if model is None:
        raise ModelUnavailable
    if request.after is not None and request.after.model_id != model.id:
        raise Conflict("Another model answers now, whose order is another; search again from the first page.")
    vector = await _query_vector(request.terms, viewer=viewer, db=db, encoder=encoder, model=model)
    found = await find_nearest(
        db,
        Nearest(
            viewer=viewer,
            vector=vector,
            model_id=model.id,
            where=request.where,
            besides=tuple(term.asset_id for term in request.terms if isinstance(term, AssetTerm)),
            limit=request.limit,
            after=request.after,
        ),
    )
    last = found.hits[-1] if found.hits and found.more else None
    return SearchAnswer(
        hits=found.hits,
        exact=found.exact,
        model=model.name,
        took_ms=(time.perf_counter() - started) * 1000,
        next=PageKey(distance=last.distance, id=last.asset.id, model_id=model.id) if last else None,
    )


def _check(request: SearchRequest) -> None:
    if not 1 <= len(request.terms) <= MAX_TERMS:
        raise UsageError(f"A search has 1 to {MAX_TERMS} terms.")
    if not 1 <= request.limit <= MAX_LIMIT:
        raise UsageError(f"A search gives 1 to {MAX_LIMIT} rows at a time.")
    for term in request.terms:
        if not 0 < abs(term.weight) <= MAX_WEIGHT:
            raise UsageError(
                f"The weight of a term is between -{MAX_WEIGHT:g} and {MAX_WEIGHT:g}, and not 0."
            )


async def _query_vector(
    terms: tuple[Term, ...], *, viewer: Viewer, db: Database, encoder: Encoder | None, model: Model
) -> NDArray[np.float32]:
    total = np.zeros(model.dimension, dtype=np.float32)
    for term in terms:
        if isinstance(term, TextTerm):
            if encoder is None:
                raise ModelUnavailable("The model that the library's vectors come from is not loaded.")
            vector = await encoder.encode_text(term.text)
        elif isinstance(term, PictureTerm):
            if term.model_id != model.id:
                raise Conflict("Another model answers now; give the picture again.")
            vector = term.vector
        else:
            vector = await _asset_vector(term, viewer=viewer, db=db, model=model)
        total += term.weight * vector
    norm = float(np.linalg.norm(total))
    if norm < 1e-3:
        raise UsageError("The terms cancel each other out.")
    return np.asarray(total / norm, dtype=np.float32)


async def _asset_vector(
    term: AssetTerm, *, viewer: Viewer, db: Database, model: Model
) -> NDArray[np.float32]:
    vector = await get_vector(db, viewer, term.asset_id, model_id=model.id)
    if vector is None:
        raise Conflict("This picture is not indexed yet; try again in a moment.")
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
