"""Tables as plain text, which can be pasted anywhere."""

from collections.abc import Sequence


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, notes: str = ""
) -> None:
    """Print rows below their columns, the first column to the left, the others to the right."""
    widths = [max(len(row[i]) for row in (columns, *rows)) for i in range(len(columns))]

    def line(cells: Sequence[str]) -> str:
        first, *others = cells
        aligned = [
            first.ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(others, widths[1:], strict=True)),
        ]
        return "  ".join(aligned).rstrip()

    print(f"\n{title}", line(columns), "  ".join("-" * width for width in widths), sep="\n")
    for row in rows:
        print(line(row))
    if notes:
        print(notes)
