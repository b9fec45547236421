"""The model: whether its files are those of the library's vectors, and whether it runs, on which hardware."""

import time
from pathlib import Path

from appliance.clip.identity import identity
from appliance.clip.layouts import read_folder
from appliance.clip.opening import check_local, model_root, open_encoder
from appliance.clip.session import CUDA, find_runtime
from appliance.db.models import active_model
from appliance.errors import SceneSenseError
from appliance.library.checks.common import Subject, aside, failure, ok, refused, warning
from appliance.records.doctor import Finding
from appliance.records.models import Model

#: Where NVIDIA's driver shows itself.
NVIDIA = (Path("/proc/driver/nvidia"), Path("/dev/nvidia0"))

_REMEDY = "Copy the model's folder into MODELS_PATH again, readable for the services, or correct CLIP_MODEL."


async def look(subject: Subject) -> tuple[Finding, ...]:
    """Whether the model of the library, or of the settings for a new one, can be used."""
    settings = subject.settings
    active = await active_model(subject.tables) if subject.tables else None
    found = [await _files(subject, active)]
    if active is not None and active.name != settings.clip_model:
        text = f"CLIP_MODEL is {settings.clip_model}, but the library's vectors are of {active.name}, which stays."
        found.append(warning("model.setting", text, f"Set CLIP_MODEL={active.name}."))
    if found[0].remedy or subject.before_start:
        return tuple(found)
    return (*found, *await _run(subject, active))


async def _files(subject: Subject, active: Model | None) -> Finding:
    settings = subject.settings
    name = active.name if active else settings.clip_model
    try:
        check_local(settings)
        root = model_root(name, settings.models_path)
        folder = await aside(lambda: read_folder(root))
        # A large model takes a while to read whole, and there may be nothing to compare it with.
        hashed = await aside(lambda: identity(root)) if active else None
    except SceneSenseError as error:
        return refused("model", error, _REMEDY)
    except OSError as error:
        return failure("model", f"The model {name} can't be read: {error}.", _REMEDY)
    if active is not None and hashed != active.identity:
        text = f"The files of {name} in {root} are not those that the library's vectors were made with."
        return failure("model", text, "Put the former files back.")
    dimension = active.dimension if active else folder.dimension
    if settings.clip_embed_dim not in {None, dimension} and dimension is not None:
        text = f"CLIP_EMBED_DIM is {settings.clip_embed_dim}, but the vectors of {name} have {dimension} numbers."
        return failure("model", text, "Correct it, or leave it out.")
    return ok("model", f"The files of {name} are complete{' and those of the library' if active else ''}.")


async def _run(subject: Subject, active: Model | None) -> tuple[Finding, ...]:
    name = active.name if active else subject.settings.clip_model
    begun = time.monotonic()
    try:
        encoder = await open_encoder(subject.settings, towers=frozenset({"text"}), name=name)
        loaded = time.monotonic()
        try:
            await encoder.encode_text("a photo")
            encoded = time.monotonic()
        finally:
            await encoder.close()
        text = f"It encodes a text into {encoder.dimension} numbers: loaded in {loaded - begun:.2f} seconds"
        found = ok("model.runs", f"{text}, encoded in {encoded - loaded:.3f}.")
        return (found, await aside(lambda: hardware(encoder.providers)))
    except SceneSenseError as error:
        return (refused("model.runs", error, _REMEDY),)


def hardware(used: frozenset[str]) -> Finding:
    """Whether the towers run on the best that there is, by what runs them."""
    runtime = find_runtime()
    has_device = any(path.exists() for path in NVIDIA)
    text = f"ONNX Runtime {runtime.version} runs it by {', '.join(sorted(used))}."
    if CUDA in used:
        return ok("model.hardware", text)
    if runtime.gpu_build and not runtime.has_cuda:
        return failure(
            "model.hardware",
            f"{text} The build for NVIDIA is installed, but another one lies over it.",
            "Leave only one: pip uninstall -y onnxruntime onnxruntime-gpu onnxruntime-openvino, then install "
            "scene-sense[gpu] again.",
        )
    if runtime.gpu_build:
        missing = "is NVIDIA's driver new enough?" if has_device else "there is no NVIDIA device."
        return failure(
            "model.hardware",
            f"{text} The build for NVIDIA is installed, but CUDA does not come up; {missing}",
            "nvidia-smi says what the driver is; install a newer one, or scene-sense[gpu-cuda12] for drivers from "
            "525 on, or scene-sense[cpu] where there is no GPU.",
        )
    if has_device:
        return warning(
            "model.hardware",
            f"{text} This machine has an NVIDIA GPU.",
            "Install scene-sense[gpu] in place of scene-sense[cpu]; the playbook does it with common_gpu: nvidia.",
        )
    return ok("model.hardware", text)
