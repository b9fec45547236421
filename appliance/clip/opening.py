"""Finds the model that is asked for and gives an encoder for it that is ready to use."""

import asyncio
from importlib.resources import files
from pathlib import Path

from appliance.clip.card import STARTER
from appliance.clip.encoder import TowerName
from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from appliance.clip.providers import Hardware
from appliance.clip.remote.encoder import RemoteEncoder, open_remote
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


async def open_encoder(
    settings: Settings, *, towers: frozenset[TowerName], name: str | None = None
) -> LocalEncoder | RemoteEncoder:
    """The encoder that the settings choose, or the model ``name`` instead, ready to use.

    With CLIP_SERVER_URL the model is the servers', and nothing of it has to be on this machine.

    Raises:
        SettingsError: the settings name no usable model, or its vectors have another size than they say.
        ModelUnavailable: the folder is missing, incomplete or mixed up; says what would mend it.
        EncoderUnavailable: no encoder server can be used; says what is wrong with each.
    """
    chosen = name or settings.clip_model
    encoder: LocalEncoder | RemoteEncoder
    if settings.clip_server_url:
        encoder = await open_remote(settings, towers=towers, name=chosen)
    else:
        encoder = await open_local(settings, towers=towers, name=chosen)
    if chosen == settings.clip_model and settings.clip_embed_dim not in {None, encoder.dimension}:
        await encoder.close()
        raise SettingsError(
            f"CLIP_EMBED_DIM is {settings.clip_embed_dim}, but the vectors of {chosen} have {encoder.dimension}"
            " numbers; correct it or leave it out."
        )
    return encoder


async def open_local(
    settings: Settings, *, towers: frozenset[TowerName], name: str | None = None
) -> LocalEncoder:
    """An encoder in this process for the settings' model, or for the model ``name``, whatever servers there are.

    Raises:
        SettingsError: the name is not that of a model.
        ModelUnavailable: the folder is missing, incomplete or mixed up; says what would mend it.
    """
    return await asyncio.to_thread(_load, settings, towers, name or settings.clip_model)


def _load(settings: Settings, towers: frozenset[TowerName], name: str) -> LocalEncoder:
    try:
        folder = read_folder(model_root(name, settings.models_path))
        return LocalEncoder(
            name,
            folder,
            towers=towers,
            threads=settings.encode_threads,
            text_cache_size=settings.text_cache_size,
            hardware=Hardware(settings.clip_provider, settings.clip_gpu_memory_bytes),
        )
    except OSError as error:
        raise ModelUnavailable(f"The model {name} can't be read: {error}.") from error
