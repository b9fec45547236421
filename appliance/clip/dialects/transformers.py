"""Preprocessing as transformers writes it down: ``preprocessor_config.json``, or a part of ``processor_config.json``.

What is absent has the value that the named processor gives it; older files give a size as one number.

Sources: transformers' ``image_processing_backends.py``, ``models/{clip,siglip,vit,convnext}/image_processing_*.py``,
``image_processing_utils.py`` (get_size_dict).
"""

from pathlib import Path
from typing import Any

from appliance.clip.dialects.open_clip import MEAN, STD
from appliance.clip.dialects.values import FILTERS, Three, pair, per_channel
from appliance.clip.folder import Preprocessing
from appliance.errors import ModelUnavailable
from appliance.records.media import PixelSpec, Resize

_HALF = (0.5, 0.5, 0.5)

#: By the processor's name without its ending: whether it cuts out the centre, its filter, mean and deviation.
_DEFAULTS: dict[str, tuple[bool, int, Three, Three]] = {
    "CLIP": (True, 3, MEAN, STD),
    "ChineseCLIP": (True, 3, MEAN, STD),
    "Siglip": (False, 3, _HALF, _HALF),
    "ViT": (False, 2, _HALF, _HALF),
}
_ENDINGS = ("ImageProcessorFast", "ImageProcessorPil", "ImageProcessor", "FeatureExtractor", "Processor")


def preprocessing(path: Path, content: dict[str, Any]) -> Preprocessing:
    """What ``content``, which was read from ``path``, says.

    Raises:
        ModelUnavailable: it can't be followed.
    """
    _require_followable(path, content)
    crops, resample, mean, std = _DEFAULTS[_kind(content)]
    if not _names_kind(content) and isinstance(size := content.get("size"), dict) and "height" in size:
        # Whoever writes a height and a width and no word of cutting means the whole picture.
        crops = "crop_size" in content
    crops = bool(content.get("do_center_crop", crops))
    resample = content.get("resample", resample)
    if resample not in FILTERS:
        raise ModelUnavailable(f"{path}: resample is {resample!r}, not one of Pillow's filters, 0 to 5.")
    resize, (scale_height, scale_width) = _size(path, content.get("size", 224), crops=crops)
    height, width = _crop(path, content.get("crop_size", 224)) if crops else (scale_height, scale_width)
    same = (scale_height, scale_width) == (height, width)
    factor = _factor(path, content)
    if content.get("do_normalize", True):
        mean = per_channel(path, "image_mean", content.get("image_mean", list(mean)))
        std = per_channel(path, "image_std", content.get("image_std", list(std)), positive=True)
    else:
        mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    return Preprocessing(
        pixels=PixelSpec(
            width=width,
            height=height,
            resize=resize,
            interpolation=FILTERS[resample],
            scale_width=0 if same else scale_width,
            scale_height=0 if same else scale_height,
            halves="down",
        ),
        # Ours are of values from 0 to 1, these of values times the factor.
        mean=_each(mean, 1 / (255 * factor)),
        std=_each(std, 1 / (255 * factor)),
    )


def _names_kind(content: dict[str, Any]) -> bool:
    return bool(content.get("image_processor_type") or content.get("feature_extractor_type"))


def _kind(content: dict[str, Any]) -> str:
    name = str(content.get("image_processor_type") or content.get("feature_extractor_type") or "CLIP")
    return next((name.removesuffix(ending) for ending in _ENDINGS if name.endswith(ending)), name)


def _require_followable(path: Path, content: dict[str, Any]) -> None:
    if _kind(content) == "Siglip2":
        raise ModelUnavailable(
            f"{path} is of a model that takes pictures in their own shape, as patches (NaFlex), which is not"
            " supported; take one of its models with a fixed size."
        )
    if _kind(content) not in _DEFAULTS:
        raise ModelUnavailable(
            f"{path} is for the image processor {_kind(content)}, and what that does is not known here;"
            f" known: {', '.join(_DEFAULTS)}."
        )
    for key in ("crop_pct", "rescale_offset", "do_flip_channel_order"):
        if content.get(key):
            raise ModelUnavailable(f"{path}: {key} can't be followed here.")
    if not content.get("do_resize", True):
        raise ModelUnavailable(f"{path}: do_resize is false, but pictures come in all sizes.")
    if content.get("do_pad"):
        raise ModelUnavailable(f"{path}: do_pad is true, which no known model of this kind does.")


def _size(path: Path, size: object, *, crops: bool) -> tuple[Resize, tuple[int, int]]:
    """How the picture is scaled, and to what height and width."""
    match size:
        case {"height": height, "width": width}:
            return "squash", pair(path, "size", [height, width])
        case {"shortest_edge": edge, **others} if not others.get("longest_edge"):
            # Uncropped, its shape is the picture's, which a graph of one size can't take.
            return "shortest" if crops else "squash", pair(path, "size", edge)
        case int():
            return "shortest" if crops else "squash", pair(path, "size", size)
        case [_, _]:
            return "squash", pair(path, "size", size)
    raise ModelUnavailable(
        f"{path}: size is {size!r}; known here: a number, shortest_edge, or height and width, in pixels."
    )


def _crop(path: Path, size: object) -> tuple[int, int]:
    match size:
        case {"height": height, "width": width}:
            return pair(path, "crop_size", [height, width])
        case {"shortest_edge": edge}:
            return pair(path, "crop_size", edge)
    return pair(path, "crop_size", size)


def _factor(path: Path, content: dict[str, Any]) -> float:
    factor = content.get("rescale_factor", 1 / 255) if content.get("do_rescale", True) else 1.0
    if not isinstance(factor, int | float) or not factor > 0:
        raise ModelUnavailable(f"{path}: rescale_factor is {factor!r}, not a number above 0.")
    return float(factor)


def _each(values: Three, factor: float) -> Three:
    if abs(factor - 1) < 1e-6:
        return values  # the usual factor, 1 / 255, in few digits
    red, green, blue = values
    return red * factor, green * factor, blue * factor
