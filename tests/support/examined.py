"""What `scene-sense doctor` finds, asked as its owner would."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.media.volume import Volume
from tests.support.cli import scene_sense


@dataclass(frozen=True, slots=True)
class Examined:
    """What it said, and the code it ended with."""

    code: int
    said: str
    findings: Mapping[str, Mapping[str, Any]]

    def level(self, name: str) -> str:
        """How much the finding matters; empty when there is none of this name."""
        return str(self.findings.get(name, {}).get("level", ""))

    def text(self, name: str) -> str:
        """What the finding says, its remedy with it."""
        finding = self.findings[name]
        return f"{finding['text']} -> {finding['remedy']}"


async def examined(environment: Mapping[str, str], *options: str) -> Examined:
    """The findings by their name, of these settings."""
    said = await asyncio.to_thread(scene_sense, "doctor", "--json", *options, environment=environment)
    assert said.err == ""
    body = said.json
    assert list(body) == ["ok", "failures", "warnings", "findings"]
    assert body["ok"] == (said.code == 0)
    return Examined(said.code, said.out, {finding["name"]: finding for finding in body["findings"]})


def new_installation(folder: Path, database_url: str, redis_url: str) -> dict[str, str]:
    """Settings of an installation that has not been started yet, and with which nothing is wrong."""
    Volume.initialise(folder / "disk")
    (folder / "data").mkdir(parents=True)
    return {
        "DATA_PATH": str(folder / "data"),
        "STORAGE_PATH": str(folder / "disk"),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "BIND": "127.0.0.1:9",
        "FREE_SPACE_FLOOR_BYTES": "1",
    }


def tree(root: Path) -> list[tuple[str, int, int]]:
    """Everything in the folder and the folder itself, with sizes and times."""
    return sorted(
        (str(path), path.lstat().st_size, path.lstat().st_mtime_ns) for path in (root, *root.rglob("*"))
    )
