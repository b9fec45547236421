"""The layout of Immich's model repositories, which exports of OpenCLIP share and the starter model has.

Files: ``config.json``, ``visual/model.onnx``, ``visual/preprocess_cfg.json``, ``textual/model.onnx``,
``textual/tokenizer.json``, ``textual/tokenizer_config.json``. An absent ``resize_mode`` means shortest side and
centre crop, an absent ``context_length`` means 77. Multilingual ones may ask for a mask.

Sources: immich_ml/models/clip/{visual,textual}.py; open_clip's ``factory.py``.
"""

from pathlib import Path

from appliance.clip.dialects.pictures import require_preprocessing
from appliance.clip.dialects.values import section
from appliance.clip.dialects.words import as_open_clip
from appliance.clip.folder import ModelFolder, read_json, require_files
from appliance.clip.outline import read_outline

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
        text = section(config, "text_cfg")
        visual = read_outline(root / "visual/model.onnx")
        textual = read_outline(root / "textual/model.onnx")
        dimension = config.get("embed_dim")
        languages = text.get("languages")
        return ModelFolder(
            root=root,
            visual=visual.path,
            textual=textual.path,
            preprocessing=require_preprocessing([root / "visual"]),
            tokenization=as_open_clip([root / "textual"], text, root / "config.json", textual),
            dimension=dimension if isinstance(dimension, int) else None,
            languages=tuple(str(code) for code in languages) if isinstance(languages, list) else (),
            licence=str(config.get("licence") or config.get("license") or ""),
            precision=visual.precision,
        )
