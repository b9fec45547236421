"""The one look at a picture that gives everything: what a decoder child runs for each task.

A request is ``{"max_pixels": n, "memory_bytes": n or null, "sizes": [...], "pixels": {...} or null}`` with the
file's descriptor; the reply is the facts, then as bytes one rendition for each size and the model's pixels, if asked
for. A picture that takes more memory than that is not decoded, and the reply is ``{"needs": bytes}``.
"""

import functools
import os
from typing import Any

from PIL import Image

from appliance.media.facts import facts_to_json
from appliance.media.picture import Decoded, Need, decode, prepare
from appliance.media.pixels import model_pixels, pixels_need, pixels_size
from appliance.media.renditions import encode_rendition, placeholder, placeholder_need, rendition_size
from appliance.media.room import NeedsRoom
from appliance.media.scale import fast_resizer, scaled, scaled_for_model
from appliance.records.assets import Facts, Kind
from appliance.records.media import PixelSpec


def look(request: dict[str, Any], fds: list[int]) -> tuple[dict[str, Any], list[bytes]]:
    """Decode once and give all that was asked for.

    Raises:
        RejectedFile: the file can't become an asset.
        MemoryError: it needs more than there is.
    """
    spec = PixelSpec(**request["pixels"]) if request["pixels"] else None
    sizes: list[int] = request["sizes"]
    needs: list[Need] = [functools.partial(rendition_size, wanted=size) for size in sizes]
    if spec is not None:
        needs.append(functools.partial(pixels_need, spec=spec))
    try:
        picture = decode(
            fds[0],
            max_pixels=request["max_pixels"],
            memory_bytes=request["memory_bytes"],
            needs=[*needs, placeholder_need],
            exact=bool(sizes),
        )
    except NeedsRoom as error:
        return {"needs": error.memory_bytes}, []
    blobs = _renditions(picture, sizes)
    header: dict[str, Any] = {"facts": facts_to_json(_facts(picture))}
    if spec is not None:
        blobs.append(model_pixels(picture.pixels, spec, picture.size, scale=scaled_for_model))
        header["pixels"] = pixels_size(picture.pixels.size, spec)
    return header, blobs


def warm_up() -> None:
    """Go through everything once, so that what is imported or built late is there before the child is confined."""
    prepare()
    spec = {"width": 8, "height": 8, "resize": "squash", "interpolation": "bicubic"}
    exif = Image.Exif()
    exif[0x0132] = "2000:01:01 00:00:00"
    fast_resizer()
    for name in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"):
        # In memory: the child may be unable to write anywhere.
        with os.fdopen(os.memfd_create("warm-up"), "w+b") as file:
            Image.new("RGB", (32, 16)).save(file, name, **({"exif": exif} if name == "JPEG" else {}))
            file.flush()
            request = {"max_pixels": 1024, "memory_bytes": None, "sizes": [240, 1440], "pixels": spec}
            look(request, [file.fileno()])


def _renditions(picture: Decoded, sizes: list[int]) -> list[bytes]:
    made: dict[int, bytes] = {}
    source = picture.pixels
    # Largest first, each made from the one before, which has enough pixels and is cheaper to read.
    for size in sorted(set(sizes), reverse=True):
        target = rendition_size(picture.size, size)
        if target[0] <= source.width and target[1] <= source.height:
            source = source if source.size == target else scaled(source, target)
            made[size] = encode_rendition(source, size)
        else:
            made[size] = encode_rendition(scaled(picture.pixels, target), size)
    return [made[size] for size in sizes]


def _facts(picture: Decoded) -> Facts:
    hashed, colour = placeholder(picture.pixels)
    notes = picture.notes
    return Facts(
        mime=picture.mime,
        kind=Kind.IMAGE,
        width=picture.size[0],
        height=picture.size[1],
        taken=notes.taken,
        camera=notes.camera,
        lens=notes.lens,
        latitude=notes.latitude,
        longitude=notes.longitude,
        thumbhash=hashed,
        mean_color=colour,
    )
