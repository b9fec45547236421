"""Albums in the plain model: what they hold, what they let whom see, and what becomes of what is done with them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from uuid import UUID

if TYPE_CHECKING:
    from tests.support.sharing_model import AssetModel, FolderModel, Outcome, WorldModel


@dataclass(eq=False)
class AlbumModel:
    owner: str
    #: A tag, or a folder, that what is in it has to have; None: by hand.
    rule: "str | FolderModel | None" = None
    #: In their order: what is in it, and who put it there.
    rows: "list[tuple[AssetModel, str]]" = field(default_factory=list)
    #: By subject, None being everybody.
    shares: dict[str | None, Literal["add", "view"]] = field(default_factory=dict)
    share_ids: dict[str | None, UUID] = field(default_factory=dict)
    #: From the database, once it is there.
    id: UUID | None = None

    def may(self, person: str) -> Literal["own", "add", "view"] | None:
        if self.owner == person:
            return "own"
        found = {may for subject, may in self.shares.items() if subject in {None, person}}
        return "add" if "add" in found else "view" if found else None

    def holds(self, asset: "AssetModel", world: "WorldModel") -> bool:
        """Whether it is in there, whoever sees it."""
        if self.rule is None:
            return any(asset is each for each, _ in self.rows)
        if isinstance(self.rule, str):
            met = self.rule in asset.tags
        else:
            met = asset.folder is not None and asset.folder in world.below(self.rule)
        return met and asset.owner == self.owner and not asset.trashed

    def lends(self, person: str, asset: "AssetModel", world: "WorldModel") -> bool:
        """Whether somebody sees somebody else's asset by this album, as long as it is out of the trash."""
        if self.may(person) is None or not self.holds(asset, world):
            return False
        if self.rule is not None:
            return True
        put_by = next(by for each, by in self.rows if each is asset)
        return put_by == asset.owner and self.may(put_by) in {"own", "add"}

    def shown(self, person: str, listed: "list[AssetModel]", world: "WorldModel") -> "list[AssetModel]":
        """What somebody sees in it, in its order, of all that they see."""
        if self.may(person) is None:
            return []
        if self.rule is not None:
            return [each for each in listed if self.holds(each, world)]
        return [each for each, _ in self.rows if each in listed]

    def refusal(self, person: str) -> "Outcome | None":
        """What somebody is told who wants to change it."""
        may = self.may(person)
        return "not_found" if may is None else "forbidden" if may != "own" else None

    def put(self, person: str, asset: "AssetModel", world: "WorldModel") -> "Outcome":
        may = self.may(person)
        if may is None:
            return "not_found"
        if self.rule is not None:
            return "conflict" if may == "own" else "forbidden"
        if may == "view":
            return "forbidden"
        if asset.trashed or not world.sees(person, asset):
            return "not_found"
        if may != "own" and asset.owner != person:
            return "forbidden"
        if not self.holds(asset, world):
            self.rows.append((asset, person))
        elif asset.owner == person:
            self.rows = [(each, person if each is asset else by) for each, by in self.rows]
        return "done"

    def take(self, person: str, asset: "AssetModel", world: "WorldModel") -> "Outcome":
        may = self.may(person)
        if may is None:
            return "not_found"
        if self.rule is not None:
            return "conflict"
        mine = [(each, by) for each, by in self.rows if each is asset and (may == "own" or by == person)]
        if not mine and self.holds(asset, world) and not asset.trashed and world.sees(person, asset):
            return "forbidden"
        self.rows = [row for row in self.rows if row not in mine]
        return "done"

    def order(self, person: str, asset: "AssetModel", before: "AssetModel | None") -> "Outcome":
        refusal = self.refusal(person)
        if refusal:
            return refusal
        if self.rule is not None:
            return "conflict"
        inside = [each for each, _ in self.rows]
        if asset not in inside:
            return "not_found"
        if asset is before:
            return "bad_request"
        if before is not None and before not in inside:
            return "not_found"
        [moved] = [row for row in self.rows if row[0] is asset]
        rest = [row for row in self.rows if row is not moved]
        place = len(rest) if before is None else [each for each, _ in rest].index(before)
        self.rows = [*rest[:place], moved, *rest[place:]]
        return "done"

    def share(self, person: str, subject: str | None, may: Literal["add", "view"]) -> "Outcome":
        if subject == person:
            return "bad_request"
        refusal = self.refusal(person)
        if refusal:
            return refusal
        if self.rule is not None and may == "add":
            return "conflict"
        self.shares[subject] = may
        self._drop_guests()
        return "done"

    def end(self, person: str, subject: str | None) -> "Outcome":
        refusal = self.refusal(person)
        if refusal:
            return refusal
        del self.shares[subject]
        self._drop_guests()
        return "done"

    def _drop_guests(self) -> None:
        self.rows = [(asset, by) for asset, by in self.rows if self.may(by) in {"own", "add"}]
