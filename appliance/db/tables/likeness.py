"""What is known of how pictures are alike, all of which can be computed again but a person's word."""

from uuid import uuid4

from piccolo.columns import (
    UUID,
    BigInt,
    BigSerial,
    Bytea,
    ForeignKey,
    Integer,
    OnDelete,
    Real,
    Text,
    Timestamptz,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from appliance.db.tables.library import Asset


class Likeness(Table):
    """The print of a picture, 32 by 32 cells of brightness, and its hash; ``owner`` repeats the asset's."""

    asset = ForeignKey(Asset, primary_key=True, null=False, on_delete=OnDelete.cascade)
    owner = UUID(null=False)
    media_version = Integer(null=False)
    hash = BigInt(null=False)
    print = Bytea(null=False)


class LikenessTodo(Table):
    """That an asset is to be compared anew; without an asset: that all are. Rows are only added and removed."""

    id = BigSerial(primary_key=True)
    asset = UUID(null=True, default=None)


class AlikePair(Table):
    """That two assets of one person are alike, ``one`` having the lower id; the higher ``closeness``, the more."""

    id = BigSerial(primary_key=True)
    kind = Text(null=False)
    one = ForeignKey(Asset, null=False, on_delete=OnDelete.cascade)
    other = ForeignKey(Asset, null=False, on_delete=OnDelete.cascade, index=True)
    closeness = Real(null=False)


class GroupMember(Table):
    """That an asset is in a group, one of each kind at most: ``duplicate``, ``burst``, or ``alike``, which is both.

    A group of ``alike`` that is made of a single one of the others has the same id.
    """

    id = BigSerial(primary_key=True)
    asset = ForeignKey(Asset, null=False, on_delete=OnDelete.cascade)
    kind = Text(null=False)
    group = UUID(null=False, db_column_name="group_id", default=uuid4)
    owner = UUID(null=False)


class KeptApart(Table):
    """That a person said of two assets, ``one`` having the lower id, that they are not to be in one group."""

    id = BigSerial(primary_key=True)
    one = ForeignKey(Asset, null=False, on_delete=OnDelete.cascade)
    other = ForeignKey(Asset, null=False, on_delete=OnDelete.cascade, index=True)
    said_at = Timestamptz(null=False, default=TimestamptzNow())
