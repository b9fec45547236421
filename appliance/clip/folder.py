"""What a model's folder says about it, whatever its layout: which files, and how input is prepared."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from appliance.clip.cleaning import Cleaning
from appliance.errors import ModelUnavailable
from appliance.records.media import PixelSpec


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

    #: ``tokenizer.json``, or ``vocab.json`` with ``merges.txt`` beside it, or a list of CLIP's merges.
    file: Path
    #: Tokens that one run takes, with the special ones; longer texts are encoded in parts.
    context_length: int
    #: The token that fills up; None: the one that ``file`` itself names.
    pad_token: str | None
    pad_side: Literal["right", "left"] = "right"
    #: What is done to a text first.
    clean: Cleaning = "none"
    #: Whether the tokenizer is given lower case, whatever ``file`` says.
    lowercase: bool = False
    #: Whether short texts are filled up even where the graph takes any number of tokens.
    padded: bool = True
    #: Whether the filling is masked, where the graph asks for a mask.
    masked: bool = True
    #: The token that ends a text, where it is taken out again, as open_clip's CLIPA wants it.
    strip_sep: str | None = None
    #: FLORES-200 code of the language that texts are in, for a model that is told; None: English.
    language: str | None = None
    #: Rows of the text graph's table of tokens, where it is known.
    vocabulary: int | None = None


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on disk. Nothing of it is loaded yet."""

    root: Path
    #: The same file, where one graph has both towers.
    visual: Path
    textual: Path
    preprocessing: Preprocessing
    tokenization: Tokenization
    #: What the folder says of its vectors' size, if it does.
    dimension: int | None
    languages: tuple[str, ...] = ()
    licence: str = ""
    #: What it is to be computed in: ``fp32``, ``fp16``, ``bf16``, ``int8`` or ``int4``.
    precision: str = "fp32"
    #: Whether it was compared with the model that it was made from; only ``model quantize`` says so.
    has_agreement: bool = False
    #: Empty where the folder has no better words than its name.
    title: str = ""
    description: str = ""


#: How a file begins that Git LFS puts in the place of a large one.
_POINTER = b"version https://git-lfs"


def is_pointer(path: Path) -> bool:
    """Whether Git LFS put a pointer in the place of this file.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        return file.read(len(_POINTER)) == _POINTER


def require_content(path: Path) -> None:
    """Nothing, when ``path`` is the file itself.

    Raises:
        ModelUnavailable: it is a pointer of Git LFS, or can't be read.
    """
    try:
        pointer = is_pointer(path)
    except OSError as error:
        raise ModelUnavailable(f"{path} can't be read: {error}. Copy the model's folder again.") from error
    if pointer:
        raise ModelUnavailable(
            f"{path} is not the file but a pointer of Git LFS to it; `git lfs pull` in its repository brings it."
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
