"""What the supervisor has to know of its box; read again at each boot."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

_FILE = "box.json"


@dataclass(frozen=True, slots=True)
class Spec:
    """One box: what it stands on, where it is, and the nodes of its disks below /dev."""

    name: str
    base: str
    namespace: str
    nodes: list[str]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """As it was last written."""
        return cls(**json.loads((folder / _FILE).read_text()))

    def write(self, folder: Path) -> None:
        """For the next boot."""
        new = folder / f"{_FILE}.new"
        new.write_text(json.dumps(asdict(self)))
        new.replace(folder / _FILE)
