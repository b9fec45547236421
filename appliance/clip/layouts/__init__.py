"""The folder layouts that models come in. To add one: a module with ``recognises`` and ``read``, listed here."""

from pathlib import Path
from typing import Protocol

from appliance.clip.folder import ModelFolder
from appliance.clip.layouts.folder_pair import FolderPair
from appliance.clip.layouts.immich import Immich
from appliance.clip.layouts.loose import Loose
from appliance.clip.layouts.transformers_js import TransformersJs
from appliance.clip.layouts.two_graphs import TwoGraphs
from appliance.clip.notes import with_notes
from appliance.errors import ModelUnavailable


class Layout(Protocol):
    """One way in which a model's files are arranged."""

    #: What people see when no layout fits: the files that make this one up.
    files: str

    def recognises(self, root: Path) -> bool:
        """Whether the folder looks like this layout, complete or not."""

    def read(self, root: Path) -> ModelFolder:
        """What the folder says. Raises ModelUnavailable with what is wrong and what mends it."""


#: The first that recognises a folder reads it.
LAYOUTS: tuple[Layout, ...] = (
    Immich(),
    FolderPair(),
    TransformersJs(),
    TwoGraphs("visual.onnx", "textual.onnx"),
    TwoGraphs("clip_image_model_vitb32.onnx", "clip_text_model_vitb32.onnx"),
    Loose(),
)


def read_folder(root: Path) -> ModelFolder:
    """The model in ``root``.

    Raises:
        ModelUnavailable: there is no such folder, no known layout fits, or it is incomplete.
    """
    if not root.is_dir():
        raise ModelUnavailable(f"There is no model folder {root}; put the model there, or name another.")
    links = [path.relative_to(root) for path in root.rglob("*") if path.is_symlink() and path.is_dir()]
    if links:
        raise ModelUnavailable(
            f"In the model folder {root} {links[0]} is a link to another folder, where files could change unnoticed;"
            " put the folder itself there. `scene-sense model add` does."
        )
    for layout in LAYOUTS:
        if layout.recognises(root):
            return with_notes(layout.read(root))
    known = "; ".join(layout.files for layout in LAYOUTS)
    raise ModelUnavailable(f"{root} is not laid out as a model. A model folder has: {known}.")
