"""Preprocessing as open_clip writes it down: ``preprocess_cfg.json``, or a part of ``open_clip_config.json``.

Source: open_clip's ``transform.py`` (PreprocessCfg, image_transform). Immich's folders carry the same keys, with
Pillow's names of filters.
"""

from pathlib import Path
from typing import Any, get_args

from appliance.clip.dialects.values import one_of, pair, per_channel
from appliance.clip.folder import Preprocessing
from appliance.errors import ModelUnavailable
from appliance.records.media import Interpolation, PixelSpec, Resize

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


def preprocessing(path: Path, content: dict[str, Any]) -> Preprocessing:
    """What ``content``, which was read from ``path``, says.

    Raises:
        ModelUnavailable: it can't be followed.
    """
    height, width = pair(path, "size", content.get("size"))
    interpolation = content.get("interpolation") or "bicubic"
    # Chosen anew for each picture in training only.
    interpolation = "bicubic" if interpolation == "random" else interpolation
    one_of(path, "mode", content.get("mode", "RGB"), ("RGB",))
    known: tuple[Resize, ...] = ("squash", "shortest", "longest")
    resize = one_of(path, "resize_mode", content.get("resize_mode") or "shortest", known)
    return Preprocessing(
        pixels=PixelSpec(
            width=width,
            height=height,
            resize=resize,
            interpolation=one_of(path, "interpolation", interpolation, get_args(Interpolation)),
            fill=_colour(path, content.get("fill_color") or 0),
        ),
        mean=per_channel(path, "mean", content.get("mean") or list(MEAN)),
        std=per_channel(path, "std", content.get("std") or list(STD), positive=True),
    )


def usual(height: int, width: int) -> Preprocessing:
    """What OpenAI's, LAION's, DataComp's and DFN's models were trained with."""
    return Preprocessing(PixelSpec(width, height, "shortest", "bicubic"), MEAN, STD)


def _colour(path: Path, value: object) -> int:
    match value if isinstance(value, list) else [value] * 3:
        case [int(red), int(green), int(blue)] if {red, green, blue} <= set(range(256)):
            return red << 16 | green << 8 | blue
    raise ModelUnavailable(f"{path}: fill_color is {value!r}, not a number from 0 to 255, or three of them.")
