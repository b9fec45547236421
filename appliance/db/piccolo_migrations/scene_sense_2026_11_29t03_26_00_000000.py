"""What helps to search and to tag: recent searches, tags that were refused, and when a kept search was last looked at."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.column_types import (
    UUID,
    BigInt,
    BigSerial,
    Boolean,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
)
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.columns.indexes import IndexMethod
from piccolo.table import Table

ID = "2026-11-29T03:26:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "recent searches, refused tags, and looks at kept searches"

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
_ID = {**_PLAIN, "default": UUID4(), "primary_key": True}


class User(Table, tablename="account", schema=None):
    id = UUID(**_ID)


class Asset(Table, tablename="asset", schema=None):
    id = UUID(**_ID)


class Tag(Table, tablename="tag", schema=None):
    id = UUID(**_ID)


def _refers(to: type[Table], *, index: bool = False) -> dict[str, object]:
    return {
        **_PLAIN,
        "references": to,
        "on_delete": OnDelete.cascade,
        "on_update": OnUpdate.cascade,
        "target_column": None,
        "index": index,
    }


_NOW = {**_PLAIN, "default": TimestamptzNow()}
_TABLES = {"RecentSearch": "recent_search", "TagRejection": "tag_rejection"}
_COLUMNS = (
    ("RecentSearch", "recent_search", "id", BigSerial, {**_PLAIN, "primary_key": True}),
    ("RecentSearch", "recent_search", "owner", ForeignKey, _refers(User)),
    ("RecentSearch", "recent_search", "text", Text, {**_PLAIN, "default": ""}),
    ("RecentSearch", "recent_search", "used_at", Timestamptz, _NOW),
    ("TagRejection", "tag_rejection", "id", BigSerial, {**_PLAIN, "primary_key": True}),
    ("TagRejection", "tag_rejection", "tag", ForeignKey, _refers(Tag)),
    ("TagRejection", "tag_rejection", "asset", ForeignKey, _refers(Asset, index=True)),
    ("TagRejection", "tag_rejection", "rejected_at", Timestamptz, _NOW),
    ("User", "account", "keeps_searches", Boolean, {**_PLAIN, "default": True}),
    ("SavedSearch", "saved_search", "seen_at", Timestamptz, _NOW),
    ("SavedSearch", "saved_search", "seen_model", Integer, {**_PLAIN, "default": None, "null": True}),
    ("SavedSearch", "saved_search", "seen_vector", BigInt, {**_PLAIN, "default": None, "null": True}),
)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="scene_sense", description=DESCRIPTION)
    for class_name, tablename in _TABLES.items():
        manager.add_table(class_name=class_name, tablename=tablename, schema=None, columns=None)
    for class_name, tablename, name, kind, params in _COLUMNS:
        manager.add_column(
            table_class_name=class_name,
            tablename=tablename,
            column_name=name,
            db_column_name=name,
            column_class_name=kind.__name__,
            column_class=kind,
            params=params,
            schema=None,
        )
    return manager
