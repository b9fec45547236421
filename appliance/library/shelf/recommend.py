"""Recommends models from the catalogue for languages, memory and processor.

1. A model has to understand every language asked for, and its licence must not be for research only.
2. At most half of the memory may go to it: the database, the decoders and the system want the rest. On a GPU, three
   quarters of the GPU's memory count as well, where that is known.
3. Without a GPU, one run of both encoders may cost at most eight milliseconds on the catalogue's reference processor,
   some 3.5 times ViT-B/32: a home's processor does a few pictures a second then, and not one in some seconds.
4. Of what is left, those that another beats in recall, cost and memory at once are left out. The best come first by
   the mean of their recall in these languages.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from appliance.clip.catalogue import read_catalogue
from appliance.clip.session import find_runtime
from appliance.errors import SettingsError, UsageError
from appliance.library.quantities import bytes_text
from appliance.records.presets import UNDERSTOOD, Advice, Machine, Preset

MIB = 1024 * 1024
CPU_MS = 8.0
_MEMORY_SHARE = 0.5
_GPU_SHARE = 0.75
_MOST = 3
#: Two runs of one measurement differ by so much.
_SAME = 1.05


def find_machine() -> Machine:
    """What a model may take on this machine."""
    gpu = _has_gpu()
    return Machine(_memory_bytes(), gpu, _gpu_memory_bytes() if gpu else None)


def recommend(languages: Sequence[str], machine: Machine) -> tuple[Advice, ...]:
    """Up to three presets, the best first; the starter model when no other one fits. Empty when none does.

    Raises:
        UsageError: the catalogue knows no model for such a language.
    """
    presets = read_catalogue().presets
    for language in languages:
        if not any(language in preset.languages for preset in presets):
            raise UsageError(
                f"The catalogue has no model that understands {language!r}; it knows"
                f" {', '.join(sorted({code for preset in presets for code in preset.languages}))}."
            )
    fitting = [preset for preset in presets if _fits(preset, languages, machine)]
    best = [preset for preset in fitting if not any(_beats(one, preset, languages) for one in fitting)]
    best.sort(key=lambda preset: -_recall(preset, languages))
    if not best and set(languages) <= {"en"}:
        best = [preset for preset in presets if preset.built_in]
    return tuple(
        Advice(preset, _why(preset, languages, machine), _command(preset)) for preset in best[:_MOST]
    )


def _fits(preset: Preset, languages: Sequence[str], machine: Machine) -> bool:
    if preset.memory_mib is None or preset.ms is None or preset.use == "research":
        return False
    if any(preset.recall.get(language, 0) < UNDERSTOOD for language in languages):
        return False
    needed = preset.memory_mib * MIB
    if needed > machine.memory_bytes * _MEMORY_SHARE:
        return False
    if not machine.gpu:
        return preset.ms <= CPU_MS
    return machine.gpu_memory_bytes is None or needed <= machine.gpu_memory_bytes * _GPU_SHARE


def _recall(preset: Preset, languages: Sequence[str]) -> float:
    return sum(preset.recall[language] for language in languages) / len(languages)


def _beats(one: Preset, other: Preset, languages: Sequence[str]) -> bool:
    """Whether ``one`` finds more at no more cost; costs within a few percent are the same."""
    mine, theirs = _recall(one, languages), _recall(other, languages)
    slower = (one.ms or 0) > (other.ms or 0) * _SAME
    larger = (one.memory_mib or 0) > (other.memory_mib or 0) * _SAME
    return mine > theirs and not slower and not larger


def _why(preset: Preset, languages: Sequence[str], machine: Machine) -> str:
    if preset.memory_mib is None:
        return "it needs little memory, and nothing else fits"
    recall = ", ".join(f"{language} {preset.recall[language]:.1f}" for language in languages)
    memory = f"{preset.memory_mib} MiB of {bytes_text(machine.memory_bytes)}"
    said = f"recall {recall}; {memory}; {preset.ms} ms on the reference processor"
    if (preset.ms or 0) > CPU_MS:
        said += ", so for your GPU"
    return said + (f"; {preset.use} use only" if preset.use != "any" else "")


def _command(preset: Preset) -> str:
    if preset.built_in:
        return ""
    return f"scene-sense model add {preset.name if preset.files else f'/path/to/{preset.name}'}"


def _memory_bytes() -> int:
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return whole
    return min(whole, int(limit)) if limit.isdecimal() else whole


def _has_gpu() -> bool:
    try:
        return find_runtime().has_cuda and Path("/dev/nvidiactl").exists()
    except SettingsError:
        return False


def _gpu_memory_bytes() -> int | None:
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, "--query-gpu=memory.total", "--format=csv,noheader,nounits"],
            capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    first = (done.stdout.split() or [""])[0]
    return int(first) * MIB if first.isdecimal() else None
