"""Writes docs/answers.md: real queries, what a running instance answered, and a strip of the pictures of each.

`python -m scripts.answers_doc --write` starts an instance on an empty folder, gives it the project's photos, asks
over HTTP and writes the page and its pictures. Nothing is chosen by hand but the queries.
"""

import argparse
import io
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageOps

from benchmarks.support.filled import Filled, filled
from benchmarks.support.photos import DEFAULT, Photo, read_photos

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "answers.md"
PICTURES = ROOT / "docs" / "images" / "answers"

#: How many pictures of an answer are shown, and the side of each, pixels.
MOST, SIDE, GAP = 8, 112, 4

HEAD = """# What searches find

Queries as people write them, and what Scene-Sense answered: the {count} photos in
[tests/data/photos](../tests/data/photos), the starter model, strength `balanced`, best first, at most {most} shown.
The number under a picture is how many standard deviations its score is above what chance gives. Nothing was chosen
by hand but the queries; mistakes are the model's, and a larger model makes fewer. Written by
`python -m scripts.answers_doc --write`.

Five photos with cats or dogs carry the tag `pets`, and those of beaches lie in the folder `Summer`.
"""

CREDITS = """## Whose photos these are

They come from Flickr by way of MS COCO, are cut to squares and scaled down here, and stay under the licence that
their photographer chose; where it is CC BY-SA, so do the strips with them.

{list}
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One query and why it is shown."""

    title: str
    #: As it is written in the box.
    query: str = ""
    about: str = ""
    #: A photo, by its number, whose middle is handed in as a picture.
    picture: str = ""
    #: Places in the answer without feedback that are said to be right, and wrong.
    right: tuple[int, ...] = ()
    wrong: tuple[int, ...] = ()


CASES = (
    Case("A description", "a plate of food"),
    Case("Another", "a baseball player"),
    Case("A harder one", "a man doing a trick on a skateboard", "Too little above chance to be sure."),
    Case("Not that", "a kitchen -pizza", "Kitchens, and what shows a pizza comes later or not at all."),
    Case("Both, one of them more", "2*snow + mountains", "The snow counts twice."),
    Case("A description and a tag", "tag:pets a dog", "Only what carries the tag, the best first."),
    Case("A filter alone", "folder:Summer orientation:landscape", "No words: the newest first."),
    Case("A name", "coco_000000361919", "A file's name finds the file, with or without its ending."),
    Case("A picture", "", "The middle of a photo was handed in; it is not kept.", picture="000000565776"),
    Case("A picture and words", "a street", "The same way, with words beside it.", picture="000000568290"),
    Case(
        "Feedback", "a street in the city", "The fourth was marked as right before, and the first as wrong.",
        right=(3,), wrong=(0,),
    ),
    Case("What can't be understood", "a dog before:yesterdy"),
    Case("What is not there", "a volcanic eruption with lava", "Nothing is above chance."),
    Case("A script that the model does not know", "собака на пляже"),
)  # fmt: skip


@dataclass(slots=True)
class _Page:
    """The page so far."""

    photos: Sequence[Photo]
    filled: Filled
    shown: set[int] = field(default_factory=set)

    def section(self, number: int, case: Case) -> str:
        """One query with its answer; the strip is drawn."""
        asked = self._asked(case)
        answer = self.filled.search(**asked)
        parts = [f"## {case.title}\n"]
        if case.query:
            parts.append(f"    {case.query}\n")
        if case.picture:
            place = self._place(case.picture)
            name = f"{number:02}-asked.webp"
            self._strip([(place, "asked")], name)
            parts.append(f"![the picture that was handed in](images/answers/{name})\n")
        if case.about:
            parts.append(f"{case.about}\n")
        parts += [f"{line}\n" for line in _remarks(answer, case.query)]
        hits = (answer["items"] or answer.get("nearest") or [])[:MOST]
        if hits:
            name = f"{number:02}.webp"
            self._strip([(self.filled.place(hit["id"]), _standing(hit)) for hit in hits], name)
            parts.append(f"![{_described(self.photos, self.filled, hits)}](images/answers/{name})\n")
        return "\n".join(parts)

    def _asked(self, case: Case) -> dict[str, Any]:
        asked: dict[str, Any] = {"strength": "balanced"}
        if case.query:
            asked["q"] = case.query
        if case.picture:
            handle = self.filled.hand_in(_middle(self.photos[self._place(case.picture)]))
            asked["terms"] = [{"picture": handle}]
        if case.right or case.wrong:
            plain = [hit["id"] for hit in self.filled.search(**{**asked, "strength": "all"})["items"]]
            asked["right"] = [plain[place] for place in case.right]
            asked["wrong"] = [plain[place] for place in case.wrong]
        return asked

    def _place(self, number: str) -> int:
        return next(place for place, photo in enumerate(self.photos) if number in photo.path.stem)

    def _strip(self, wanted: Sequence[tuple[int, str]], name: str) -> None:
        strip = Image.new("RGB", (len(wanted) * (SIDE + GAP) - GAP, SIDE + 14), "white")
        draw = ImageDraw.Draw(strip)
        for column, (place, said) in enumerate(wanted):
            self.shown.add(place)
            with Image.open(self.photos[place].path) as opened:
                square = ImageOps.fit(opened.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)
            strip.paste(square, (column * (SIDE + GAP), 0))
            draw.text((column * (SIDE + GAP) + SIDE / 2, SIDE + 1), said, fill="#333333", anchor="ma")
        strip.save(PICTURES / name, "WEBP", quality=62, method=6)

    def credits(self) -> str:
        """The photos that are shown, with their licences."""
        links = {
            "CC BY 2.0": "https://creativecommons.org/licenses/by/2.0/",
            "CC BY-SA 2.0": "https://creativecommons.org/licenses/by-sa/2.0/",
        }
        lines = []
        for licence, link in links.items():
            names = [
                photo.path.stem.removeprefix("coco_").lstrip("0")
                for place, photo in enumerate(self.photos)
                if place in self.shown and photo.licence == licence
            ]
            text = f"[{licence}]({link}): COCO {', '.join(sorted(names, key=int))}. Each photo's page at Flickr is in"
            lines.append(textwrap.fill(f"- {text} [SOURCES.md](../tests/data/photos/SOURCES.md).", 118))
        return CREDITS.format(list="\n".join(lines))


def main() -> None:
    """Ask, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m scripts.answers_doc", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/answers.md and its pictures")
    if not parser.parse_args().write:
        parser.error("there is only --write")
    photos = read_photos(DEFAULT)
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    with filled(photos) as instance:
        for place, changes in _described_as(photos):
            instance.edit(place, **changes)
        page = _Page(photos, instance)
        head = HEAD.format(count=len(photos), most=MOST)
        sections = [page.section(number, case) for number, case in enumerate(CASES, 1)]
        PAGE.write_text("\n".join([head, *sections, page.credits()]), encoding="utf-8")


def _described_as(photos: Sequence[Photo]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    pets = [place for place, photo in enumerate(photos) if {"a cat", "a dog"} & photo.labels][:5]
    for place in pets:
        yield place, {"tags": ["pets"]}
    for place, photo in enumerate(photos):
        if "the beach" in photo.labels:
            yield place, {"folder": "Summer"}


def _middle(photo: Photo) -> bytes:
    with Image.open(photo.path) as opened:
        width, height = opened.size
        box = (width // 6, height // 6, width - width // 6, height - height // 6)
        out = io.BytesIO()
        opened.convert("RGB").crop(box).save(out, "JPEG", quality=80)
    return out.getvalue()


def _remarks(answer: Mapping[str, Any], query: str) -> Iterator[str]:
    for flaw in answer.get("flaws", ()):
        meant = f", and `{flaw['meant']}` offered" if flaw["meant"] else ""
        yield f"`{query[flaw['start'] : flaw['end']]}` was left out as `{flaw['code']}`{meant}."
    for note in answer.get("notes", ()):
        yield f"The answer says `{note}`."
    if not answer["items"]:
        yield "Nothing was found; the nearest:"
    elif len(answer["items"]) > MOST:
        yield f"{len(answer['items'])} were found."


def _standing(hit: Mapping[str, Any]) -> str:
    if "name" in hit["matched"]:
        return "name"
    if hit.get("above_chance") is not None:
        return f"{hit['above_chance']:+.1f}"
    return ", ".join(hit.get("matched") or ()) or "newest"


def _described(photos: Sequence[Photo], instance: Filled, hits: Sequence[Mapping[str, Any]]) -> str:
    """What is on the pictures, for who doesn't see them."""
    captions = [photos[instance.place(hit["id"])].captions[0].strip().rstrip(".") for hit in hits[:3]]
    return "; ".join(captions).replace("[", "(").replace("]", ")")


if __name__ == "__main__":
    main()
