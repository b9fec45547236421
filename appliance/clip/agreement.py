"""The part of a model folder's ``scene-sense.json`` in which ``model quantize`` writes what it measured."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from appliance.clip.folder import ModelFolder, read_json
from appliance.clip.notes import NOTES
from appliance.errors import ModelUnavailable
from appliance.records.agreement import Agreement

#: A run of several pictures may change a vector by so much, as a cosine, that nobody sees it in what is found.
NEIGHBOURS_AGREE = 0.9995


def batch_of(root: Path) -> int | None:
    """How many pictures one run may take, where that was measured."""
    path = root / NOTES
    if not path.exists():
        return None
    agreement = read_json(path).get("agreement")
    batch = agreement.get("batch") if isinstance(agreement, dict) else None
    if batch is not None and (not isinstance(batch, int) or not 1 <= batch <= 1024):
        raise ModelUnavailable(f"{path}: agreement.batch is {batch!r}, not a number of pictures.")
    return batch


def write_notes(
    root: Path, source: ModelFolder, *, precision: str, made_from: str, agreement: Agreement | None
) -> None:
    """Say in ``root`` what was made of ``source``, whose identity is ``made_from``; its own notes are kept."""
    path = source.root / NOTES
    notes: dict[str, Any] = read_json(path) if path.exists() else {}
    if source.languages:
        notes["languages"] = list(source.languages)
    if source.licence:
        notes["licence"] = source.licence
    notes |= {"precision": precision, "made_from": made_from}
    if agreement is not None:
        notes["agreement"] = asdict(agreement)
    (root / NOTES).write_text(f"{json.dumps(notes, indent=1, ensure_ascii=False)}\n", encoding="utf-8")
