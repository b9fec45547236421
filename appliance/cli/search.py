"""``scene-sense search TEXT``: the pictures that fit a description, on the server or over HTTP."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    del app
