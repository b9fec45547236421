"""What the source of an ``add`` means: a folder, an archive, the address of one, or a preset of the catalogue."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from appliance.clip.catalogue import read_catalogue
from appliance.errors import UsageError
from appliance.library.shelf.archives import is_archive
from appliance.library.shelf.download import Item, shown
from appliance.records.presets import Preset

#: Endings that name an archive, and not a part of the model's name.
_ENDINGS = re.compile(r"\.(zip|tar|tgz|txz|tbz2|tar\.(gz|xz|bz2|zst))$", re.IGNORECASE)
#: The name under which a downloaded archive is kept until it is unpacked.
ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model is to come from; one of ``folder``, ``archive`` and ``items`` says it."""

    #: The name that it gets when none is given.
    name: str
    #: As it is remembered: without user, password and query.
    said: str
    folder: Path | None = None
    archive: Path | None = None
    #: What is to be fetched: the one archive, or the files of a preset.
    items: tuple[Item, ...] = ()
    #: Of the archive, in hex, as the owner gave it; empty otherwise.
    sha256: str = ""
    #: What the catalogue says of it.
    preset: Preset | None = None

    @property
    def packed(self) -> bool:
        """Whether what comes is an archive."""
        return self.archive is not None or (bool(self.items) and self.preset is None)


def find_source(text: str, *, base: str | None = None, sha256: str | None = None) -> Source:
    """What ``text`` means. ``base`` is the address to fetch a preset's files from; ``sha256`` that of an archive.

    Raises:
        UsageError: it means nothing, or the options don't go with it.
    """
    pinned = (sha256 or "").lower()
    if pinned and not re.fullmatch(r"[0-9a-f]{64}", pinned):
        raise UsageError("--sha256 takes 64 hexadecimal digits.")
    preset = read_catalogue().find(text)
    if preset is not None and not Path(text).exists():
        found = _of_preset(preset, base)
    elif base is not None:
        raise UsageError(
            f"--from goes with the name of a preset, and {text} is none; `model recommend` lists them."
        )
    elif re.match(r"https?://", text):
        found = _of_address(text, pinned)
    else:
        found = _of_path(Path(text), pinned)
    if pinned and not found.packed:
        raise UsageError("--sha256 goes with an archive; the files of a folder are hashed one by one.")
    return found


def _of_preset(preset: Preset, base: str | None) -> Source:
    if preset.built_in:
        raise UsageError(f"The model {preset.name} is built in.")
    if not preset.files:
        raise UsageError(
            f"Which files {preset.name} consists of isn't known to this release, since its weights lie in many."
            f" Copy the whole repository {preset.repository} with a tool of yours, and add the folder."
        )
    root = base or f"{read_catalogue().hub}/{preset.repository}/resolve/main"
    if not re.match(r"https?://", root):
        raise UsageError(f"--from takes an address that begins with https:// or http://, not {root}.")
    items = (Item(f"{root.rstrip('/')}/{file.name}", file.name, file.sha256) for file in preset.files)
    return Source(name=preset.name, said=shown(root), items=tuple(items), preset=preset)


def _of_address(url: str, sha256: str) -> Source:
    parts = urlsplit(url)
    if not parts.hostname:
        raise UsageError(f"{url} is no address of an archive.")
    path = unquote(parts.path).rstrip("/")
    for preset in read_catalogue().presets:
        if preset.repository and re.search(
            rf"/{re.escape(preset.repository)}(/(resolve|tree|blob)/[^/]+)?$", path
        ):
            revision = path.rpartition(preset.repository)[2].replace("/tree/", "/resolve/")
            base = url.partition(preset.repository)[0] + preset.repository
            return _of_preset(preset, base + (revision.replace("/blob/", "/resolve/") or "/resolve/main"))
    name = _ENDINGS.sub("", path.rpartition("/")[2])
    return Source(name=name, said=shown(url), items=(Item(url, ARCHIVE, sha256),), sha256=sha256)


def _of_path(path: Path, sha256: str) -> Source:
    whole = path.expanduser().absolute()
    if whole.is_dir():
        return Source(name=whole.resolve().name, said=str(whole), folder=whole)
    if not whole.exists():
        raise UsageError(
            f"There is no folder or archive {path}, and no preset of this name; `scene-sense model recommend --all`"
            " lists the presets."
        )
    if not is_archive(whole):
        raise UsageError(
            f"{path} is neither a folder nor an archive that can be unpacked (zip, tar, tar.gz, tar.xz)."
        )
    return Source(name=_ENDINGS.sub("", whole.name), said=str(whole), archive=whole, sha256=sha256)
