"""Figures: how a distribution is summed up, and how a number is written."""

from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the values are, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def text(value: str | int | float) -> str:
    """A number with some three digits; anything else as it is."""
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:,.0f}"
    return str(value)


def texts(*values: str | int | float) -> list[str]:
    """A row of a table."""
    return [text(value) for value in values]
