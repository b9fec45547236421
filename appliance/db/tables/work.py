"""Models, their vectors, and the background work that is to be done."""

from piccolo.columns import (
    UUID,
    BigSerial,
    ForeignKey,
    Integer,
    OnDelete,
    Serial,
    SmallInt,
    Text,
    Timestamptz,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from appliance.db.columns import HalfVec
from appliance.db.tables.library import Asset


class Model(Table):
    """A model whose vectors are or were kept here; ``identity`` is the hash over all that shapes a vector."""

    id = Serial(primary_key=True)
    identity = Text(null=False, unique=True)
    name = Text(null=False)
    dimension = Integer(null=False)
    precision = Text(null=False, default="fp32")
    state = Text(null=False, default="ready")
    created_at = Timestamptz(null=False, default=TimestamptzNow())


class ActiveModel(Table):
    """One row: the model that answers searches, and the one before it."""

    id = SmallInt(primary_key=True, default=1)
    model = ForeignKey(Model, null=False, on_delete=OnDelete.restrict)
    previous = ForeignKey(Model, null=True, on_delete=OnDelete.set_null)
    switched_at = Timestamptz(null=False, default=TimestamptzNow())


class Embedding(Table):
    """One vector of one moment of one asset by one model.

    ``owner`` repeats the asset's on purpose: exact scans of one person's vectors need no join.
    """

    id = BigSerial(primary_key=True)
    asset = ForeignKey(Asset, null=False, on_delete=OnDelete.cascade)
    moment_ms = Integer(null=False, default=0)
    model = ForeignKey(Model, null=False, on_delete=OnDelete.cascade)
    owner = UUID(null=False)
    vector = HalfVec(null=False)


class GoldenVector(Table):
    """What a model gave for fixed inputs when it was first used; a later difference is an alarm."""

    id = BigSerial(primary_key=True)
    model = ForeignKey(Model, null=False, on_delete=OnDelete.cascade)
    input = Text(null=False)
    vector = HalfVec(null=False)


class Job(Table):
    """One piece of work on one asset. The row is the truth; messages only wake somebody to look here."""

    id = BigSerial(primary_key=True)
    asset = ForeignKey(Asset, null=False, on_delete=OnDelete.cascade)
    kind = Text(null=False)
    model = ForeignKey(Model, null=True, on_delete=OnDelete.cascade)
    state = Text(null=False, default="pending")
    attempts = SmallInt(null=False, default=0)
    priority = SmallInt(null=False, default=0)
    run_after = Timestamptz(null=False, default=TimestamptzNow())
    lease = UUID(null=True, default=None)
    lease_until = Timestamptz(null=True, default=None)
    error_code = Text(null=True, default=None)
    error_text = Text(null=True, default=None)
    created_at = Timestamptz(null=False, default=TimestamptzNow())
    changed_at = Timestamptz(null=False, default=TimestamptzNow())
