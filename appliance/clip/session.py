"""An ONNX graph that can be run, with its inputs and outputs named and typed; nothing else imports ONNX Runtime.

Settings of a session and why: ``encode_threads`` inside an operator and one across operators, since towers have
no parallel branches; no spinning, since a spinning pool takes a core from decoders and from other sessions while
it waits (up to 1.65 times slower with several sessions in one process); ONNX Runtime's own falling back is off,
since it prints to stdout and then goes on by the CPU whatever was asked for.

Which provider runs the graph is not what was asked for but what most of its operations were given to.
"""

import contextlib
import ctypes
import importlib.metadata
import io
import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.clip.bound import Bound
from appliance.clip.providers import CUDA, Hardware, Request, Runtime, requests
from appliance.cores import cores
from appliance.errors import ModelUnavailable, SettingsError

log = logging.getLogger(__name__)

#: How ONNX Runtime, CUDA and its libraries say that memory does not suffice; they have no type for it.
_FULL = re.compile(
    r"failed to allocate memory|out of memory|out_of_memory|ALLOC_FAILED|bad_alloc|bad allocation"
    r"|available memory of \d+ is smaller than requested",
    re.IGNORECASE,
)

#: Operations whose presence says that weights have 8 bits.
_EIGHT_BITS = frozenset(
    {
        "ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "DynamicQuantizeMatMul", "MatMulInteger",
        "MatMulIntegerToFloat", "QAttention", "QLinearConv", "QLinearMatMul",
    }
)  # fmt: skip
#: Those of them that take a scale from the whole batch.
_DYNAMIC = frozenset({"DynamicQuantizeLinear", "DynamicQuantizeMatMul", "QAttention"})

#: Where a graph that is not read from a file keeps its weights.
_WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path"

_ASSIGNED = "session.record_ep_graph_assignment_info"

_DRIVER = "libcuda.so.1"

_REMEDY = "scene-sense doctor says what there is; set CLIP_PROVIDER=auto to do without"
_REMEDIES = {
    CUDA: "see with nvidia-smi whether there is a GPU and a driver that is new enough, or set CLIP_PROVIDER=cpu"
}

_DTYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(bool)": np.bool_,
    "tensor(uint8)": np.uint8,
}


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


class OutOfMemory(ModelUnavailable):
    """There is not enough memory for this many items at once; fewer may do."""

    code = "encoder_out_of_memory"


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
    return Runtime(
        version=str(runtime.__version__),
        gpu_build=gpu_build,
        providers=tuple(runtime.get_available_providers()),
        cuda_version=str(getattr(runtime, "cuda_version", "") or ""),
    )


class Session:
    """A loaded graph. Runs may come from any thread, one at a time."""

    def __init__(
        self,
        path: Path,
        *,
        threads: int,
        hardware: Hardware | None = None,
        precision: str = "fp32",
        graph: bytes | None = None,
    ) -> None:
        """Load ``path``; ``threads`` 0 means one per core; ``precision`` is what it is to be computed in.

        ``graph`` is the part of the file that is wanted, where that is not all of it.

        Raises:
            ModelUnavailable: the file is no ONNX graph that can be run, or its weights are missing; or the provider
                that the settings insist on does not come up.
            SettingsError: no build of ONNX Runtime is installed, or not the one that the settings insist on.
        """
        self._runtime = _onnxruntime()
        self._errors = _runtime_errors(self._runtime)
        self.path = path
        self._graph = graph
        #: Threads that work on one run.
        self.threads = threads or cores()
        hardware = hardware or Hardware()
        asked = requests(hardware, find_runtime(), threads=self.threads, precision=precision)
        self._precision = precision
        required = hardware.required is not None or precision == "bf16"
        self._session = self._open(asked, required=required)
        self.inputs = tuple(_port(node) for node in self._session.get_inputs())
        self.outputs = tuple(_port(node) for node in self._session.get_outputs())
        self._look_at_assignment(asked[0].name)
        if required and not self.share:
            name = asked[0].name.removesuffix("ExecutionProvider")
            raise ModelUnavailable(f"{name} can do no operation of {path}; {_REMEDY}")
        self._bound = Bound(self._runtime, self._session, "cuda") if self.provider == CUDA else None

    def _open(self, asked: Sequence[Request], *, required: bool) -> Any:
        best = asked[0].name
        said = _load_cuda(self._runtime) if best == CUDA else ""
        try:
            session = self._load(asked)
        except self._errors as error:
            said = f"{_first_line(error)} {said}".strip()
            session = self._load_by_cpu(asked)  # tells whether the file or the provider is at fault
        if best in session.get_providers():
            return session
        name, remedy = best.removesuffix("ExecutionProvider"), _REMEDIES.get(best, _REMEDY)
        said = said or "it does not say why"
        if self._precision == "bf16":
            raise ModelUnavailable(
                f"{name} can't compute {self.path} in bf16 ({said}); choose the model that it was made from."
            )
        if required:
            raise ModelUnavailable(f"{name} does not come up for {self.path} ({said}); {remedy}")
        log.warning("%s can't be used for %s, which runs by the CPU; %s (%s)", name, self.path, remedy, said)
        return session

    def _load(self, asked: Sequence[Request]) -> Any:
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry(_ASSIGNED, "1")
        options.log_severity_level = 3  # its warnings are about graph details that nobody can act on
        if self._graph is not None:
            options.add_session_config_entry(_WEIGHTS_FOLDER, str(self.path.parent))
        providers = [(request.name, request.options) for request in asked]
        source = self._graph or str(self.path)
        return self._runtime.InferenceSession(source, options, providers=providers, enable_fallback=0)

    def _load_by_cpu(self, asked: Sequence[Request]) -> Any:
        try:
            return self._load(asked[-1:])
        except self._errors as error:
            raise ModelUnavailable(
                f"{self.path} is not a model that can be run: it is cut short, of another kind, or its weights beside"
                f" it are missing. Copy the model's folder again. ({_first_line(error)})"
            ) from error

    def _look_at_assignment(self, best: str) -> None:
        counts: Counter[str] = Counter()
        kinds: Counter[str] = Counter()
        for part in self._session.get_provider_graph_assignment_info():
            nodes = part.get_nodes()
            counts[str(part.ep_name)] += len(nodes)
            kinds.update(str(node.op_type) for node in nodes)
        #: What runs most of the graph, for example ``CPUExecutionProvider``.
        self.provider = counts.most_common(1)[0][0] if counts else str(self._session.get_providers()[0])
        #: The part of the operations that the best provider asked for runs, 0 to 1.
        self.share = counts[best] / counts.total() if counts else 1.0
        #: Whether weights have 8 bits.
        self.eight_bits = bool(_EIGHT_BITS & kinds.keys())
        #: Whether an item's result depends a little on the others in its batch.
        self.depends_on_batch = bool(_DYNAMIC & kinds.keys())

    def run(self, output: str, feeds: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """The one output asked for.

        Raises:
            OutOfMemory: there is not enough memory for so many items.
            ModelUnavailable: the graph refused its inputs or failed.
        """
        try:
            if self._bound is not None:
                return self._bound.run(output, feeds)
            outputs: Sequence[NDArray[Any]] = self._session.run([output], dict(feeds))
        except self._errors as error:
            full = isinstance(error, MemoryError) or _FULL.search(str(error))
            kind = OutOfMemory if full else ModelUnavailable
            raise kind(f"{self.path} failed: {_first_line(error)}") from error
        return outputs[0]


def _onnxruntime() -> Any:
    try:
        import onnxruntime  # noqa: PLC0415 - 0.1 s and 40 MB that a process without an encoder does not need
    except ImportError as error:
        raise SettingsError(
            "ONNX Runtime is not installed; install one of `scene-sense[cpu]`, `[gpu]` or `[openvino]`."
        ) from error
    return onnxruntime


def _load_cuda(runtime: Any) -> str:
    """Load NVIDIA's libraries from their wheels, and say what could not be loaded."""
    with contextlib.redirect_stdout(io.StringIO()) as said:  # it prints what it could not load
        runtime.preload_dlls()
    try:
        ctypes.CDLL(_DRIVER)  # the driver's part, which is in no wheel
    except OSError as error:
        said.write(f" {error}")
    return " ".join(said.getvalue().split())[-500:]


def _runtime_errors(runtime: Any) -> tuple[type[Exception], ...]:
    """ONNX Runtime's exceptions have no common class but Exception."""
    state = vars(runtime.capi.onnxruntime_pybind11_state).values()
    own = [item for item in state if isinstance(item, type) and issubclass(item, Exception)]
    return (*own, RuntimeError, ValueError, OSError, MemoryError)


def _port(node: Any) -> Port:
    shape = tuple(size if isinstance(size, int) and size > 0 else None for size in node.shape)
    return Port(name=str(node.name), shape=shape, dtype=_DTYPES.get(node.type))


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    # OpenVINO begins with where in its sources it was, and ends with what is wrong.
    return lines[-1 if "openvino" in lines[0].lower() else 0].strip()[:300]
