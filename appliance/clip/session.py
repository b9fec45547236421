"""An ONNX graph that can be run, with its inputs and outputs named and typed; nothing else imports ONNX Runtime.

Settings of a session and why: ``encode_threads`` inside an operator and one across operators, since towers have
no parallel branches; no spinning, since a spinning pool takes a core from decoders and from other sessions while
it waits (up to 1.65 times slower with several sessions in one process).
"""

import contextlib
import importlib.metadata
import io
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.errors import ModelUnavailable, SettingsError

log = logging.getLogger(__name__)

CUDA = "CUDAExecutionProvider"

#: Fastest first; those that the installed build has are used in this order.
_PROVIDERS = (CUDA, "OpenVINOExecutionProvider", "CPUExecutionProvider")

_DTYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(bool)": np.bool_,
    "tensor(uint8)": np.uint8,
}


@dataclass(frozen=True, slots=True)
class Runtime:
    """The installed build of ONNX Runtime."""

    version: str
    #: Whether a build for NVIDIA's hardware is installed, even if another one lies over it.
    gpu_build: bool
    #: Whether it can be asked for CUDA; whether CUDA then works is seen by the session.
    has_cuda: bool


def find_runtime() -> Runtime:
    """What is installed here.

    Raises:
        SettingsError: no build of ONNX Runtime is.
    """
    runtime = _onnxruntime()
    try:
        importlib.metadata.distribution("onnxruntime-gpu")
        gpu_build = True
    except importlib.metadata.PackageNotFoundError:
        gpu_build = False
    return Runtime(str(runtime.__version__), gpu_build, CUDA in runtime.get_available_providers())


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output. A dimension that the graph leaves open is None; ``dtype`` too, when it is exotic."""

    name: str
    shape: tuple[int | None, ...]
    dtype: type[np.generic] | None

    @property
    def rank(self) -> int:
        """How many dimensions it has."""
        return len(self.shape)


class Session:
    """A loaded graph. Runs may come from any thread, one at a time."""

    def __init__(self, path: Path, *, threads: int) -> None:
        """Load ``path``; ``threads`` 0 means one per core.

        Raises:
            ModelUnavailable: the file is no ONNX graph that can be run, or its weights are missing.
            SettingsError: no build of ONNX Runtime is installed.
        """
        self._runtime = _onnxruntime()
        self._errors = _runtime_errors(self._runtime)
        self.path = path
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = threads or os.cpu_count() or 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3  # its warnings are about graph details that nobody can act on
        available = self._runtime.get_available_providers()
        if CUDA in available:
            _load_cuda(self._runtime)
        try:
            self._session = self._runtime.InferenceSession(
                str(path), options, providers=[name for name in _PROVIDERS if name in available]
            )
        except self._errors as error:
            raise ModelUnavailable(
                f"{path} is not a model that can be run: it is cut short, of another kind, or its weights beside it"
                f" are missing. Copy the model's folder again. ({_first_line(error)})"
            ) from error
        self.inputs = tuple(_port(node) for node in self._session.get_inputs())
        self.outputs = tuple(_port(node) for node in self._session.get_outputs())
        if CUDA in available and self.provider != CUDA:
            log.warning(
                "CUDA can't be used for %s, which runs by %s: is there a GPU, and a driver that is new enough?",
                path,
                self.provider,
            )

    @property
    def provider(self) -> str:
        """What runs the graph, for example ``CPUExecutionProvider``."""
        return str(self._session.get_providers()[0])

    def run(self, output: str, feeds: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """The one output asked for.

        Raises:
            ModelUnavailable: the graph refused its inputs or failed.
        """
        outputs: Sequence[NDArray[Any]]
        try:
            outputs = self._session.run([output], dict(feeds))
        except self._errors as error:
            raise ModelUnavailable(f"{self.path} failed: {_first_line(error)}") from error
        return outputs[0]


def _onnxruntime() -> Any:
    try:
        import onnxruntime  # noqa: PLC0415 - 0.1 s and 40 MB that a process without an encoder does not need
    except ImportError as error:
        raise SettingsError(
            "ONNX Runtime is not installed; install one of `scene-sense[cpu]`, `[gpu]` or `[openvino]`."
        ) from error
    return onnxruntime


def _load_cuda(runtime: Any) -> None:
    """Load NVIDIA's libraries from their wheels; a session that doesn't find them would go to the CPU in silence."""
    with contextlib.redirect_stdout(io.StringIO()) as said:  # it prints what it could not load
        runtime.preload_dlls()
    if said.getvalue():
        log.warning("NVIDIA's libraries: %s", " ".join(said.getvalue().split())[:500])


def _runtime_errors(runtime: Any) -> tuple[type[Exception], ...]:
    """ONNX Runtime's exceptions have no common class but Exception."""
    state = vars(runtime.capi.onnxruntime_pybind11_state).values()
    own = [item for item in state if isinstance(item, type) and issubclass(item, Exception)]
    return (*own, RuntimeError, ValueError, OSError)


def _port(node: Any) -> Port:
    shape = tuple(size if isinstance(size, int) and size > 0 else None for size in node.shape)
    return Port(name=str(node.name), shape=shape, dtype=_DTYPES.get(node.type))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
