"""Finds the model that is asked for and gives an encoder for it that is ready to use."""

import asyncio
from importlib.resources import files
from pathlib import Path

from appliance.clip.card import STARTER
from appliance.clip.encoder import TowerName
from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from appliance.errors import ModelUnavailable, SettingsError
from appliance.settings import Settings


def model_root(name: str, models_path: Path) -> Path:
    """The folder of a model: inside the package for the starter, else below ``models_path``.

    Raises:
        SettingsError: the name is not that of a folder.
    """
    if name == STARTER:
        return Path(str(files("appliance.clip"))) / STARTER
    if not name or Path(name).name != name or name.startswith("."):
        raise SettingsError(
            f"CLIP_MODEL is {name!r}; it must be `starter` or the name of a folder in {models_path}."
        )
    return models_path / name


def check_local(settings: Settings) -> None:
    """Nothing, when the settings ask for an encoder in this process.

    Raises:
        SettingsError: they ask for a server.
    """
    if settings.clip_server_url:
        raise SettingsError(
            "CLIP_SERVER_URL is set, but this version does not use encoder servers; unset it and name a model"
            " folder with CLIP_MODEL."
        )


async def open_encoder(
    settings: Settings, *, towers: frozenset[TowerName], name: str | None = None
) -> LocalEncoder:
    """The encoder that the settings choose, or the model ``name`` instead, ready to use.

    Raises:
        SettingsError: the settings name no usable model, or its vectors have another size than they say.
        ModelUnavailable: the folder is missing, incomplete or mixed up; says what would mend it.
    """
    check_local(settings)
    chosen = name or settings.clip_model
    encoder = await asyncio.to_thread(_load, settings, towers, chosen)
    if chosen == settings.clip_model and settings.clip_embed_dim not in {None, encoder.dimension}:
        await encoder.close()
        raise SettingsError(
            f"CLIP_EMBED_DIM is {settings.clip_embed_dim}, but the vectors of {chosen} have {encoder.dimension}"
            " numbers; correct it or leave it out."
        )
    return encoder


def _load(settings: Settings, towers: frozenset[TowerName], name: str) -> LocalEncoder:
    try:
        folder = read_folder(model_root(name, settings.models_path))
        return LocalEncoder(
            name,
            folder,
            towers=towers,
            threads=settings.encode_threads,
            text_cache_size=settings.text_cache_size,
        )
    except OSError as error:
        raise ModelUnavailable(f"The model {name} can't be read: {error}.") from error
