"""The layout of two repositories side by side, one per encoder, as fastembed uses them.

Files, below one folder: ``<name>-vision/model.onnx`` with ``preprocessor_config.json``, ``<name>-text/model.onnx``
with ``tokenizer.json``, each with its ``config.json``.
"""

from pathlib import Path

from appliance.clip.dialects.pictures import require_preprocessing
from appliance.clip.dialects.words import as_transformers
from appliance.clip.folder import ModelFolder, read_json, require_files
from appliance.clip.outline import read_outline
from appliance.errors import ModelUnavailable

_VISION, _TEXT = ("-vision", "-visual", "-image"), ("-text", "-textual")


class FolderPair:
    """Reads the layout; see the module."""

    files = "<name>-vision/model.onnx, <name>-text/model.onnx, each with its configuration"

    def recognises(self, root: Path) -> bool:
        """Whether a folder of either name is there."""
        return bool(_folders(root, _VISION) or _folders(root, _TEXT))

    def read(self, root: Path) -> ModelFolder:
        """What the folders say.

        Raises:
            ModelUnavailable: a file is missing or says something that can't be followed.
        """
        vision, text = _one(root, _VISION), _one(root, _TEXT)
        require_files(root, tuple(f"{folder.name}/model.onnx" for folder in (vision, text)))
        visual, textual = read_outline(vision / "model.onnx"), read_outline(text / "model.onnx")
        config = text / "config.json"
        return ModelFolder(
            root=root,
            visual=visual.path,
            textual=textual.path,
            preprocessing=require_preprocessing((vision, root)),
            tokenization=as_transformers(
                (text, root), read_json(config) if config.is_file() else {}, textual
            ),
            dimension=None,
            precision=visual.precision,
        )


def _folders(root: Path, endings: tuple[str, ...]) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and path.name.endswith(endings))


def _one(root: Path, endings: tuple[str, ...]) -> Path:
    found = _folders(root, endings)
    if len(found) == 1:
        return found[0]
    if not found:
        raise ModelUnavailable(
            f"The model folder {root} is incomplete: a folder whose name ends with {endings[0]} is missing."
        )
    raise ModelUnavailable(
        f"The model folder {root} holds more than one model: {', '.join(path.name for path in found)}. Keep one."
    )
