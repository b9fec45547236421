"""Photos and what people make of them: scaled, cut, toned and compressed anew, or taken a second later."""

import io
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from PIL import Image, ImageEnhance

from appliance.library.appliance import Appliance
from appliance.library.embed import claim, embed
from appliance.library.grouping import step
from tests.support.home import parts_of
from workers.actors import group

Photo = Image.Image

_FOLDER = Path(__file__).parents[1] / "data/photos/images"


@cache
def photo(number: int) -> Photo:
    """One of 56 real photos."""
    with Image.open(sorted(_FOLDER.iterdir())[number]) as opened:
        return opened.convert("RGB")


def jpeg(
    picture: Photo, *, quality: int = 90, taken: datetime | None = None, camera: str | None = None
) -> bytes:
    """As a file, with what a camera notes if that is given."""
    exif = Image.Exif()
    if camera:
        exif[0x0110] = camera
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken.strftime("%Y:%m:%d %H:%M:%S")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()


def png(picture: Photo) -> bytes:
    """As a file that loses nothing."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def scaled(picture: Photo, part: float) -> Photo:
    return picture.resize(
        (round(picture.width * part), round(picture.height * part)), Image.Resampling.LANCZOS
    )


def cut(picture: Photo, *, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> Photo:
    """Without these parts of its sides."""
    width, height = picture.size
    return picture.crop(
        (round(width * left), round(height * top), round(width * (1 - right)), round(height * (1 - bottom)))
    )


#: What is still the same picture.
SAME: dict[str, Callable[[Photo], bytes]] = {
    "compressed": lambda picture: jpeg(picture, quality=40),
    "half": lambda picture: jpeg(scaled(picture, 0.5), quality=80),
    "png": png,
    "grey": lambda picture: jpeg(picture.convert("L").convert("RGB")),
    "darker": lambda picture: jpeg(ImageEnhance.Brightness(picture).enhance(0.85)),
    "cut": lambda picture: jpeg(cut(picture, left=0.02, top=0.02, right=0.02, bottom=0.02)),
    "sent": lambda picture: jpeg(scaled(cut(picture, left=0.03), 0.6), quality=60),
}

#: What is another one.
OTHER: dict[str, Callable[[Photo], bytes]] = {
    "beside": lambda picture: jpeg(cut(picture, left=0.2)),
    "closer": lambda picture: jpeg(cut(picture, left=0.15, top=0.15, right=0.15, bottom=0.15)),
    "mirrored": lambda picture: jpeg(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
}


async def embed_all(home: Appliance) -> None:
    """Make all vectors that wait."""
    parts = parts_of(home)
    while claims := await claim(parts, limit=64):
        await embed(parts, claims)


async def settle(home: Appliance) -> None:
    """Make all vectors that wait, and compare all that waits, as workers do."""
    await embed_all(home)
    while await step(group.parts_of(home)):
        pass
