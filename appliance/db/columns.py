"""The pgvector column that Piccolo lacks."""

from typing import Any

from pgvector import HalfVector
from piccolo.columns import Column


class HalfVec(Column):
    """``halfvec`` without a fixed dimension: vectors of several models share the column, each checked on insert.

    Values are :class:`pgvector.HalfVector`, or a float array of shape (dimension,), which the codec converts.
    """

    value_type = HalfVector

    def __init__(self, default: None = None, **kwargs: Any) -> None:
        self.default = default
        kwargs["default"] = default  # migrations read the parameters that reach the base class
        super().__init__(**kwargs)

    @property
    def column_type(self) -> str:
        """The type's name in SQL."""
        return "HALFVEC"
