"""Runs a graph with its inputs at a fixed place in a device's memory (ONNX Runtime's IOBinding).

Each run copies its input over the one before, as long as the shape stays; pictures come in slices of one size, and
most texts have one length, so that nothing is allocated from run to run. The vectors are the only thing copied back.

CUDA graphs, which would also replay the launches, are left out on purpose: they need every operation on the GPU,
while exports with a free batch size compute shapes on the CPU, and one recording for each shape; what they save is
launch time, which counts for single small runs and not for slices of 32 pictures.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Bound:
    """The inputs of one session on one device."""

    def __init__(self, runtime: Any, session: Any, device: str) -> None:
        """``runtime`` is ONNX Runtime, ``device`` its name for the place, for example ``cuda``."""
        self._runtime = runtime
        self._session = session
        self._device = device
        self._binding = session.io_binding()
        self._inputs: dict[str, Any] = {}
        self._kinds: dict[str, tuple[tuple[int, ...], np.dtype[Any]]] = {}

    def run(self, output: str, feeds: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """The one output asked for, in this process's memory.

        Raises ONNX Runtime's own exceptions; after one, the inputs are given back.
        """
        try:
            for name, array in feeds.items():
                self._place(name, np.ascontiguousarray(array))
            self._binding.clear_binding_outputs()
            self._binding.bind_output(output, "cpu")
            self._session.run_with_iobinding(self._binding)
            outputs: list[NDArray[Any]] = self._binding.copy_outputs_to_cpu()
        except Exception:
            self._free()
            raise
        return outputs[0]

    def _place(self, name: str, array: NDArray[Any]) -> None:
        kind = (array.shape, array.dtype)
        if self._kinds.get(name) == kind:
            self._inputs[name].update_inplace(array)
            return
        self._inputs.pop(name, None)
        placed = self._runtime.OrtValue.ortvalue_from_numpy(array, self._device, 0)
        self._binding.bind_ortvalue_input(name, placed)
        self._inputs[name], self._kinds[name] = placed, kind

    def _free(self) -> None:
        self._binding.clear_binding_inputs()
        self._binding.clear_binding_outputs()
        self._inputs.clear()
        self._kinds.clear()
