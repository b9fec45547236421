"""The model: whether its files are those of the library's vectors, and whether it runs, on which hardware."""

import time
from pathlib import Path

from appliance.clip.encoder import Encoder, TowerName
from appliance.clip.identity import identity
from appliance.clip.layouts import read_folder
from appliance.clip.local import LocalEncoder
from appliance.clip.opening import model_root, open_encoder
from appliance.clip.providers import CPU, CUDA, driver_problem, driver_version
from appliance.clip.session import find_runtime
from appliance.db.models import active_model
from appliance.errors import SceneSenseError
from appliance.library.checks import encoders
from appliance.library.checks.common import Subject, aside, failure, ok, refusal, refused, warning
from appliance.library.quantities import counted
from appliance.records.doctor import Finding
from appliance.records.models import LESS_EXACT, Model

#: Where NVIDIA's driver shows itself.
NVIDIA = (Path("/proc/driver/nvidia"), Path("/dev/nvidia0"))

#: Of a larger model only the smaller half is tried.
LARGE_BYTES = 1_000_000_000

_REMEDY = "Copy the model's folder into MODELS_PATH again, readable for the services, or correct CLIP_MODEL."


async def look(subject: Subject) -> tuple[Finding, ...]:
    """Whether the model of the library, or of the settings for a new one, can be used."""
    settings = subject.settings
    active = await active_model(subject.tables) if subject.tables else None
    found = [] if settings.clip_server_url else [await _files(subject, active)]
    if active is not None and active.name != settings.clip_model:
        text = f"CLIP_MODEL is {settings.clip_model}, but the library's vectors are of {active.name}, which stays."
        found.append(warning("model.setting", text, f"Set CLIP_MODEL={active.name}."))
    broken = bool(found) and found[0].name == "model" and bool(found[0].remedy)
    if broken or subject.before_start:
        return tuple(found)
    if settings.clip_server_url:
        return (*found, *await encoders.look(settings, active))
    return (*found, *await _run(subject, active))


async def _files(subject: Subject, active: Model | None) -> Finding:
    settings = subject.settings
    name = active.name if active else settings.clip_model
    try:
        root = model_root(name, settings.models_path)
        folder = await aside(lambda: read_folder(root))
        # A large model takes a while to read whole, and there may be nothing to compare it with.
        hashed = await aside(lambda: identity(root)) if active else None
    except SceneSenseError as error:
        return refused("model", error, _REMEDY)
    except OSError as error:
        return failure("model", f"The model {name} can't be read: {error}.", _REMEDY)
    if active is not None and hashed != active.identity.partition("+")[0]:
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
        towers = await aside(lambda: _towers(model_root(name, subject.settings.models_path)))
        encoder = await open_encoder(subject.settings, towers=towers, name=name)
        loaded = time.monotonic()
        try:
            await encoder.encode_text("a photo")
            encoded = time.monotonic()
        finally:
            await encoder.close()
    except SceneSenseError as error:
        return (refused("model.runs", error, _REMEDY),)
    text = f"It encodes a text into {encoder.dimension} numbers: loaded in {loaded - begun:.2f} seconds"
    runs = ok("model.runs", f"{text}, encoded in {encoded - loaded:.3f}.")
    return (runs, *await aside(lambda: _by_what(encoder)))


def _towers(root: Path) -> frozenset[TowerName]:
    """Both, unless the model is so large that a second copy of it could push the services out of memory."""
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    return frozenset({"image", "text"}) if size <= LARGE_BYTES else frozenset({"text"})


def _by_what(encoder: Encoder) -> tuple[Finding, ...]:
    if isinstance(encoder, LocalEncoder):
        return (hardware(encoder.providers, how(encoder)), *_precision(encoder))
    return ()


def how(encoder: LocalEncoder) -> str:
    """In which precision the encoder computes, and with how much of the machine."""
    said = [encoder.precision]
    if CPU in encoder.providers or encoder.share < 1:
        said.append(counted(encoder.threads, "thread"))
    if 0 < encoder.share < 1:
        said.append(f"{1 - encoder.share:.0%} of a graph's operations left to the CPU")
    return f"in {', '.join(said)}"


def _precision(encoder: LocalEncoder) -> tuple[Finding, ...]:
    if encoder.precision not in LESS_EXACT or encoder.has_agreement:
        return ()
    text = f"{encoder.name} computes in {encoder.precision}, and was never compared with the model it was made from."
    remedy = "`scene-sense model quantize` makes such models and compares them on your own photos."
    return (warning("model.precision", text, remedy),)


def hardware(used: frozenset[str], how: str = "") -> Finding:
    """Whether the towers run on the best that there is, by what runs them and how."""
    runtime = find_runtime()
    has_device = any(path.exists() for path in NVIDIA)
    text = f"ONNX Runtime {runtime.version} runs it by {', '.join(sorted(used))}{how and ' '}{how}."
    if CUDA in used:
        return ok("model.hardware", text)
    if runtime.gpu_build and not runtime.has_cuda:
        return failure(
            "model.hardware",
            f"{text} The build for NVIDIA is installed, but another one lies over it.",
            "Leave only one: pip uninstall -y onnxruntime onnxruntime-gpu onnxruntime-openvino, then install "
            "scene-sense[gpu] again.",
        )
    problem = driver_problem(runtime.cuda_version, driver_version()) if runtime.gpu_build else None
    if problem:
        return refusal("model.hardware", problem, "")
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
            "Install scene-sense[gpu] in place of scene-sense[cpu], or build the playbook's bundle with "
            "--runtime cuda13; docs/gpu.md says more.",
        )
    return ok("model.hardware", text)
