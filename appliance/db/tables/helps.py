"""What helps a person to search and to tag: what they looked for, and what they said no to."""

from piccolo.columns import BigSerial, ForeignKey, OnDelete, Text, Timestamptz
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from appliance.db.tables.library import Asset, Tag
from appliance.db.tables.people import User


class RecentSearch(Table):
    """What a person looked for, as they wrote it; each text once, and only the latest ones."""

    id = BigSerial(primary_key=True)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    text = Text(null=False)
    used_at = Timestamptz(null=False, default=TimestamptzNow())


class TagRejection(Table):
    """That a tag is not for an asset, as the tag's owner said: it is not suggested there again."""

    id = BigSerial(primary_key=True)
    tag = ForeignKey(Tag, null=False, on_delete=OnDelete.cascade)
    asset = ForeignKey(Asset, null=False, on_delete=OnDelete.cascade, index=True)
    rejected_at = Timestamptz(null=False, default=TimestamptzNow())
