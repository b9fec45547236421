"""The layout of exports by Optimum, which transformers.js uses.

Files: ``config.json``, ``preprocessor_config.json``, ``tokenizer.json``, ``tokenizer_config.json``, and in ``onnx/``
or beside them ``vision_model.onnx`` and ``text_model.onnx``, or older ``model.onnx`` with both. The ending of a
graph's name says its precision; the highest that is there is taken, and both graphs have to have it.
"""

from collections.abc import Sequence
from pathlib import Path

from appliance.clip.dialects.pictures import require_preprocessing
from appliance.clip.dialects.words import as_transformers
from appliance.clip.folder import ModelFolder, is_pointer, read_json
from appliance.clip.outline import read_outline
from appliance.errors import ModelUnavailable

#: Endings of a graph's name, the highest precision first.
ENDINGS = ("", "_fp16", "_int8", "_quantized", "_uint8", "_q4", "_q4f16", "_bnb4", "_q2", "_q1")

_VISION, _TEXT, _BOTH = "vision_model", "text_model", "model"


class TransformersJs:
    """Reads the layout; see the module."""

    files = (
        "config.json, preprocessor_config.json, tokenizer.json, onnx/vision_model.onnx, onnx/text_model.onnx (or"
        " onnx/model.onnx with both)"
    )

    def recognises(self, root: Path) -> bool:
        """Whether a graph of one of the names is there."""
        places = _places(root)
        return any(_endings(places, name) for name in (_VISION, _TEXT, _BOTH))

    def read(self, root: Path) -> ModelFolder:
        """What the folder says.

        Raises:
            ModelUnavailable: a file is missing or says something that can't be followed.
        """
        vision, text = _graphs(root)
        visual, textual = read_outline(vision), read_outline(text)
        path = root / "config.json"
        config = read_json(path) if path.is_file() else {}
        places = _places(root)
        return ModelFolder(
            root=root,
            visual=vision,
            textual=text,
            preprocessing=require_preprocessing(places),
            tokenization=as_transformers(places, config, textual),
            dimension=None,
            precision=visual.precision,
        )


def _places(root: Path) -> tuple[Path, ...]:
    return root, root / "onnx"


def _graphs(root: Path) -> tuple[Path, Path]:
    """The graphs for pictures and for words; the same one where it has both."""
    places = _places(root)
    vision, text, both = (_endings(places, name) for name in (_VISION, _TEXT, _BOTH))
    if both and not (vision or text):
        joint = both[min(both, key=ENDINGS.index)]
        return joint, joint
    best = min({*vision, *text}, key=ENDINGS.index)
    _require_no_pointer(root, best, vision, text)
    for name, found in ((_VISION, vision), (_TEXT, text)):
        if best not in found:
            beside = next(iter({**vision, **text}.values())).parent
            others = " or ".join(f"{name}{ending}.onnx" for ending in found) or "nothing like it"
            raise ModelUnavailable(
                f"The model folder {root} is incomplete: {beside.relative_to(root) / name}{best}.onnx is missing"
                f" ({others} is there, and both encoders have to have one precision). Copy it, too."
            )
    return vision[best], text[best]


def _require_no_pointer(root: Path, best: str, vision: dict[str, Path], text: dict[str, Path]) -> None:
    """Where the best precision was not downloaded but another was: nobody guesses which one is meant."""
    pointers = [found[best] for found in (vision, text) if best in found and is_pointer(found[best])]
    whole = [
        ending
        for ending in ENDINGS
        if ending in vision
        and ending in text
        and not is_pointer(vision[ending])
        and not is_pointer(text[ending])
    ]
    if pointers and whole:
        names = ", ".join(str(path.relative_to(root)) for path in pointers)
        raise ModelUnavailable(
            f"In the model folder {root} {names} holds only a pointer of Git LFS; `git lfs pull` in its repository"
            f" brings the file. To use {text[whole[0]].name} and {vision[whole[0]].name} instead, remove the"
            " pointers."
        )


def _endings(places: Sequence[Path], name: str) -> dict[str, Path]:
    """The graphs of this name by their endings."""
    found: dict[str, Path] = {}
    for place in places:
        for ending in ENDINGS:
            path = place / f"{name}{ending}.onnx"
            if path.is_file():
                found.setdefault(ending, path)
    return found
