"""A folder of photos with what people say of each: ``captions.json`` beside the files."""

import json
from dataclasses import dataclass
from pathlib import Path

#: The photos that come with the project.
DEFAULT = Path(__file__).parents[2] / "tests/data/photos"


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo, its captions (whole sentences, English) and its labels (short queries that fit it)."""

    path: Path
    captions: tuple[str, ...]
    labels: frozenset[str]
    licence: str = ""


def read_photos(folder: Path) -> list[Photo]:
    """The photos in the order of the file. Raises SystemExit when there are none."""
    listing = folder / "captions.json"
    if not listing.is_file():
        raise SystemExit(f"{folder} has no captions.json; a list of objects with file, captions and labels")
    return [
        Photo(
            folder / item["file"],
            tuple(item["captions"]),
            frozenset(item.get("labels", ())),
            item.get("licence", ""),
        )
        for item in json.loads(listing.read_text(encoding="utf-8"))
    ]
