"""How many pictures go into one run: fewer after memory did not suffice, more again once that has gone well."""

from appliance.errors import EncoderUnavailable

#: Runs of full size in a row after which twice as many are tried: another program may have left the GPU.
_CALM = 200


class BatchSize:
    """The size of the next run."""

    def __init__(self, most: int) -> None:
        """``most``: the size to begin with, and never to exceed."""
        self._most = most
        self._calm = 0
        self.size = most

    def fitted(self, count: int) -> None:
        """A run of ``count`` items went well."""
        if self.size == self._most or count < self.size:
            return
        self._calm += 1
        if self._calm >= _CALM:
            self._calm = 0
            self.size = min(self._most, self.size * 2)

    def failed(self, count: int, why: str) -> None:
        """Memory did not suffice for ``count`` items; half as many are next.

        Raises:
            EncoderUnavailable: it was one item only.
        """
        self._calm = 0
        if count <= 1:
            raise EncoderUnavailable(
                f"There is not enough memory to encode even one picture ({why}); end other programs on the GPU, raise"
                " CLIP_GPU_MEMORY_BYTES, or take a smaller model."
            )
        self.size = count // 2
