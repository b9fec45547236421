"""Models that an owner may fetch, as the catalogue describes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

#: What the licence lets people do with the weights.
Use = Literal["any", "non-commercial", "research"]

#: Recall from which a language counts as understood, in % as in the catalogue.
UNDERSTOOD = 50.0


@dataclass(frozen=True, slots=True)
class PresetFile:
    """A file of a model, by its path in the model's folder."""

    name: str
    #: In hex, where it is published; empty otherwise.
    sha256: str = ""
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """A model that is known by name. What nobody has published is None or empty."""

    name: str
    title: str
    #: Where its files are, below the catalogue's hub; empty for the built-in one.
    repository: str
    #: What has to be fetched; empty when the list isn't known, and the owner copies the folder.
    files: tuple[PresetFile, ...]
    licence: str
    use: Use
    dimension: int | None
    #: Side of the square that its picture encoder takes, pixels.
    side: int | None
    #: Peak memory of both encoders at fp32, MiB.
    memory_mib: int | None
    #: One run of both encoders on the reference processor, ms.
    ms: float | None
    #: Mean recall at 1, 5 and 10 by language, in %.
    recall: Mapping[str, float]
    #: Text to picture recall at 1, 5 and 10 on COCO, in %.
    coco: tuple[float, float, float] | None
    #: One or two sentences on what it is good for.
    notes: str
    built_in: bool
    #: What its files have to hash to, where that is known; empty otherwise.
    identity: str
    #: Languages that it is said to understand, where no recall is published.
    said_languages: tuple[str, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the languages that it understands."""
        measured = (code for code, recall in self.recall.items() if recall >= UNDERSTOOD)
        return tuple(sorted({*self.said_languages, *measured}))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All presets, and where their figures come from."""

    #: The address that repositories are below.
    hub: str
    #: What the figures of each kind are and who published them, by kind.
    sources: Mapping[str, str]
    presets: tuple[Preset, ...]

    def find(self, name: str) -> Preset | None:
        """The preset of this name, or of a repository of this name."""
        for preset in self.presets:
            if name in {preset.name, preset.repository}:
                return preset
        return None


@dataclass(frozen=True, slots=True)
class Machine:
    """What a model may take here."""

    #: Memory of the machine, or of this process' control group, bytes.
    memory_bytes: int
    gpu: bool
    #: Memory of the GPU, bytes; None when there is none or it can't be asked.
    gpu_memory_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """A preset that fits, and why."""

    preset: Preset
    why: str
    #: The command that brings it here.
    command: str
