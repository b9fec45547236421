"""How fast a model is on this machine: measured when asked for, and remembered until it is measured again.

The figures are for choosing between models: one process, nothing decoded. They are kept in CACHE_PATH, since they
can be made again at any time.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import numpy as np

from appliance.clip.local import LocalEncoder
from appliance.clip.opening import model_root
from appliance.clock import now
from appliance.library.shelf.trial import load
from appliance.records.shelf import Speed
from appliance.settings import Settings

_FILE = "model-speeds.json"
_PICTURES = 8
#: Each of the two figures is taken over about this long, seconds.
_SECONDS = 2.0


def measure_speed(name: str, settings: Settings) -> Speed:
    """How fast the model is now. Blocks for some seconds; not for a running loop.

    Raises:
        ModelUnavailable: it can't be loaded.
        SettingsError: no ONNX Runtime that the settings ask for is installed.
    """
    encoder = load(name, model_root(name, settings.models_path), settings)
    return asyncio.run(_measure(encoder))


async def _measure(encoder: LocalEncoder) -> Speed:
    try:
        height, width = encoder.pixels.height, encoder.pixels.width
        pictures = np.random.default_rng(1).integers(0, 256, (_PICTURES, height, width, 3), dtype=np.uint8)
        await encoder.encode_images(pictures)
        images, started = 0, time.perf_counter()
        while (spent := time.perf_counter() - started) < _SECONDS or not images:
            await encoder.encode_images(pictures)
            images += _PICTURES
        texts, started = 0, time.perf_counter()
        while (text_spent := time.perf_counter() - started) < _SECONDS or not texts:
            await encoder.encode_text(f"a red bicycle in the snow, number {texts}")
            texts += 1
        return Speed(
            provider=sorted(encoder.providers)[0],
            images_per_second=round(images / spent, 2),
            text_ms=round(1000 * text_spent / texts, 2),
            measured_at=now(),
        )
    finally:
        await encoder.close()


def read_speeds(settings: Settings) -> dict[str, Speed]:
    """The latest figures, by the model's name; those that can't be read are left out."""
    try:
        content = json.loads(_path(settings).read_text(encoding="utf-8"))
        return {name: _speed(item) for name, item in content.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def write_speeds(settings: Settings, speeds: Mapping[str, Speed]) -> None:
    """Remember these figures.

    Raises:
        OSError: CACHE_PATH can't be written.
    """
    content = {
        name: asdict(speed) | {"measured_at": speed.measured_at.isoformat()} for name, speed in speeds.items()
    }
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(content, indent=1), encoding="utf-8")
    new.replace(path)


def _path(settings: Settings) -> Path:
    return settings.cache_path / _FILE


def _speed(item: dict[str, object]) -> Speed:
    return Speed(
        provider=str(item["provider"]),
        images_per_second=float(str(item["images_per_second"])),
        text_ms=float(str(item["text_ms"])),
        measured_at=datetime.fromisoformat(str(item["measured_at"])),
    )
