"""What runs models: which of ONNX Runtime's providers are asked for, with which options, and when that is refused.

``auto`` takes the best that the installed build has. Any other choice is a must: a provider that is not in the
build, or a driver that is too old for it, is an error with its remedy, never a silent run on the CPU.

Options of CUDA and why: the memory's arena grows by what is asked for, since doubling holds far more than a home
GPU has to spare, and ends at CLIP_GPU_MEMORY_BYTES; convolutions are chosen by a heuristic, since trying them all
takes minutes at every start; TF32 is off, since its ten bits of mantissa would give other vectors than the CPU's.
Options of OpenVINO: its precision is always said, since by itself it may take bfloat16 where a processor has it.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from appliance.errors import ModelUnavailable, SettingsError

CUDA = "CUDAExecutionProvider"
OPENVINO = "OpenVINOExecutionProvider"
CPU = "CPUExecutionProvider"

#: The least NVIDIA driver by the major version of CUDA (release notes of the CUDA toolkits, "minimum required driver
#: version for CUDA minor version compatibility"); the playbook has the same table.
LEAST_DRIVER = {12: "525.60.13", 13: "580.65.06"}

#: Where the driver of this machine says its version.
_DRIVER_FILES = (Path("/sys/module/nvidia/version"), Path("/proc/driver/nvidia/version"))
_CPU_FILE = Path("/proc/cpuinfo")

_NAMES = {"cpu": CPU, "cuda": CUDA, "openvino": OPENVINO}
_ONE_BUILD = (
    "leave only one build: `pip uninstall -y onnxruntime onnxruntime-gpu onnxruntime-openvino`, then install"
    " scene-sense[{extra}] again"
)
_EXTRAS = {CUDA: "gpu", OPENVINO: "openvino", CPU: "cpu"}


@dataclass(frozen=True, slots=True)
class Hardware:
    """What the settings say of the hardware that models run on."""

    provider: Literal["auto", "cpu", "cuda", "openvino"] = "auto"
    #: Most memory of the GPU that one graph's arena takes; 0: no limit.
    gpu_memory_bytes: int = 0

    @property
    def required(self) -> str | None:
        """The provider that has to be used, by ONNX Runtime's name; None: whatever comes up."""
        return _NAMES.get(self.provider)


@dataclass(frozen=True, slots=True)
class Runtime:
    """The installed build of ONNX Runtime."""

    version: str
    #: Whether a build for NVIDIA's hardware is installed, even if another one lies over it.
    gpu_build: bool
    #: What it can be asked for; whether it then works is seen by the session.
    providers: tuple[str, ...] = (CPU,)
    #: The CUDA that it was built for, for example ``13.0``; empty when it was not, or does not say.
    cuda_version: str = ""

    @property
    def has_cuda(self) -> bool:
        """Whether it can be asked for CUDA."""
        return CUDA in self.providers


@dataclass(frozen=True, slots=True)
class Request:
    """One provider to ask ONNX Runtime for."""

    name: str
    options: dict[str, str]


def requests(hardware: Hardware, runtime: Runtime, *, threads: int, precision: str) -> tuple[Request, ...]:
    """What to ask for, best first; the CPU is always the last, for what the others can't do.

    Raises:
        SettingsError: the choice is not in the installed build, or the machine's driver is too old for it.
        ModelUnavailable: the model is to be computed in a precision that nothing here computes in.
    """
    name = hardware.required or _best(runtime)
    if name not in runtime.providers:
        extra = _EXTRAS[name]
        raise SettingsError(
            f"CLIP_PROVIDER is {hardware.provider}, but the installed ONNX Runtime {runtime.version} has no"
            f" {name.removesuffix('ExecutionProvider')}; {_ONE_BUILD.format(extra=extra)}, or set CLIP_PROVIDER=auto."
        )
    if precision == "bf16":
        _check_bf16(name)
    if name == CUDA:
        problem = driver_problem(runtime.cuda_version, driver_version())
        if problem:
            raise SettingsError(problem)
    chosen = {
        CUDA: Request(CUDA, _cuda(hardware)),
        OPENVINO: Request(OPENVINO, _openvino(threads, precision)),
    }.get(name)
    return (*((chosen,) if chosen else ()), Request(CPU, {}))


def _best(runtime: Runtime) -> str:
    return next((name for name in (CUDA, OPENVINO) if name in runtime.providers), CPU)


def _cuda(hardware: Hardware) -> dict[str, str]:
    limit = {"gpu_mem_limit": str(hardware.gpu_memory_bytes)} if hardware.gpu_memory_bytes else {}
    return {
        "device_id": "0",
        "arena_extend_strategy": "kSameAsRequested",
        "cudnn_conv_algo_search": "HEURISTIC",
        "use_tf32": "0",
        **limit,
    }


def _openvino(threads: int, precision: str) -> dict[str, str]:
    hint = "bf16" if precision == "bf16" else "f32"
    config = {"CPU": {"INFERENCE_PRECISION_HINT": hint, "INFERENCE_NUM_THREADS": str(threads)}}
    return {"device_type": "CPU", "load_config": json.dumps(config)}


def _check_bf16(name: str) -> None:
    if name != OPENVINO:
        raise ModelUnavailable(
            "The model is to be computed in bf16, which only OpenVINO does here;"
            f" {_ONE_BUILD.format(extra='openvino')}, or choose the model that it was made from."
        )
    if not computes_bf16():
        raise ModelUnavailable(
            "The model is to be computed in bf16, which this processor does not do (it has neither amx_bf16 nor"
            " avx512_bf16); choose the model that it was made from."
        )


def computes_bf16() -> bool:
    """Whether the processor has instructions for bfloat16."""
    try:
        return re.search(r"\b(amx_bf16|avx512_bf16)\b", _CPU_FILE.read_text(encoding="utf-8")) is not None
    except OSError:
        return False


def driver_version() -> str | None:
    """The version of NVIDIA's driver, for example ``580.65.06``; None when none is loaded."""
    for file in _DRIVER_FILES:
        try:
            found = re.search(r"\b\d{3,}\.\d+(\.\d+)?\b", file.read_text(encoding="utf-8"))
        except OSError:
            continue
        if found:
            return found[0]
    return None


def driver_problem(cuda_version: str, driver: str | None) -> str | None:
    """What is wrong with the driver for this CUDA, and what mends it; None: nothing that is known."""
    major = int(cuda_version.partition(".")[0] or 0)
    least = LEAST_DRIVER.get(major)
    if driver is None or least is None or _numbers(driver) >= _numbers(least):
        return None
    older = [cuda for cuda in sorted(LEAST_DRIVER) if _numbers(driver) >= _numbers(LEAST_DRIVER[cuda])]
    other = f"install scene-sense[gpu-cuda{older[-1]}] in place of the present build, " if older else ""
    return (
        f"NVIDIA's driver is {driver}, too old for the installed ONNX Runtime, whose CUDA {cuda_version} needs"
        f" {least}; install a newer driver, {other}or set CLIP_PROVIDER=cpu."
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
