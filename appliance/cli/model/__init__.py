"""``scene-sense model …``: the models that may place pictures and words, one file for each verb."""

from types import ModuleType

import typer

from appliance.cli.model import (
    add,
    compare,
    drop,
    fill,
    list_,
    pause,
    quantize,
    recommend,
    remove,
    switch,
    undo,
    verify,
)

#: One module for each verb, in the order of the help; each has ``register(group)``.
VERBS: tuple[ModuleType, ...] = (
    recommend, add, list_, verify, quantize, fill, compare, switch, undo, pause, drop, remove,
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="Models and their sets of vectors.", rich_markup_mode=None)
    for verb in VERBS:
        verb.register(group)
    app.add_typer(group, name="model")
