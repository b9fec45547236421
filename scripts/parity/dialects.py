"""Pixels that the references make under preprocessing configurations of every dialect."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from scripts.parity.golden import pixels
from scripts.parity.models import transform_of, write_json

PHOTOS = ("coco_000000001296.jpg", "coco_000000358083.jpg")

_SIZE = 33
_MEAN, _STD = [0.4, 0.5, 0.6], [0.2, 0.25, 0.3]

#: Configurations of open_clip's, by what is special about them.
_OPEN_CLIP: dict[str, dict[str, Any]] = {
    "shortest": {},
    "shortest, bilinear": {"interpolation": "bilinear"},
    "shortest, not square": {"size": [28, 40]},
    "squash": {"resize_mode": "squash"},
    "squash, not square": {"resize_mode": "squash", "size": [40, 28]},
    "longest": {"resize_mode": "longest"},
    "longest, filled": {"resize_mode": "longest", "fill_color": 200, "interpolation": "bilinear"},
    "random filter": {"interpolation": "random"},
}

#: Of transformers': the processor, its configuration.
_TRANSFORMERS: dict[str, tuple[str, dict[str, Any]]] = {
    "CLIP": ("CLIP", {"size": {"shortest_edge": _SIZE}, "crop_size": {"height": _SIZE, "width": _SIZE}}),
    "CLIP, larger than its crop": ("CLIP", {"size": {"shortest_edge": 40}, "crop_size": _SIZE}),
    "CLIP, smaller than its crop": ("CLIP", {"size": {"shortest_edge": 28}, "crop_size": _SIZE}),
    "CLIP, crop not square": ("CLIP", {"size": _SIZE, "crop_size": {"height": 24, "width": 33}}),
    "CLIP, squashed then cut": ("CLIP", {"size": {"height": 40, "width": 44}, "crop_size": _SIZE}),
    "CLIP, squashed": (
        "CLIP", {"size": {"height": _SIZE, "width": _SIZE}, "do_center_crop": False, "resample": 2},
    ),
    "CLIP, nothing rescaled": (
        "CLIP",
        {"size": _SIZE, "crop_size": _SIZE, "do_rescale": False, "image_mean": [100, 120, 140],
         "image_std": [50, 60, 70]},
    ),
    "CLIP, nothing normalised": ("CLIP", {"size": _SIZE, "crop_size": _SIZE, "do_normalize": False}),
    "CLIP, box": ("CLIP", {"size": _SIZE, "crop_size": _SIZE, "resample": 4}),
    "SigLIP": ("Siglip", {"size": {"height": _SIZE, "width": _SIZE}}),
    "SigLIP, lanczos": ("Siglip", {"size": {"height": 48, "width": _SIZE}, "resample": 1}),
}  # fmt: skip

_PROCESSORS = {"CLIP": CLIPImageProcessorPil, "Siglip": SiglipImageProcessorPil}


def write_dialects(out: Path, folder: Path) -> None:
    """``configurations.json``, and ``pixels.npz`` with what each gives for the photos, shifted back."""
    photos = [Image.open(folder / name).convert("RGB") for name in PHOTOS]
    configurations: list[dict[str, Any]] = []
    made: dict[str, Any] = {}
    for name, changes in _OPEN_CLIP.items():
        config = {"size": _SIZE, "mean": _MEAN, "std": _STD, **changes}
        configurations.append({"name": name, "file": "preprocess_cfg.json", "content": config})
        made[name] = pixels(photos, transform_of(config), _MEAN, _STD)
        made[f"{name} input"] = _inputs(photos, transform_of(config))
    for name, (kind, changes) in _TRANSFORMERS.items():
        processor = _PROCESSORS[kind](**changes)
        content = {"image_processor_type": f"{kind}ImageProcessor", **changes}
        configurations.append({"name": name, "file": "preprocessor_config.json", "content": content})

        def process(photo: Image.Image, processor: Any = processor) -> torch.Tensor:
            return torch.as_tensor(np.asarray(processor(photo, return_tensors="pt").pixel_values[0]))

        said = json.loads(json.dumps(processor.to_dict(), default=str))
        mean, std = said["image_mean"], said["image_std"]
        if said.get("do_rescale") is False:
            mean, std = [value / 255 for value in mean], [value / 255 for value in std]
        if said.get("do_normalize") is False:
            mean, std = [0.0] * 3, [1.0] * 3
        made[name] = pixels(photos, process, mean, std)
        made[f"{name} input"] = _inputs(photos, process)
    write_json(out / "configurations.json", configurations)
    np.savez_compressed(out / "pixels.npz", **made)


def _inputs(photos: list[Image.Image], process: Any) -> Any:
    """Four numbers of what the network would be given for each photo, which say how it was shifted."""
    return np.stack([process(photo).numpy()[:, ::16, ::16].astype(np.float32) for photo in photos])
