"""The sets of vectors: fill one in the background, switch to it, go back, and let one go.

1. ``fill`` records the model and gives every asset a job of low priority. Search stays with the active set; new
   uploads get a vector of both.
2. ``settle``, a step of each sweep, tends what is under way: assets without a job get one, a full set gets its
   index and then counts as ready, and what is being dropped goes on going. So kills and restarts cost time only.
3. ``switch`` changes one row. It is refused while the new set lacks vectors that searches would miss. The former set
   is kept up, so that ``undo`` misses nothing either, until it is dropped.
"""

import logging
from dataclasses import dataclass

from appliance.clip.encoder import Encoder, TowerName
from appliance.clip.golden import golden_vectors
from appliance.clip.local import LocalEncoder
from appliance.clip.opening import open_encoder
from appliance.db import jobs, sets
from appliance.db.engine import Database
from appliance.db.models import active_model, drop_index, ensure_index
from appliance.errors import Conflict, SettingsError, UsageError
from appliance.jobs import Actor, Queue
from appliance.library.models import SETTLE_SECONDS
from appliance.library.recorded import register
from appliance.records.models import LESS_EXACT, Model, SetState, SetStatus
from appliance.settings import Settings

log = logging.getLogger(__name__)

_BOTH: frozenset[TowerName] = frozenset({"image", "text"})


@dataclass(frozen=True, slots=True)
class Settled:
    """What one round of tending did."""

    jobs_added: int = 0
    index_built: bool = False
    ready: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


async def fill(
    db: Database, queue: Queue, settings: Settings, name: str, *, unmeasured: bool = False
) -> Model:
    """The model ``name``, whose set is now filled in the background; one that was paused goes on.

    ``unmeasured`` also takes a less exact model of which nobody has measured how far it agrees with the exact one.

    Raises:
        UsageError: there can be no model of that name.
        ModelUnavailable: it can't be loaded, or its towers don't fit together.
        Conflict: its set is being dropped, or it is less exact and was not measured.
    """
    try:
        encoder = await open_encoder(settings, towers=_BOTH, name=name)
    except SettingsError as error:
        raise UsageError(error.message) from error
    try:
        if not unmeasured:
            _require_measured(encoder)
        model = await register(db, encoder, await golden_vectors(encoder, _BOTH), state=SetState.FILLING)
    finally:
        await encoder.close()
    if model.state is SetState.DROPPING:
        raise Conflict(f"The set of {name} is being dropped; fill it again when it is gone.")
    active = await active_model(db)
    await sets.begin_fill(db, model.id)
    while await _add_missing(db, model, active):
        pass
    await queue.try_wake(Actor.EMBED)
    return await sets.get_set(db, model.name)


async def pause(db: Database, name: str) -> Model:
    """The model whose set gets nothing more until it is filled again; its vectors stay.

    Raises:
        NotFound: the library has no such set.
        Conflict: it answers searches, or is being dropped.
    """
    await sets.pause(db, await sets.get_set(db, name))
    return await sets.get_set(db, name)


async def switch(db: Database, queue: Queue, name: str, *, anyway: bool = False) -> Model:
    """The model that answers searches from now on; servers follow within seconds.

    ``anyway`` also switches to a set that lacks vectors: what it lacks is not found until it has them.

    Raises:
        NotFound: the library has no such set.
        Conflict: it lacks vectors that the active one has, or is being dropped.
    """
    model = await sets.get_set(db, name)
    await _activate(db, queue, model, anyway=anyway)
    return model


async def undo(db: Database, queue: Queue, *, anyway: bool = False) -> Model:
    """The model that answered before the active one, and does so again.

    Raises:
        Conflict: there was none, its set is gone, or it lacks vectors that the active one has.
    """
    model = await sets.previous_model(db)
    if model is None:
        raise Conflict("There is no set to go back to.")
    await _activate(db, queue, model, anyway=anyway)
    return model


async def drop(db: Database, name: str, *, settle_seconds: float = SETTLE_SECONDS) -> Model:
    """The model whose set is gone now, with its vectors, its index and its jobs. The model's files stay.

    A drop that is cut off is ended by the next sweep.

    Raises:
        NotFound: the library has no such set.
        Conflict: it answers searches, or did a moment ago.
        DatabaseUnavailable: the server went away; the next sweep does the rest.
    """
    model = await sets.get_set(db, name)
    await sets.begin_drop(db, model, settle_seconds=settle_seconds)
    await _finish_drop(db, model)
    return model


async def status(db: Database) -> tuple[SetStatus, ...]:
    """All sets, the active one first."""
    return await sets.get_status(db)


async def settle(db: Database) -> Settled:
    """Tend all sets once; see the module."""
    active = await active_model(db)
    added, built = 0, False
    ready: list[str] = []
    dropped: list[str] = []
    for model in await sets.list_models(db):
        if model.state is SetState.DROPPING:
            await _finish_drop(db, model)
            dropped.append(model.name)
        elif model.state in {SetState.FILLING, SetState.READY}:
            added += await _add_missing(db, model, active)
            if model.state is SetState.READY or await sets.is_filled(db, model.id):
                built |= await ensure_index(db, model)
                if model.state is SetState.FILLING and await sets.end_fill(db, model.id):
                    log.info("the set of %s is full; `scene-sense model switch %s`", model.name, model.name)
                    ready.append(model.name)
    return Settled(added, built, tuple(ready), tuple(dropped))


def _require_measured(encoder: Encoder) -> None:
    if not isinstance(encoder, LocalEncoder) or encoder.precision not in LESS_EXACT or encoder.has_agreement:
        return
    raise Conflict(
        f"{encoder.name} computes in {encoder.precision}, and nobody has measured how far it agrees with the exact"
        " model. `scene-sense model quantize` makes such a model of an exact one and measures it on your pictures; or"
        " take this one as it is: --unmeasured."
    )


async def _add_missing(db: Database, model: Model, active: Model | None) -> int:
    priority = 0 if active is not None and active.id == model.id else jobs.BACKGROUND
    return await jobs.add_missing(db, kind=jobs.EMBED, model_id=model.id, priority=priority)


async def _activate(db: Database, queue: Queue, model: Model, *, anyway: bool) -> None:
    lacking = await sets.count_lacking(db, new=model)
    if lacking and not anyway:
        raise Conflict(
            f"The set of {model.name} lacks {lacking} pictures that are found now; see `scene-sense model list`, and"
            " wait until they are done, or switch --anyway and have them missing until then."
        )
    await sets.activate(db, model)
    await queue.try_wake(Actor.EMBED)


async def _finish_drop(db: Database, model: Model) -> None:
    await drop_index(db, model)
    while await sets.delete_some(db, model):
        pass
    await sets.delete_model(db, model)
