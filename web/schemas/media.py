"""How large a picture has to be."""

from typing import Self

from pydantic import Field, model_validator

from web.schemas.base import Schema


class FitQuery(Schema):
    """The box that a picture is to fill, in pixels of CSS, and how dense they are; one side is enough."""

    w: int | None = Field(None, ge=1, le=20_000, description="Width.")
    h: int | None = Field(None, ge=1, le=20_000, description="Height.")
    dpr: float = Field(
        1.0, ge=0.1, le=10, allow_inf_nan=False, description="Pixels of the screen per pixel of CSS."
    )

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if self.w is None and self.h is None:
            raise ValueError("Give w, h or both.")
        return self
