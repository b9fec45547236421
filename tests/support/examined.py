"""What `scene-sense doctor` finds, asked as its owner would."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
