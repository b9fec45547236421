"""Which model this process encodes with: the one that answers searches, whatever the settings name today.

1. A library without vectors takes the model of the settings, and it becomes the active one.
2. From then on the active one stays in charge: a vector of one model says nothing to another. Settings that name
   a different one are a warning.
3. The files must be those that the vectors were made with; changed files are refused, not mixed in.
"""

import logging

from appliance.clip.encoder import Encoder, TowerName
from appliance.clip.opening import open_encoder
from appliance.db.engine import Database
from appliance.db.models import active_model, record_model
from appliance.errors import ModelUnavailable
from appliance.records.models import Model
from appliance.settings import Settings

log = logging.getLogger(__name__)


async def ensure_model(db: Database, encoder: Encoder) -> Model:
    """The library's record of the encoder's model; the first one ever becomes the active one.

    Raises:
        ModelUnavailable: its vectors are recorded with another size, so its towers don't fit together.
    """
    model = await record_model(db, identity=encoder.identity, name=encoder.name, dimension=encoder.dimension)
    if model.dimension != encoder.dimension:
        raise ModelUnavailable(
            f"The vectors of {encoder.name} have {encoder.dimension} numbers here, but {model.dimension} in the"
            " library: its two encoders are of different models. Copy the model's folder again."
        )
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
    name = active.name if active else settings.clip_model
    if name != settings.clip_model:
        log.warning(
            "CLIP_MODEL names %s, but the library's vectors are of %s, which stays in charge",
            settings.clip_model,
            name,
        )
    encoder = await open_encoder(settings, towers=towers, name=name)
    try:
        if active is None:
            await ensure_model(db, encoder)
            # Another process may have been first, with another model.
            active = await active_model(db)
        if active is None or active.identity != encoder.identity:
            raise ModelUnavailable(
                f"The files of the model {name} are not those that the library's vectors were made with."
                " Put the former ones back."
            )
    except BaseException:
        await encoder.close()
        raise
    return encoder, active
