"""What a model's folder says about it, whatever its layout: which files, and how input is prepared."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from appliance.errors import ModelUnavailable
from appliance.records.media import PixelSpec

#: What this program writes about a folder that it made, and what people may add to one of theirs; it counts in the
#: model's identity. Keys: precision, made_from, agreement, licence, languages.
NOTES = "scene-sense.json"

_PRECISIONS = ("fp32", "fp16", "bf16", "int8")


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a picture becomes the image tower's input."""

    #: What the decoder makes of a file: the size, and how it gets there.
    pixels: PixelSpec
    #: Per channel (RGB), of values scaled to 0 to 1: taken off, then divided by.
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Tokenization:
    """How words become the text tower's input."""

    file: Path
    #: Texts are cut and padded to this many tokens.
    context_length: int
    #: The token that fills up.
    pad_token: str
    #: Whether text is lower-cased and loses its punctuation first.
    canonicalize: bool


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on disk. Nothing here has looked into the graphs yet."""

    root: Path
    visual: Path
    textual: Path
    preprocessing: Preprocessing
    tokenization: Tokenization
    #: What the folder says of its vectors' size, if it does.
    dimension: int | None
    languages: tuple[str, ...]
    licence: str
    #: What it is to be computed in: ``fp32`` (or whatever its graphs are made of), ``fp16``, ``bf16`` or ``int8``.
    precision: str = "fp32"
    #: Whether it was compared with the model that it was made from; only ``model quantize`` says so.
    has_agreement: bool = False


def with_notes(folder: ModelFolder) -> ModelFolder:
    """The folder with what ``scene-sense.json`` in it says, where there is one.

    Raises:
        ModelUnavailable: it says something that can't be followed.
    """
    path = folder.root / NOTES
    if not path.exists():
        return folder
    notes = read_json(path)
    precision = notes.get("precision", folder.precision)
    if precision not in _PRECISIONS:
        raise ModelUnavailable(f"{path}: precision is {precision!r}; known here: {', '.join(_PRECISIONS)}.")
    languages = notes.get("languages")
    return replace(
        folder,
        precision=precision,
        has_agreement=isinstance(notes.get("agreement"), dict),
        licence=folder.licence or str(notes.get("licence") or ""),
        languages=folder.languages or tuple(str(code) for code in languages or ()),
    )


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        ModelUnavailable: it can't be read, or is something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{path} can't be read: {error}. Copy the model's folder again.") from error
    if not isinstance(content, dict):
        raise ModelUnavailable(f"{path} does not hold a JSON object. Copy the model's folder again.")
    return content


def require_files(root: Path, names: tuple[str, ...]) -> None:
    """Nothing, when all of ``names`` are files below ``root``.

    Raises:
        ModelUnavailable: names all that are missing or empty.
    """
    missing = [name for name in names if not (root / name).is_file()]
    empty = [name for name in names if name not in missing and (root / name).stat().st_size == 0]
    problems = [f"{name} is missing" for name in missing] + [f"{name} is empty" for name in empty]
    if problems:
        raise ModelUnavailable(
            f"The model folder {root} is incomplete: {', '.join(problems)}. Copy it again."
        )
