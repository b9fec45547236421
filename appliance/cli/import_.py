"""``scene-sense import PATH…``: pictures of this machine into the library, on the server or over HTTP."""

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    del app
