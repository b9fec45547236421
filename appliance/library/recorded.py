"""A model and the library's record of it: the files must be those that the vectors were made with, and give the same.

1. A library without vectors takes the model of the settings, and it becomes the active one.
2. From then on the active one stays in charge until somebody switches, in the database: a vector of one model says
   nothing to another. Settings that name a different one are a warning.
3. Files that changed, or that give other vectors for fixed inputs than they did, are refused, not mixed in.
"""

import asyncio
import logging

from appliance.clip import golden
from appliance.clip.encoder import Encoder, TowerName
from appliance.clip.golden import Golden, golden_vectors
from appliance.clip.identity import identity
from appliance.clip.opening import model_root, open_encoder, open_local
from appliance.db.engine import Database
from appliance.db.golden import add_golden, get_golden
from appliance.db.models import active_model, record_model
from appliance.db.sets import find_models
from appliance.errors import ModelUnavailable, SettingsError
from appliance.records.models import Model, SetState
from appliance.settings import Settings

log = logging.getLogger(__name__)

#: Words whose vectors differ this much still find the same pictures, so searching goes on with a warning.
_SEARCH_AGREE = 0.98


async def register(db: Database, encoder: Encoder, found: Golden, *, state: SetState) -> Model:
    """The library's record of the encoder's model, made now if it has none; the first one ever becomes the active.

    ``found`` is what the encoder gives for the golden inputs. Where the same files gave others when they were first
    used, they are computed in another way here, and that makes a model of its own.

    Raises:
        ModelUnavailable: its vectors are recorded with another size, so its towers don't fit together.
    """
    known = await find_models(db, encoder.identity)
    for model in known:
        if model.dimension != encoder.dimension:
            raise ModelUnavailable(
                f"The vectors of {encoder.name} have {encoder.dimension} numbers here, but {model.dimension} in the"
                " library: its two encoders are of different models. Copy the model's folder again."
            )
        if golden.agreement(await get_golden(db, model.id), found) >= golden.AGREE:
            await add_golden(db, model.id, found)
            return model
    identity = f"{encoder.identity}+{golden.fingerprint(found)}" if known else encoder.identity
    async with db.transaction():
        model = await record_model(
            db,
            identity=identity,
            name=encoder.name,
            dimension=encoder.dimension,
            precision=encoder.card.precision,
            state=state,
        )
        await add_golden(db, model.id, found)
    return model


async def open_active(
    db: Database, settings: Settings, *, towers: frozenset[TowerName]
) -> tuple[Encoder, Model]:
    """The encoder of the active model and its record; the settings' model when the library has none yet.

    Raises:
        SettingsError: the settings name no usable model, or its vectors have another size than they say.
        ModelUnavailable: the active model's files are missing, damaged or changed; says what would mend it.
    """
    active = await active_model(db)
    if active is not None:
        if active.name != settings.clip_model:
            log.warning(
                "CLIP_MODEL names %s, but the library's vectors are of %s, which stays in charge",
                settings.clip_model,
                active.name,
            )
        return await open_recorded(db, settings, active, towers=towers), active
    encoder = await open_encoder(settings, towers=towers)
    try:
        await register(db, encoder, await golden_vectors(encoder, towers), state=SetState.READY)
        # Another process may have been first, with another model.
        active = await active_model(db)
        if active is None or active.identity != encoder.identity:
            raise ModelUnavailable("Another process has begun this library with another model; start again.")
    except BaseException:
        await encoder.close()
        raise
    return encoder, active


async def open_recorded(
    db: Database, settings: Settings, model: Model, *, towers: frozenset[TowerName]
) -> Encoder:
    """An encoder that gives the vectors of this model's set.

    Where encoder servers are set and none of them can be used for this model, its files on this machine will do.

    Raises:
        ModelUnavailable: the files are missing, damaged or others, or give other vectors than they did.
    """
    encoder = await _open(settings, model, towers)
    try:
        if encoder.identity != model.identity.partition("+")[0]:
            raise ModelUnavailable(
                f"The files of the model {model.name} are not those that the library's vectors were made with."
                " Put the former ones back."
            )
        await _require_agreement(db, encoder, model, towers)
    except BaseException:
        await encoder.close()
        raise
    return encoder


async def _open(settings: Settings, model: Model, towers: frozenset[TowerName]) -> Encoder:
    try:
        encoder = await open_encoder(settings, towers=towers, name=model.name)
        if not settings.clip_server_url or encoder.identity == model.identity.partition("+")[0]:
            return encoder
        await encoder.close()
        trouble = "the encoder servers have another model of that name."
    except ModelUnavailable as error:
        if not settings.clip_server_url or not await asyncio.to_thread(_is_here, settings, model):
            raise
        trouble = error.message
    log.warning("%s is run on this machine: %s", model.name, trouble)
    return await open_local(settings, towers=towers, name=model.name)


def _is_here(settings: Settings, model: Model) -> bool:
    """Whether the files of this very model are on this machine."""
    try:
        return identity(model_root(model.name, settings.models_path)) == model.identity.partition("+")[0]
    except (OSError, SettingsError):
        return False


async def _require_agreement(
    db: Database, encoder: Encoder, model: Model, towers: frozenset[TowerName]
) -> None:
    found = await golden_vectors(encoder, towers)
    agreement = golden.agreement(await get_golden(db, model.id), found)
    if agreement >= golden.AGREE:
        await add_golden(db, model.id, found)
        return
    text = (
        f"The model {model.name} gives other vectors here than those of the library (they agree to {agreement:.4f},"
        f" run by {', '.join(sorted(encoder.providers))}). Run it as before, or make a set of its own of them:"
        f" `scene-sense model fill {model.name}`."
    )
    if "image" in towers or agreement < _SEARCH_AGREE:
        raise ModelUnavailable(text)
    log.warning("%s Searching goes on.", text)
