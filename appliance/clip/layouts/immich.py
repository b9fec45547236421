"""The layout of Immich's model repositories, which exports of OpenCLIP share and the starter model has.

Files: ``config.json``, ``visual/model.onnx``, ``visual/preprocess_cfg.json``, ``textual/model.onnx``,
``textual/tokenizer.json``, ``textual/tokenizer_config.json``. Keys are read as Immich's machine learning reads
them (immich_ml/models/clip/{visual,textual}.py): ``size`` is a number or a pair, an absent ``resize_mode`` means
shortest side and centre crop, an absent ``context_length`` means 77.
"""

from pathlib import Path
from typing import Any, TypeVar, get_args

from appliance.clip.folder import ModelFolder, Preprocessing, Tokenization, read_json, require_files
from appliance.errors import ModelUnavailable
from appliance.records.media import Interpolation, PixelSpec, Resize

T = TypeVar("T", bound=str)

_FILES = (
    "config.json",
    "visual/model.onnx",
    "visual/preprocess_cfg.json",
    "textual/model.onnx",
    "textual/tokenizer.json",
    "textual/tokenizer_config.json",
)


class Immich:
    """Reads the layout; see the module."""

    files = ", ".join(_FILES)

    def recognises(self, root: Path) -> bool:
        """Whether either of the two towers' folders is there."""
        return (root / "visual").is_dir() or (root / "textual").is_dir()

    def read(self, root: Path) -> ModelFolder:
        """What the folder says.

        Raises:
            ModelUnavailable: a file is missing or says something that can't be followed.
        """
        require_files(root, _FILES)
        config = read_json(root / "config.json")
        text = config.get("text_cfg")
        text = text if isinstance(text, dict) else {}
        dimension = config.get("embed_dim")
        languages = text.get("languages")
        return ModelFolder(
            root=root,
            visual=root / "visual/model.onnx",
            textual=root / "textual/model.onnx",
            preprocessing=_preprocessing(root / "visual/preprocess_cfg.json"),
            tokenization=_tokenization(root, text),
            dimension=dimension if isinstance(dimension, int) else None,
            languages=tuple(str(code) for code in languages) if isinstance(languages, list) else (),
            licence=str(config.get("licence") or config.get("license") or ""),
        )


def _preprocessing(path: Path) -> Preprocessing:
    content = read_json(path)
    height, width = _size(path, content.get("size"))
    return Preprocessing(
        pixels=PixelSpec(
            width=width,
            height=height,
            resize=_one_of(path, "resize_mode", content, get_args(Resize), default="shortest"),
            interpolation=_one_of(path, "interpolation", content, get_args(Interpolation), default="bicubic"),
        ),
        mean=_per_channel(path, "mean", content),
        std=_per_channel(path, "std", content),
    )


def _tokenization(root: Path, text: dict[str, Any]) -> Tokenization:
    path = root / "textual/tokenizer_config.json"
    pad = read_json(path).get("pad_token")
    # Older tokenizers keep the token's flags beside it.
    pad = pad.get("content") if isinstance(pad, dict) else pad
    if not isinstance(pad, str):
        raise ModelUnavailable(f"{path} names no pad_token. Copy the model's folder again.")
    length = text.get("context_length", 77)
    if not isinstance(length, int) or length < 2:
        raise ModelUnavailable(f"{root / 'config.json'}: text_cfg.context_length is not a number above 1.")
    options = text.get("tokenizer_kwargs")
    clean = options.get("clean") if isinstance(options, dict) else None
    return Tokenization(
        file=root / "textual/tokenizer.json",
        context_length=length,
        pad_token=pad,
        canonicalize=clean == "canonicalize",
    )


def _size(path: Path, size: object) -> tuple[int, int]:
    pair = size if isinstance(size, list) else [size, size]
    match pair:
        case [int(height), int(width)] if 16 <= height <= 4096 and 16 <= width <= 4096:
            return height, width
    raise ModelUnavailable(
        f"{path}: size is {size!r}, not the side of a square or [height, width] in pixels."
    )


def _per_channel(path: Path, key: str, content: dict[str, Any]) -> tuple[float, float, float]:
    match content.get(key):
        case [int() | float() as red, int() | float() as green, int() | float() as blue]:
            values = (float(red), float(green), float(blue))
            if key == "mean" or all(value > 0 for value in values):
                return values
    raise ModelUnavailable(f"{path}: {key} is not three numbers, one per channel.")


def _one_of(path: Path, key: str, content: dict[str, Any], known: tuple[T, ...], *, default: T) -> T:
    value = content.get(key, default)
    for name in known:
        if value == name:
            return name
    raise ModelUnavailable(f"{path}: {key} is {value!r}; known here: {', '.join(known)}.")
