"""The note beside a model's files: where they came from and what they were, so that a change can be named.

It is no part of the model's identity, and a model without one works as well.
"""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from appliance.clip.identity import PROVENANCE
from appliance.records.shelf import Provenance


def write_provenance(root: Path, provenance: Provenance) -> None:
    """Put the note into the model's folder."""
    content = asdict(provenance) | {"added_at": provenance.added_at.isoformat()}
    (root / PROVENANCE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_provenance(root: Path) -> Provenance | None:
    """The note in the model's folder; None when there is none that can be read."""
    try:
        content = json.loads((root / PROVENANCE).read_text(encoding="utf-8"))
        return Provenance(
            source=str(content["source"]),
            added_at=datetime.fromisoformat(content["added_at"]),
            identity=str(content["identity"]),
            dimension=int(content["dimension"]),
            precision=str(content["precision"]),
            languages=tuple(str(code) for code in content["languages"]),
            licence=str(content["licence"]),
            files={str(name): str(digest) for name, digest in content["files"].items()},
            archive_sha256=str(content.get("archive_sha256", "")),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
