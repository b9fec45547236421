"""Any two graphs in one folder, told apart by what they take, with files that say how input is prepared."""

from pathlib import Path

from appliance.clip.dialects.pictures import require_preprocessing
from appliance.clip.dialects.words import as_transformers
from appliance.clip.folder import ModelFolder, read_json
from appliance.clip.outline import Outline, read_outline
from appliance.errors import ModelUnavailable


class Loose:
    """Reads the layout; see the module."""

    files = "any two ONNX files, one for pictures and one for words, with preprocessor_config.json and tokenizer.json"

    def recognises(self, root: Path) -> bool:
        """Whether any graph is there."""
        return any(root.glob("*.onnx"))

    def read(self, root: Path) -> ModelFolder:
        """What the folder says.

        Raises:
            ModelUnavailable: a file is missing or says something that can't be followed.
        """
        outlines = [read_outline(path) for path in sorted(root.glob("*.onnx"))]
        visual = _one(root, "pictures", [outline for outline in outlines if outline.picture])
        textual = _one(root, "words", [outline for outline in outlines if outline.ids])
        config = root / "config.json"
        return ModelFolder(
            root=root,
            visual=visual.path,
            textual=textual.path,
            preprocessing=require_preprocessing([root]),
            tokenization=as_transformers([root], read_json(config) if config.is_file() else {}, textual),
            dimension=None,
            precision=visual.precision,
        )


def _one(root: Path, what: str, found: list[Outline]) -> Outline:
    if len(found) == 1:
        return found[0]
    if not found:
        raise ModelUnavailable(f"The model folder {root} is incomplete: no ONNX file in it takes {what}.")
    names = ", ".join(outline.path.name for outline in found)
    raise ModelUnavailable(f"In the model folder {root} more than one file takes {what}: {names}. Keep one.")
