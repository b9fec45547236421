"""The models that this server has loaded: the one of CLIP_MODEL, and what else is asked for and is in MODELS_PATH."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from appliance.clip.encoder import TowerName
from appliance.clip.local import LocalEncoder
from appliance.clip.opening import model_root, open_local
from appliance.errors import Busy, EncoderUnavailable, SettingsError
from appliance.settings import Settings
from workers.encoder.faults import NoSuchModel

log = logging.getLogger(__name__)

#: Models that are loaded at once; the one that was not asked for the longest makes room.
LOADED = 2

#: A name longer than any file system has.
_LONGEST = 200

_BOTH: frozenset[TowerName] = frozenset({"image", "text"})


@dataclass(slots=True)
class _Loaded:
    encoder: LocalEncoder
    users: int = 0


class Models:
    """Loads models by name, two at once at most, and frees them when nobody uses them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loaded: OrderedDict[str, _Loaded] = OrderedDict()
        self._loading = asyncio.Lock()

    @asynccontextmanager
    async def using(self, name: str | None) -> AsyncIterator[LocalEncoder]:
        """The encoder of a model, which stays loaded meanwhile; None means the one of the settings.

        Raises:
            NoSuchModel: there is none of this name here.
            ModelUnavailable: there is, and it can't be loaded.
            Busy: the models that are loaded are all in use.
        """
        key = self._folder_of(name)
        loaded = self._loaded.get(key) or await self._load(key)
        self._loaded.move_to_end(key)
        loaded.users += 1
        try:
            yield loaded.encoder
        except EncoderUnavailable:
            # Its files were changed: whoever asks next gets the new ones, with an identity of their own.
            if self._loaded.get(key) is loaded:
                del self._loaded[key]
            raise
        finally:
            loaded.users -= 1
            if not loaded.users and self._loaded.get(key) is not loaded:
                await loaded.encoder.close()

    def encoders(self) -> list[LocalEncoder]:
        """Those that are loaded now."""
        return [loaded.encoder for loaded in self._loaded.values()]

    async def close(self) -> None:
        """Free all of them."""
        while self._loaded:
            _, loaded = self._loaded.popitem()
            await loaded.encoder.close()

    def _folder_of(self, name: str | None) -> str:
        """The folder's name for a model's name as others write it: ``org/name`` and ``name::weights`` are known."""
        if not name:
            return self._settings.clip_model
        folder = name[:_LONGEST].rpartition("/")[2].replace("::", "__")
        try:
            folder.encode()
            root = model_root(folder, self._settings.models_path)
        except (SettingsError, UnicodeEncodeError) as error:
            raise NoSuchModel(f"{name[:_LONGEST]!r} is not the name of a model.") from error
        if not root.is_dir():
            raise NoSuchModel(
                f"This server does not have the model {folder}; put its folder into MODELS_PATH there."
            )
        return folder

    async def _load(self, key: str) -> _Loaded:
        async with self._loading:
            loaded = self._loaded.get(key)
            if loaded is None:
                await self._make_room()
                loaded = _Loaded(await open_local(self._settings, towers=_BOTH, name=key))
                self._loaded[key] = loaded
                log.info("%s is loaded and runs by %s", key, ", ".join(sorted(loaded.encoder.providers)))
            return loaded

    async def _make_room(self) -> None:
        while len(self._loaded) >= LOADED:
            idle = next((key for key, loaded in self._loaded.items() if not loaded.users), None)
            if idle is None:
                raise Busy("Both models that are loaded here are in use; try again shortly.")
            await self._loaded.pop(idle).encoder.close()
            log.info("%s makes room", idle)
