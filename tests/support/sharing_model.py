"""Who may see what, in plain Python: the rules of folders, albums and shares, to compare the database with."""

import itertools
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from tests.support.album_model import AlbumModel

Outcome = Literal["done", "not_found", "forbidden", "conflict", "bad_request"]
Access = Literal["own", "add", "view"]


@dataclass(eq=False)
class FolderModel:
    """A folder; it is the same one whatever it is called and wherever it lies."""

    owner: str
    name: str
    parent: "FolderModel | None"
    #: From the database, once it is there.
    id: UUID | None = None

    @property
    def chain(self) -> "list[FolderModel]":
        """From the top down to this one."""
        return [*(self.parent.chain if self.parent else []), self]

    @property
    def path(self) -> str:
        return "/".join(each.name for each in self.chain)


@dataclass(eq=False)
class AssetModel:
    id: UUID
    owner: str
    #: The later, the higher; two may share one.
    uploaded: int
    #: The higher, the further from what is searched.
    angle: float
    folder: FolderModel | None = None
    trashed: bool = False
    tags: frozenset[str] = frozenset()


@dataclass(eq=False)
class ShareModel:
    folder: FolderModel
    #: None: everybody.
    subject: str | None
    may: Literal["add", "view"]
    id: UUID | None = None

    def lets_in(self, person: str, folder: FolderModel) -> bool:
        """Whether it is by this share that somebody may look at a folder of somebody else."""
        is_meant = self.subject in {None, person} and self.folder.owner != person
        return is_meant and any(each is self.folder for each in folder.chain)


@dataclass
class WorldModel:
    people: list[str]
    folders: list[FolderModel] = field(default_factory=list)
    assets: list[AssetModel] = field(default_factory=list)
    shares: list[ShareModel] = field(default_factory=list)
    albums: list[AlbumModel] = field(default_factory=list)

    # --- who may see what ----------------------------------------------------------------------------------------

    def access(self, person: str, folder: FolderModel) -> Access | None:
        if folder.owner == person:
            return "own"
        found = {share.may for share in self.shares if share.lets_in(person, folder)}
        return "add" if "add" in found else "view" if found else None

    def sees(self, person: str, asset: AssetModel, *, everything: bool = False) -> bool:
        if asset.owner == person:
            return True
        in_reach = asset.folder is not None and self.access(person, asset.folder) is not None
        lent = any(album.lends(person, asset, self) for album in self.albums)
        return not asset.trashed and (everything or in_reach or lent)

    def listed(self, person: str, *, everything: bool = False) -> list[AssetModel]:
        """Visible and not in the trash, the latest first."""
        found = [
            asset
            for asset in self.assets
            if not asset.trashed and self.sees(person, asset, everything=everything)
        ]
        return sorted(found, key=lambda asset: (asset.uploaded, asset.id), reverse=True)

    def shown_path(self, person: str, folder: FolderModel, *, everything: bool = False) -> str:
        chain = folder.chain
        if folder.owner != person and not everything:
            first = next(
                i for i, each in enumerate(chain) if any(share.lets_in(person, each) for share in self.shares)
            )
            chain = chain[first:]
        return "/".join(each.name for each in chain)

    def below(self, folder: FolderModel) -> list[FolderModel]:
        """The folder and all below it."""
        return [each for each in self.folders if any(above is folder for above in each.chain)]

    def at(self, owner: str, path: str) -> FolderModel | None:
        return next((each for each in self.folders if each.owner == owner and each.path == path), None)

    # --- what is done --------------------------------------------------------------------------------------------

    def refusal(self, person: str, folder: FolderModel) -> Outcome | None:
        """What somebody is told who wants to change a folder."""
        access = self.access(person, folder)
        return "not_found" if access is None else "forbidden" if access != "own" else None

    def make(self, person: str, path: str) -> Outcome:
        if self.at(person, path):
            return "conflict"
        self.ensure(person, path)
        return "done"

    def ensure(self, owner: str, path: str) -> FolderModel:
        above: FolderModel | None = None
        names = path.split("/")
        for level in range(1, len(names) + 1):
            found = self.at(owner, "/".join(names[:level]))
            if found is None:
                found = FolderModel(owner, names[level - 1], above)
                self.folders.append(found)
            above = found
        assert above is not None
        return above

    def move(self, person: str, folder: FolderModel, parent: FolderModel | None, name: str) -> Outcome:
        refusal = self.refusal(person, folder) or (self.refusal(person, parent) if parent else None)
        if refusal:
            return refusal
        path = f"{parent.path}/{name}" if parent else name
        if path == folder.path:
            return "done"
        if (parent and folder in parent.chain) or self.at(person, path):
            return "conflict"
        guests = self._guests(folder)
        folder.parent, folder.name = parent, name
        self._send_home(guests, everybody=False)
        return "done"

    def delete(self, person: str, folder: FolderModel) -> Outcome:
        refusal = self.refusal(person, folder)
        if refusal:
            return refusal
        self._send_home(self._guests(folder), everybody=True)
        going = self.below(folder)
        for asset in self.assets:
            if asset.folder in going:
                asset.folder = folder.parent
        self.folders = [each for each in self.folders if each not in going]
        self.shares = [share for share in self.shares if share.folder not in going]
        return "done"

    def share(
        self, person: str, folder: FolderModel, subject: str | None, may: Literal["add", "view"]
    ) -> Outcome:
        if subject == person:
            return "bad_request"
        refusal = self.refusal(person, folder)
        if refusal:
            return refusal
        guests = self._guests(folder)
        former = next(
            (each for each in self.shares if each.folder is folder and each.subject == subject), None
        )
        if former:
            former.may = may
        else:
            self.shares.append(ShareModel(folder, subject, may))
        self._send_home(guests, everybody=False)
        return "done"

    def end(self, person: str, share: ShareModel) -> Outcome:
        refusal = self.refusal(person, share.folder)
        if refusal:
            return refusal
        guests = self._guests(share.folder)
        self.shares.remove(share)
        self._send_home(guests, everybody=False)
        return "done"

    def put(self, person: str, asset: AssetModel, folder: FolderModel | None) -> Outcome:
        if not self.sees(person, asset):
            return "not_found"
        if asset.owner != person:
            return "forbidden"
        access = self.access(person, folder) if folder else "own"
        if access is None:
            return "not_found"
        if access == "view":
            return "forbidden"
        if asset.trashed:
            return "conflict"
        asset.folder = folder
        return "done"

    def _guests(self, folder: FolderModel) -> list[tuple[AssetModel, str]]:
        return [
            (asset, self.shown_path(asset.owner, inside))
            for inside in self.below(folder)
            for asset in self.assets
            if asset.folder is inside and asset.owner != inside.owner
        ]

    def _send_home(self, guests: list[tuple[AssetModel, str]], *, everybody: bool) -> None:
        for asset, path in guests:
            assert asset.folder is not None
            if everybody or self.access(asset.owner, asset.folder) != "add":
                asset.folder = self.ensure(asset.owner, self._home(asset.owner, path))

    def _home(self, owner: str, path: str) -> str:
        shared = {share.folder.path for share in self.shares if share.folder.owner == owner}
        home: list[str] = []
        for name in path.split("/"):
            wanted = itertools.chain([name], (f"{name} {number}" for number in itertools.count(2)))
            home.append(next(each for each in wanted if "/".join([*home, each]) not in shared))
        return "/".join(home)
