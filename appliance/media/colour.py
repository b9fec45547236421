"""Brings pictures of any mode and colour space to RGB in sRGB."""

import io

from PIL import Image, ImageCms
from PIL import _imagingcms as core

from appliance.media.scale import scaled

_SPACES = {"RGB": "RGB", "RGBA": "RGB", "L": "GRAY", "CMYK": "CMYK", "LAB": "LAB"}

#: Modes that can be shrunk as they are; averages of others (indexes, hues) mean nothing.
_SHRINKABLE = frozenset({"L", "LA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB"})


def to_srgb(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A loaded picture as RGB in sRGB at ``size``, transparency laid on white, and nothing but pixels kept."""
    profile = picture.info.get("icc_profile")
    plain = _shrinkable(picture)
    if plain.size != size:
        plain = scaled(plain, size)
    converted = _converted(plain, profile if isinstance(profile, bytes) else None)
    flat = _flat(converted)
    if flat is picture:
        flat = flat.copy()
    # Encoders write some of these into their files.
    flat.info = {}
    return flat


def _shrinkable(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I") or picture.mode == "F":
        return _eight_bits(picture)
    if picture.mode == "1":
        return picture.convert("L")
    if picture.has_transparency_data and picture.mode != "LA":
        return picture.convert("RGBA")
    return picture if picture.mode in _SHRINKABLE else picture.convert("RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    """One channel of 16 or 32 bits or of floats, as 8 bits; what has no known range is stretched over its own."""
    if picture.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
    else:
        low, high = (float(edge) for edge in picture.getextrema())  # type: ignore[arg-type]
        if picture.mode == "I" and low >= 0 and high <= 65535:
            low, high = 0.0, 65535.0
    scale = 255.0 / (high - low) if high > low else 1.0
    wide = picture if picture.mode in {"I", "F"} else picture.convert("I")
    # Pillow turns this into one multiplication and one addition; it does not call it for each pixel.
    return wide.point(lambda value: value * scale - low * scale).convert("L")


def _converted(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours in sRGB; a profile that is broken or of another kind of picture is ignored."""
    if picture.mode == "LAB":
        source = ImageCms.createProfile("LAB")
    elif profile is None or picture.mode not in _SPACES:
        return picture
    else:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return picture
    if source.xcolor_space.strip().upper() != _SPACES[picture.mode] or _is_srgb(source):
        return picture
    target_mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        return (
            ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(source),
                ImageCms.createProfile("sRGB"),
                outputMode=target_mode,
            )
            or picture
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture


def _is_srgb(profile: core.CmsProfile) -> bool:
    return (profile.profile_description or "").lower().startswith("srgb")


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode in {"LA", "RGBA"}:
        return _on_white(picture)
    # Converting a picture to the mode that it has would copy it.
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    colours = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", colours.size, "white"), colours).convert("RGB")
