"""CLIP's table of tokens with random numbers: too large to be kept, and the same whenever it is made."""

import numpy as np
from numpy.typing import NDArray

#: The file that holds it, beside a graph.
TABLE = "tokens.bin"


def token_table(width: int) -> NDArray[np.float32]:
    """49,408 rows of ``width`` numbers."""
    # The legacy generator's numbers are promised never to change.
    numbers = np.random.RandomState(5).standard_normal((49408, width))
    return numbers.astype(np.float32)
