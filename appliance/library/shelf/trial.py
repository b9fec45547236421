"""Tries a model: both encoders load, give vectors of one size, and encode a grey picture and a text."""

import asyncio
from pathlib import Path

from appliance.clip.encoder import TowerName
from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from appliance.clip.providers import Hardware
from appliance.errors import ModelUnavailable
from appliance.records.shelf import Tried
from appliance.settings import Settings

BOTH: frozenset[TowerName] = frozenset({"image", "text"})


def load(name: str, root: Path, settings: Settings) -> LocalEncoder:
    """Both encoders of the model in ``root``, which have encoded something by then; to be closed by the caller.

    Raises:
        ModelUnavailable: they can't be loaded or don't fit together; says what would mend it.
        SettingsError: no ONNX Runtime that the settings ask for is installed.
    """
    try:
        return LocalEncoder(
            name,
            read_folder(root),
            towers=BOTH,
            threads=settings.encode_threads,
            text_cache_size=0,
            hardware=Hardware(settings.clip_provider, settings.clip_gpu_memory_bytes),
        )
    except OSError as error:
        raise ModelUnavailable(f"The model {name} can't be read: {error}.") from error


def try_model(name: str, root: Path, settings: Settings) -> Tried:
    """What the model in ``root`` turned out to be. Blocks; not for a running loop.

    Raises:
        ModelUnavailable: see ``load``.
        SettingsError: see ``load``.
    """
    encoder = load(name, root, settings)
    try:
        return Tried(
            identity=encoder.identity,
            dimension=encoder.dimension,
            precision=encoder.precision,
            provider=sorted(encoder.providers)[0],
            languages=encoder.card.languages,
            licence=encoder.card.licence,
        )
    finally:
        asyncio.run(encoder.close())
