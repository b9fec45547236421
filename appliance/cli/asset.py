"""``scene-sense asset show|set|trash|restore|failed|retry``: single assets, on the server or over HTTP."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    del app
