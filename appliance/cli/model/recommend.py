"""``scene-sense model recommend``: which model to take, for one's languages and this machine."""

from dataclasses import replace
from typing import Annotated

import typer

from appliance.cli.context import JsonOption, bytes_text, print_json, settings_of
from appliance.cli.model.common import languages_text
from appliance.cli.table import table
from appliance.clip.catalogue import read_catalogue
from appliance.errors import UsageError
from appliance.library.shelf.recommend import find_machine
from appliance.library.shelf.recommend import recommend as recommend_models
from appliance.records.presets import Advice, Machine, Preset


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("recommend")(recommend)


def recommend(
    context: typer.Context,
    *,
    language: Annotated[str, typer.Option(help="Languages that people search in, as codes: de,en.")] = "en",
    memory: Annotated[
        float | None, typer.Option(min=0.25, metavar="GIB", help="Memory, GiB.", show_default="as found here")
    ] = None,
    gpu: Annotated[
        bool | None,
        typer.Option("--gpu/--no-gpu", help="Whether a GPU is used.", show_default="as found here"),
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="List the whole catalogue instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say which models fit, why, and how to get them. Nothing is fetched."""
    settings_of(context)
    if show_all:
        _show_all(as_json=as_json)
        return
    machine = find_machine()
    if memory is not None:
        machine = replace(machine, memory_bytes=round(memory * 1024**3))
    if gpu is not None:
        machine = replace(machine, gpu=gpu, gpu_memory_bytes=machine.gpu_memory_bytes if gpu else None)
    languages = tuple(dict.fromkeys(code.strip().lower() for code in language.split(",") if code.strip()))
    if not languages:
        raise UsageError("--language takes codes with commas between them, for example de,en.")
    found = recommend_models(languages, machine)
    if as_json:
        print_json({"machine": machine, "languages": languages, "advice": [_as_json(item) for item in found]})
    else:
        for line in lines(found, languages, machine):
            typer.echo(line)
    if not found:
        raise typer.Exit(1)


def lines(found: tuple[Advice, ...], languages: tuple[str, ...], machine: Machine) -> list[str]:
    """The advice as people read it, with where its figures are from."""
    place = "a GPU" if machine.gpu else "no GPU"
    said = [f"For {', '.join(languages)} on a machine with {bytes_text(machine.memory_bytes)} and {place}:"]
    if not found:
        return [*said, "no model of the catalogue fits; more memory, or a GPU, would let one."]
    for number, advice in enumerate(found, 1):
        preset = advice.preset
        said += [
            f"{number}. {preset.name} ({preset.title}, {preset.licence})",
            f"   {preset.notes}",
            f"   {advice.why}",
            f"   {advice.command or 'It is built in.'}",
        ]
    sources = read_catalogue().sources
    return [*said, f"Recall: {sources['recall']}", f"Memory and ms: {sources['cost']}"]


def _show_all(*, as_json: bool) -> None:
    catalogue = read_catalogue()
    if as_json:
        print_json([_preset_as_json(preset) for preset in catalogue.presets])
        return
    head = ("PRESET", "NUMBERS", "RECALL EN", "LANGUAGES", "MIB", "MS", "USE", "LICENCE")
    for line in table([head, *(_row(preset) for preset in catalogue.presets)]):
        typer.echo(line)
    typer.echo(f"Recall: {catalogue.sources['recall']}\nMIB and MS: {catalogue.sources['cost']}", err=True)


def _row(preset: Preset) -> tuple[str, ...]:
    return (
        preset.name,
        str(preset.dimension or "?"),
        f"{preset.recall['en']:.1f}" if "en" in preset.recall else "?",
        languages_text(preset.languages),
        str(preset.memory_mib or "?"),
        str(preset.ms or "?"),
        preset.use,
        preset.licence,
    )


def _as_json(advice: Advice) -> dict[str, object]:
    return {**_preset_as_json(advice.preset), "why": advice.why, "command": advice.command}


def _preset_as_json(preset: Preset) -> dict[str, object]:
    return {
        "name": preset.name, "title": preset.title, "repository": preset.repository, "licence": preset.licence,
        "use": preset.use, "dimension": preset.dimension, "memory_mib": preset.memory_mib, "ms": preset.ms,
        "languages": preset.languages, "recall": dict(preset.recall), "notes": preset.notes,
    }  # fmt: skip
