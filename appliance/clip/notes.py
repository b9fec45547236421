"""What a folder says about its model to people, and in what precision it is to be computed.

``scene-sense.json`` goes first: this program writes it where it has changed a model itself. What it leaves out is
taken from the heading of ``README.md``, as model hubs have it, and what that leaves out from the note on where the
model came from.
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance.clip.folder import ModelFolder, read_json
from appliance.clip.identity import PROVENANCE
from appliance.errors import ModelUnavailable

#: What this program writes about a folder that it made, and what people may add to one of theirs; it counts in the
#: model's identity. Keys: precision, made_from, agreement, licence, languages, title, description, query_language.
NOTES = "scene-sense.json"

_PRECISIONS = ("fp32", "fp16", "bf16", "int8", "int4")


def with_notes(folder: ModelFolder) -> ModelFolder:
    """The folder with what its notes say.

    Raises:
        ModelUnavailable: ``scene-sense.json`` says something that can't be followed.
    """
    path = folder.root / NOTES
    own = read_json(path) if path.exists() else {}
    heading = _heading(folder.root / "README.md")
    origin = _origin(folder.root / PROVENANCE)
    precision = own.get("precision", folder.precision)
    if precision not in _PRECISIONS:
        raise ModelUnavailable(f"{path}: precision is {precision!r}; known here: {', '.join(_PRECISIONS)}.")
    language = own.get("query_language")
    return replace(
        folder,
        tokenization=replace(folder.tokenization, language=str(language) if language else None),
        precision=str(precision),
        has_agreement=isinstance(own.get("agreement"), dict),
        languages=_first_list(
            own.get("languages"), folder.languages, heading.get("language"), origin.get("languages")
        ),
        licence=_first_text(
            own.get("licence"), folder.licence, heading.get("license"), origin.get("licence")
        ),
        title=_first_text(own.get("title")),
        description=_first_text(own.get("description")),
    )


def _first_list(*values: object) -> tuple[str, ...]:
    for value in values:
        if isinstance(value, list | tuple) and value:
            return tuple(str(item) for item in value)
        if isinstance(value, str) and value:
            return (value,)
    return ()


def _first_text(*values: object) -> str:
    for value in values:
        found = value[0] if isinstance(value, list) and value else value
        if isinstance(found, str) and found:
            return found
    return ""


def _origin(path: Path) -> dict[str, Any]:
    """What was noted when the model was added; nothing where there is no note that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _heading(path: Path) -> dict[str, Any]:
    """Names with a text or a list of texts, from the YAML between two lines of dashes; what is deeper is left out."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(64 * 1024)
    except OSError:
        return {}
    match = re.match(r"---\s*\n(.*?)\n---\s*\n", text, re.DOTALL)
    found: dict[str, Any] = {}
    last = ""
    for line in match[1].splitlines() if match else []:
        if item := re.fullmatch(r"\s*-\s+['\"]?([^'\"]+?)['\"]?\s*", line):
            if isinstance(found.get(last), list):
                found[last].append(item[1])
        elif pair := re.fullmatch(r"(\w+):\s*['\"]?([^'\"]*?)['\"]?\s*", line):
            last = pair[1]
            found[last] = _inline(pair[2]) if pair[2] else []
        elif not line.startswith((" ", "\t")):
            last = ""
    return found


def _inline(value: str) -> str | list[str]:
    if value.startswith("[") and value.endswith("]"):
        return [item.strip().strip("'\"") for item in value[1:-1].split(",") if item.strip()]
    return value
