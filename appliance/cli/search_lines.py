"""What a search found and what else it has to say, as people read it."""

from collections.abc import Iterator, Mapping, Sequence

from appliance.cli.table import printable, table
from appliance.cli.views import AnswerView, FlawView, HitView

#: As the page says it.
FLAWS: Mapping[str, str] = {
    "filter.empty": "Nothing follows the colon.",
    "filter.many": "There are more filters than can be asked for at once; from here on they are left out.",
    "filter.unknown": "There is no such filter, so this is looked for as a word.",
    "filter.weight": "A filter has no weight: it holds or it doesn't.",
    "quote.open": "The quotation mark is not closed.",
    "value.date": "This is no date. A year, a month or a day looks like 2024, 2024-05 or 2024-05-31.",
    "value.expires": "This says no time. Write a date, or a number of days like 7d.",
    "value.is": "Nothing can be asked for with this word.",
    "value.name": "Nothing can be called so.",
    "value.order": "The end is before the beginning.",
    "value.orientation": "A picture is landscape, portrait or square.",
    "value.rating": "A rating is a number from 1 to 5.",
    "value.size": "This is no size. Write 5MB or 500kB, or 12MP for pixels.",
    "value.type": "There is no such kind of file.",
    "weight.large": "A weight is at most 10.",
    "weight.zero": "A weight of 0 looks for nothing, so this is left out.",
    "words.many": "There are more words and phrases than can be searched for at once; the last ones are left out.",
}

_NOTES: Mapping[str, str] = {
    "query.unknown_script": "The model does not know this script; it found what it could.",
    "query.all_negative": "Everything was asked away, so this is what has least of it.",
}

_DEGRADED: Mapping[str, str] = {
    "loading": "The model is being loaded; only names, tags and other texts were searched.",
    "encoder_down": "The encoder is away; only names, tags and other texts were searched.",
    "no_model": "There is no model; only names, tags and other texts were searched.",
}


def found_lines(hits: Sequence[HitView]) -> list[str]:
    """The hits, best first: how far above chance, or the cosine where that is not known; the path if it is here."""
    return table(
        [
            (
                _standing(hit),
                str(hit.id),
                hit.asset.filename,
                hit.asset.folder or "",
                ",".join(sorted(hit.matched)),
                f"and {hit.group.size - 1} like it" if hit.group and hit.group.size > 1 else "",
                str(hit.asset.path or ""),
            )
            for hit in hits
        ]
    )


def remarks(answer: AnswerView, written: str) -> Iterator[str]:
    """What could not be understood, what else the asker should know, and where the answer ended, a line each."""
    for flaw in answer.flaws:
        yield _flaw(flaw, written)
    if answer.degraded is not None:
        yield _DEGRADED.get(answer.degraded, "Only names, tags and other texts were searched.")
    for code in answer.notes:
        yield _NOTES.get(code, printable(code))
    if not answer.items:
        yield "nothing found; the nearest:" if answer.nearest else "nothing found"
        for line in found_lines(answer.nearest):
            yield f"  {line}"
    elif answer.more_below:
        yield "less likely ones are left out; --more shows them"
    elif answer.more:
        yield "there are more; --limit shows them"


def _standing(hit: HitView) -> str:
    if hit.above_chance is not None:
        return f"{hit.above_chance:+.1f}"
    return "-" if hit.score is None else f"{hit.score:.3f}"


def _flaw(flaw: FlawView, written: str) -> str:
    said = f"`{printable(written[flaw.start : flaw.end])}`: {FLAWS.get(flaw.code, printable(flaw.code))}"
    return f"{said} Did you mean `{printable(flaw.meant)}`?" if flaw.meant else said
