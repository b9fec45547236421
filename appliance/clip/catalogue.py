"""Reads the catalogue of presets: the models that ``model add`` knows by name and ``model recommend`` chooses from.

The facts are data, in ``catalogue.json``, with where each kind of figure comes from. Nothing here is ever fetched
but at the owner's word.
"""

import json
from importlib.resources import files
from typing import Any

from appliance.records.presets import Catalogue, Preset, PresetFile


def read_catalogue() -> Catalogue:
    """All presets, in the order of the file."""
    content = json.loads((files("appliance.clip") / "catalogue.json").read_text(encoding="utf-8"))
    return Catalogue(
        hub=content["hub"],
        sources=content["sources"],
        presets=tuple(_preset(item) for item in content["presets"]),
    )


def _preset(item: dict[str, Any]) -> Preset:
    coco = item.get("coco")
    return Preset(
        name=item["name"],
        title=item["title"],
        repository=item.get("repository", ""),
        files=tuple(
            PresetFile(name=file["name"], sha256=file.get("sha256", ""), bytes=file.get("bytes"))
            for file in item.get("files", ())
        ),
        licence=item["licence"],
        use=item["use"],
        dimension=item.get("dimension"),
        side=item.get("side"),
        memory_mib=item.get("memory_mib"),
        ms=item.get("ms"),
        recall=item.get("recall", {}),
        coco=(coco[0], coco[1], coco[2]) if coco else None,
        notes=item.get("notes", ""),
        built_in=item.get("built_in", False),
        identity=item.get("identity", ""),
        said_languages=tuple(item.get("languages", ())),
    )
