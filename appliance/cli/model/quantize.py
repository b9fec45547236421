"""``scene-sense model quantize NAME``: a faster, less exact model of one that is here, measured before it is kept."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from appliance.cli.context import JsonOption, bytes_text, print_json, run, settings_of
from appliance.cli.model.common import NameArgument
from appliance.cli.table import table
from appliance.cores import cores
from appliance.errors import UsageError
from appliance.library.appliance import open_appliance
from appliance.library.quantize import Made, quantize
from appliance.library.samples import Samples, of_folder, of_library
from appliance.media.decoder import Decoder
from appliance.records.agreement import Agreement
from appliance.records.media import DecodeLimits, PixelSpec
from appliance.settings import Settings

#: Below this the figures say little.
_FEW = 50


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("quantize")(quantize_command)


def quantize_command(
    context: typer.Context,
    name: NameArgument,
    *,
    to: Annotated[
        Literal["int8", "bf16"],
        typer.Option(help="int8: for any processor; bf16: for those that have it, with OpenVINO."),
    ] = "int8",
    queries: Annotated[
        Path | None,
        typer.Option(
            help="File with texts to compare on, one a line; else saved searches, or common ones.",
            show_default=False,
        ),
    ] = None,
    photos: Annotated[
        Path | None,
        typer.Option(help="Folder of photos to compare on, instead of the library's.", show_default=False),
    ] = None,
    sample: Annotated[int, typer.Option(min=10, max=5000, help="How many pictures to compare on.")] = 200,
    keep: Annotated[bool, typer.Option("--keep", "--yes", help="Keep it without asking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make NAME-int8 or NAME-bf16, show how far it agrees with NAME on your own pictures, and ask whether to keep it.

    Nothing uses the new model until its set is filled and switched to.
    """
    settings = settings_of(context)
    texts = _read(queries) if queries else []

    async def pictures(spec: PixelSpec) -> Samples:
        return await _samples(settings, photos, spec, sample, texts)

    made = run(
        quantize(
            name,
            to,
            settings,
            sample=pictures,
            tell=lambda line: None if as_json else typer.echo(line, err=True),
            keep=lambda agreement: _decide(agreement, keep=keep, as_json=as_json),
        )
    )
    if as_json:
        print_json(made)
    else:
        typer.echo(outcome(made))


async def _samples(
    settings: Settings, photos: Path | None, spec: PixelSpec, limit: int, texts: list[str]
) -> Samples:
    if photos is None:
        async with open_appliance(
            settings, towers=frozenset(), decoder_processes=cores(), pool_size=2
        ) as appliance:
            return await of_library(
                appliance.db, appliance.store, appliance.decoder, spec, limit=limit, queries=texts
            )
    limits = DecodeLimits(
        max_pixels=settings.max_pixels,
        timeout_seconds=settings.decode_timeout_seconds,
        memory_bytes=settings.decode_memory_bytes,
    )
    async with Decoder(limits, cores()) as decoder:
        return await of_folder(photos, decoder, spec, limit=limit, queries=texts)


def _read(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} can't be read: {error}.") from error
    texts = [line.strip() for line in lines if line.strip()]
    if not texts:
        raise UsageError(f"{path} has no texts in it.")
    return texts


def _decide(agreement: Agreement, *, keep: bool, as_json: bool) -> bool:
    if not as_json:
        for line in lines(agreement):
            typer.echo(line)
    if keep:
        return True
    return not as_json and sys.stdin.isatty() and typer.confirm("Keep it?")


def lines(agreement: Agreement) -> list[str]:
    """The agreement as people read it."""
    recall = agreement.recall10
    rows = [
        ["", "least", "mean"],
        [
            "cosine of a picture's two vectors",
            *_figures(agreement.picture_cosine_min, agreement.picture_cosine_mean),
        ],
        ["cosine of a text's two vectors", *_figures(agreement.text_cosine_min, agreement.text_cosine_mean)],
    ]
    found = [
        ["of the first ten pictures found, the same", f"{agreement.top10_overlap:.1%}"],
        ["searches with the same first picture", f"{agreement.same_first:.1%}"],
        ["searches whose first picture stays in the first ten", f"{agreement.first_in_top10:.1%}"],
    ]
    cost = [
        ["", "before", "after"],
        ["files", *(bytes_text(size) for size in agreement.bytes)],
        ["processor time of a picture", *(f"{value:.1f} ms" for value in agreement.picture_ms)],
        ["processor time of a text", *(f"{value:.1f} ms" for value in agreement.text_ms)],
    ]
    if recall is not None:
        cost.append(
            ["captions that find their picture in the first ten", *(f"{value:.1%}" for value in recall)]
        )
    said = [f"on {agreement.pictures} pictures and {agreement.texts} texts ({agreement.source}):"]
    said += [*table(rows), "", *table(found), "", *table(cost), ""]
    if agreement.batch == 1:
        said.append(
            "Pictures are encoded one by one: beside others a picture's vector would change"
            f" (cosine {agreement.neighbours_cosine_min:.4f})."
        )
    if agreement.pictures < _FEW:
        said.append("On so few pictures these figures say little.")
    return said


def _figures(*values: float) -> list[str]:
    return [f"{value:.4f}" for value in values]


def outcome(made: Made) -> str:
    """What became of it, and what comes next."""
    if not made.kept:
        return f"{made.name} was not kept; with --keep it is, without a question."
    return (
        f"{made.name} is here; `scene-sense model fill {made.name}` makes its set, and search stays as it is."
    )
