"""Sentences that say what a class is, and in which setting it is usually photographed."""

import tomllib
from pathlib import Path

from scripts.starter.classes import ImageClass

_SCENES = Path(__file__).with_name("scenes.toml")

#: How many sentences :func:`describe` gives.
DESCRIPTIONS = 5


def describe(item: ImageClass) -> tuple[str, str, str, str, str]:
    """Five ways of saying what the class is."""
    kind = item.hypernyms[0] if item.hypernyms else "thing"
    return (
        f"a photo of a {item.name}",
        f"a photo of a {item.name}, a kind of {kind}",
        f"{item.name}: {item.gloss}",
        ", ".join((item.name, *item.hypernyms[:3])),
        ", ".join((item.name, *item.hypernyms)),
    )


class Scenes:
    """The hand-written settings of ``scenes.toml``."""

    def __init__(self) -> None:
        content = tomllib.loads(_SCENES.read_text(encoding="utf-8"))
        self._own: dict[str, str] = content["own"]
        self._rules = [(frozenset(rule["hypernyms"]), str(rule["sentence"])) for rule in content["rule"]]

    def of(self, item: ImageClass) -> list[str]:
        """One sentence or more: the class's own, then those of at most two rules; else a plain one."""
        names = {item.name, *item.synonyms}
        own = [sentence for name, sentence in self._own.items() if name in names]
        known = names | set(item.hypernyms)
        ruled = [sentence.format(n=item.name) for hypernyms, sentence in self._rules if hypernyms & known]
        return own + ruled[:2] or [f"a photo of a {item.name}"]
