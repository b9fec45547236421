"""What happened to the library and is happening: changes, edits of many assets, files on their way in and out."""

from uuid import uuid4

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    BigSerial,
    Bytea,
    ForeignKey,
    Integer,
    OnDelete,
    Text,
    Timestamptz,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from appliance.db.tables.library import Asset
from appliance.db.tables.people import User


class Change(Table):
    """That something of one person's changed, written by triggers: revisions and live events come from here.

    ``assets`` are those that are touched, null where they are too many to name. A null ``owner`` concerns everybody.
    """

    id = BigSerial(primary_key=True)
    owner = UUID(null=True, default=None)
    kind = Text(null=False)
    assets = Array(base_column=UUID(), null=True, default=None)
    at = Timestamptz(null=False, default=TimestamptzNow(), index=True)


class Edit(Table):
    """One change of many assets, with its progress; done and taken back in small steps.

    ``tries`` counts how often the next step failed for a reason that nobody foresaw.
    """

    id = UUID(primary_key=True, default=uuid4)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    changes = JSONB(null=False)
    state = Text(null=False, default="running")
    total = Integer(null=False)
    done = Integer(null=False, default=0)
    skipped = Integer(null=False, default=0)
    undone = Integer(null=False, default=0)
    kept = Integer(null=False, default=0)
    error_code = Text(null=True, default=None)
    error_text = Text(null=True, default=None)
    created_at = Timestamptz(null=False, default=TimestamptzNow())
    finished_at = Timestamptz(null=True, default=None)
    tries = Integer(null=False, default=0)
    try_after = Timestamptz(null=True, default=None)


class EditItem(Table):
    """One asset of an edit: ``before`` is what was changed as it was, ``revision`` the asset's after the change."""

    id = BigSerial(primary_key=True)
    edit = ForeignKey(Edit, null=False, on_delete=OnDelete.cascade)
    asset = ForeignKey(Asset, null=False, on_delete=OnDelete.cascade, index=True)
    state = Text(null=False, default="waiting")
    before = JSONB(null=True, default=None)
    revision = BigInt(null=True, default=None)


class Transfer(Table):
    """An upload that comes in pieces; its part file has this id, and so has the asset that it becomes.

    How much has come is the length of the part file, but not what is ``unverified_from`` a place on: a piece whose
    checksum was not looked at yet. ``status`` is null while pieces come, ``finishing`` once all bytes are there.
    Before the first byte its room is its own up to ``reserved_until``.
    """

    id = UUID(primary_key=True, default=uuid4)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    bytes = BigInt(null=False)
    sha256 = Bytea(null=True, default=None)
    request = JSONB(null=False)
    created_at = Timestamptz(null=False, default=TimestamptzNow())
    expires_at = Timestamptz(null=False, index=True)
    reserved_until = Timestamptz(null=True, default=None)
    unverified_from = BigInt(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)
    status = Text(null=True, default=None)
    asset = UUID(null=True, default=None)
    error_code = Text(null=True, default=None)
    error_text = Text(null=True, default=None)


class Rejected(Table):
    """A file that was refused for good, for its person to look up why."""

    id = UUID(primary_key=True, default=uuid4)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    filename = Text(null=False)
    bytes = BigInt(null=False)
    error_code = Text(null=False)
    error_text = Text(null=False)
    rejected_at = Timestamptz(null=False, default=TimestamptzNow())


class Download(Table):
    """A selection that may be fetched as one archive until it expires."""

    id = UUID(primary_key=True, default=uuid4)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    assets = Array(base_column=UUID(), null=False)
    name = Text(null=False)
    created_at = Timestamptz(null=False, default=TimestamptzNow())
    expires_at = Timestamptz(null=False, index=True)


class PurgeHold(Table):
    """That a purge stopped to ask, as it would have taken unusually much; nothing is purged until it is released."""

    id = BigSerial(primary_key=True)
    held_at = Timestamptz(null=False, default=TimestamptzNow())
    due = Integer(null=False)
    due_bytes = BigInt(null=False)
    library = Integer(null=False)
    released_at = Timestamptz(null=True, default=None)
    released_by = UUID(null=True, default=None)
