"""Assets, how they are arranged, and how they come and go."""

from uuid import uuid4

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    DoublePrecision,
    ForeignKey,
    Integer,
    LazyTableReference,
    OnDelete,
    SmallInt,
    Text,
    Timestamp,
    Timestamptz,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from appliance.db.tables.people import User


class Folder(Table):
    """A place in one person's tree; ``path`` is the whole way down, joined by ``/``, and is kept in step."""

    id = UUID(primary_key=True, default=uuid4)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    parent: ForeignKey[Table] = ForeignKey(
        LazyTableReference("Folder", module_path=__name__), null=True, on_delete=OnDelete.cascade
    )
    name = Text(null=False)
    path = Text(null=False)
    default_ttl_seconds = BigInt(null=True, default=None)
    default_tags = Array(base_column=Text(), null=False, default=list)


class Asset(Table):
    """One file in the library. ``state`` is its lifecycle only; work on it is in ``job``.

    The ``found_`` columns keep what the file says of its date once a person has corrected it, which ``taken_source``
    says as well; without a correction they are null. ``purge_asked``: a person emptied it out of their trash.
    """

    id = UUID(primary_key=True, default=uuid4)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    folder = ForeignKey(Folder, null=True, on_delete=OnDelete.set_null, index=True)
    filename = Text(null=False)
    sha256 = Bytea(null=False)
    bytes = BigInt(null=False)
    mime = Text(null=False)
    kind = Text(null=False, default="image")
    width = Integer(null=False)
    height = Integer(null=False)
    taken_at = Timestamp(null=True, default=None)
    taken_offset_minutes = SmallInt(null=True, default=None)
    taken_source = Text(null=True, default=None)
    uploaded_at = Timestamptz(null=False, default=TimestamptzNow())
    camera = Text(null=True, default=None)
    lens = Text(null=True, default=None)
    latitude = DoublePrecision(null=True, default=None)
    longitude = DoublePrecision(null=True, default=None)
    thumbhash = Bytea(null=False)
    mean_color = Integer(null=False)
    media_version = Integer(null=False, default=1)
    description = Text(null=False, default="")
    favourite = Boolean(null=False, default=False)
    rating = SmallInt(null=True, default=None)
    expires_at = Timestamptz(null=True, default=None)
    trashed_at = Timestamptz(null=True, default=None)
    purge_after = Timestamptz(null=True, default=None)
    purge_asked = Boolean(null=False, default=False)
    state = Text(null=False, default="active")
    revision = BigInt(null=False, default=1)
    found_taken_at = Timestamp(null=True, default=None)
    found_taken_offset_minutes = SmallInt(null=True, default=None)
    found_taken_source = Text(null=True, default=None)
    quarantined_at = Timestamptz(null=True, default=None)
    quarantine_code = Text(null=True, default=None)


class Tag(Table):
    """A word that one person puts on assets; upper and lower case are the same tag.

    ``animal/dog`` lies below ``animal``, which need not be a row of its own. ``color`` is 0xRRGGBB.
    """

    id = UUID(primary_key=True, default=uuid4)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    name = Text(null=False)
    color = Integer(null=True, default=None)


class AssetTag(Table):
    """That an asset carries a tag."""

    id = BigSerial(primary_key=True)
    asset = ForeignKey(Asset, null=False, on_delete=OnDelete.cascade)
    tag = ForeignKey(Tag, null=False, on_delete=OnDelete.cascade, index=True)


class Album(Table):
    """A chosen sequence of assets, or with a ``rule`` whatever of the owner's meets that filter."""

    id = UUID(primary_key=True, default=uuid4)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    name = Text(null=False)
    created_at = Timestamptz(null=False, default=TimestamptzNow())
    description = Text(null=False, default="")
    cover = ForeignKey(Asset, null=True, on_delete=OnDelete.set_null, index=True)
    rule = JSONB(null=True, default=None)
    changed_at = Timestamptz(null=False, default=TimestamptzNow())


class AlbumAsset(Table):
    """That an asset is in an album, and where; ``added_by`` is who put it there."""

    id = BigSerial(primary_key=True)
    album = ForeignKey(Album, null=False, on_delete=OnDelete.cascade)
    asset = ForeignKey(Asset, null=False, on_delete=OnDelete.cascade, index=True)
    position = BigInt(null=False, default=0)
    added_by = ForeignKey(User, null=True, on_delete=OnDelete.cascade, index=True)


class Share(Table):
    """What one person lets another look at, or ``add`` to: a folder or an album; a null subject is everybody."""

    id = UUID(primary_key=True, default=uuid4)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    subject = ForeignKey(User, null=True, on_delete=OnDelete.cascade, index=True)
    folder = ForeignKey(Folder, null=True, on_delete=OnDelete.cascade)
    album = ForeignKey(Album, null=True, on_delete=OnDelete.cascade)
    may = Text(null=False, default="view")
    created_at = Timestamptz(null=False, default=TimestamptzNow())


class SavedSearch(Table):
    """A search worth keeping; when its answer was last looked at, and the latest vector of a model at that time."""

    id = UUID(primary_key=True, default=uuid4)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    name = Text(null=False)
    request = JSONB(null=False, default="{}")
    created_at = Timestamptz(null=False, default=TimestamptzNow())
    seen_at = Timestamptz(null=False, default=TimestamptzNow())
    seen_model = Integer(null=True, default=None)
    seen_vector = BigInt(null=True, default=None)


class Upload(Table):
    """Bytes that are complete on the volume and not yet an asset: what ``sweep`` finishes after a crash.

    ``id`` becomes the asset's id. ``request`` and ``facts`` hold all that the commit needs.
    """

    id = UUID(primary_key=True, default=uuid4)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    filename = Text(null=False)
    sha256 = Bytea(null=False)
    bytes = BigInt(null=False)
    request = JSONB(null=False, default="{}")
    facts = JSONB(null=False, default="{}")
    created_at = Timestamptz(null=False, default=TimestamptzNow())


class PurgeLog(Table):
    """What is gone for good: enough to prove that it went, and not what it showed."""

    id = BigSerial(primary_key=True)
    asset = UUID(null=False)
    owner = UUID(null=False)
    sha256 = Bytea(null=False, index=True)
    bytes = BigInt(null=False)
    reason = Text(null=False)
    purged_at = Timestamptz(null=False, default=TimestamptzNow(), index=True)


class Scrub(Table):
    """What the last reading of an original found; an asset that was never read again has no row.

    ``found_bytes`` and ``found_sha256`` are of what was there instead, as far as it was read. ``ok_at`` is the last
    time that all was well: a backup from before then has the right bytes.
    """

    asset = ForeignKey(Asset, primary_key=True, null=False, on_delete=OnDelete.cascade)
    checked_at = Timestamptz(null=False)
    outcome = Text(null=False)
    ok_at = Timestamptz(null=True, default=None)
    found_bytes = BigInt(null=True, default=None)
    found_sha256 = Bytea(null=True, default=None)


class Volume(Table):
    """The storage root that this library's originals are on, by the identity file inside it."""

    id = UUID(primary_key=True, default=uuid4)
    created_at = Timestamptz(null=False, default=TimestamptzNow())
