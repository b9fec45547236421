"""Which pictures are nearly the same: their prints, pairs and groups, and what a person said of them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.column_types import (
    UUID,
    BigInt,
    BigSerial,
    Bytea,
    ForeignKey,
    Integer,
    Real,
    Text,
    Timestamptz,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table

ID = "2026-11-29T03:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "pictures that are alike"

_PLAIN = {
    "null": False,
    "primary_key": False,
    "unique": False,
    "index": False,
    "index_method": IndexMethod.btree,
    "choices": None,
    "db_column_name": None,
    "secret": False,
}


class Asset(Table, tablename="asset", schema=None):
    id = UUID(**{**_PLAIN, "default": UUID4(), "primary_key": True})


def _asset(**more: object) -> dict[str, object]:
    return {
        **_PLAIN,
        "references": Asset,
        "on_delete": OnDelete.cascade,
        "on_update": OnUpdate.cascade,
        "target_column": None,
        **more,
    }


_SERIAL = {**_PLAIN, "primary_key": True}
_TEXT = {**_PLAIN, "default": ""}
_OWNER = {**_PLAIN, "default": UUID4()}
_GROUP = {**_OWNER, "db_column_name": "group_id"}
_TABLES = {
    "Likeness": "likeness",
    "LikenessTodo": "likeness_todo",
    "AlikePair": "alike_pair",
    "GroupMember": "group_member",
    "KeptApart": "kept_apart",
}
_COLUMNS = (
    ("Likeness", "asset", ForeignKey, _asset(primary_key=True)),
    ("Likeness", "owner", UUID, _OWNER),
    ("Likeness", "media_version", Integer, {**_PLAIN, "default": 0}),
    ("Likeness", "hash", BigInt, {**_PLAIN, "default": 0}),
    ("Likeness", "print", Bytea, {**_PLAIN, "default": b""}),
    ("LikenessTodo", "id", BigSerial, _SERIAL),
    ("LikenessTodo", "asset", UUID, {**_PLAIN, "default": None, "null": True}),
    ("AlikePair", "id", BigSerial, _SERIAL),
    ("AlikePair", "kind", Text, _TEXT),
    ("AlikePair", "one", ForeignKey, _asset()),
    ("AlikePair", "other", ForeignKey, _asset(index=True)),
    ("AlikePair", "closeness", Real, {**_PLAIN, "default": 0.0}),
    ("GroupMember", "id", BigSerial, _SERIAL),
    ("GroupMember", "asset", ForeignKey, _asset()),
    ("GroupMember", "kind", Text, _TEXT),
    ("GroupMember", "group", UUID, _GROUP),
    ("GroupMember", "owner", UUID, _OWNER),
    ("KeptApart", "id", BigSerial, _SERIAL),
    ("KeptApart", "one", ForeignKey, _asset()),
    ("KeptApart", "other", ForeignKey, _asset(index=True)),
    ("KeptApart", "said_at", Timestamptz, {**_PLAIN, "default": TimestamptzNow()}),
)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="scene_sense", description=DESCRIPTION)
    for class_name, tablename in _TABLES.items():
        manager.add_table(class_name=class_name, tablename=tablename, schema=None, columns=None)
    for class_name, name, kind, params in _COLUMNS:
        manager.add_column(
            table_class_name=class_name,
            tablename=_TABLES[class_name],
            column_name=name,
            db_column_name=params["db_column_name"] or name,
            column_class_name=kind.__name__,
            column_class=kind,
            params=params,
            schema=None,
        )
    return manager
