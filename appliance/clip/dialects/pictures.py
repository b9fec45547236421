"""Finds how pictures are prepared, in whichever of its ways a folder says it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from appliance.clip.dialects import open_clip, transformers
from appliance.clip.dialects.values import section
from appliance.clip.folder import Preprocessing, read_json
from appliance.clip.outline import Outline
from appliance.errors import ModelUnavailable

Reader = Callable[[Path, dict[str, Any]], Preprocessing]

#: By a file's name: the part of it that counts (the whole, where it is empty), and who reads it.
_FILES: tuple[tuple[str, str, Reader], ...] = (
    ("preprocess_cfg.json", "", open_clip.preprocessing),
    ("preprocessor_config.json", "", transformers.preprocessing),
    ("processor_config.json", "image_processor", transformers.preprocessing),
    ("open_clip_config.json", "preprocess_cfg", open_clip.preprocessing),
)


def find_preprocessing(folders: Sequence[Path]) -> Preprocessing | None:
    """What the first file of a known name in ``folders`` says; None when there is no such file.

    Raises:
        ModelUnavailable: the file can't be followed.
    """
    for folder in folders:
        for name, part, read in _FILES:
            path = folder / name
            if path.is_file():
                content = read_json(path)
                content = section(content, part) if part else content
                if content:
                    return read(path, content)
    return None


def require_preprocessing(folders: Sequence[Path]) -> Preprocessing:
    """As :func:`find_preprocessing`.

    Raises:
        ModelUnavailable: there is no such file, or it can't be followed.
    """
    found = find_preprocessing(folders)
    if found is None:
        raise ModelUnavailable(
            f"{folders[0]} does not say how pictures are prepared; put the model's {_FILES[0][0]} or {_FILES[1][0]}"
            " there."
        )
    return found


def preprocessing_or_usual(folders: Sequence[Path], visual: Outline) -> Preprocessing:
    """As :func:`find_preprocessing`; without a file what OpenAI's models have, at the size that the graph takes.

    Raises:
        ModelUnavailable: the file can't be followed, or there is none and the graph takes any size.
    """
    found = find_preprocessing(folders)
    if found is not None:
        return found
    if visual.picture is None or visual.picture.shape is None:
        raise ModelUnavailable(f"{visual.path} takes no picture. Are the two encoders' files swapped?")
    height, width = visual.picture.shape[2:]
    if height is None or width is None:
        raise ModelUnavailable(
            f"{visual.path} takes pictures of any size, so that something has to say which: put the model's"
            f" {_FILES[0][0]} or {_FILES[1][0]} into {folders[0]}."
        )
    return open_clip.usual(height, width)
