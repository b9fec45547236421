"""The schema, as Piccolo tables; constraints and indexes that Piccolo can't say are in the migrations.

Code outside this package reads and writes rows through the functions of ``appliance.db``, which return records.
"""

from appliance.db.tables.changes import (
    Change,
    Download,
    Edit,
    EditItem,
    PurgeHold,
    Rejected,
    Transfer,
)
from appliance.db.tables.helps import RecentSearch, TagRejection
from appliance.db.tables.library import (
    Album,
    AlbumAsset,
    Asset,
    AssetTag,
    Folder,
    PurgeLog,
    SavedSearch,
    Scrub,
    Share,
    Tag,
    Upload,
    Volume,
)
from appliance.db.tables.likeness import AlikePair, GroupMember, KeptApart, Likeness, LikenessTodo
from appliance.db.tables.people import (
    ApiKey,
    Attempt,
    Audit,
    Identity,
    Invite,
    Session,
    Setting,
    SignInFlow,
    SpentToken,
    User,
)
from appliance.db.tables.work import ActiveModel, Embedding, GoldenVector, Job, Model

#: In the order in which they can be created.
TABLES = (
    User, Identity, Session, SignInFlow, SpentToken, Attempt, ApiKey, Invite, Audit, Setting,
    Folder, Asset, Tag, AssetTag, Album, AlbumAsset, Share, SavedSearch, Upload, PurgeLog, Scrub, Volume,
    Model, ActiveModel, Embedding, GoldenVector, Job,
    Change, Edit, EditItem, Transfer, Rejected, Download, PurgeHold,
    RecentSearch, TagRejection,
    Likeness, LikenessTodo, AlikePair, GroupMember, KeptApart,
)  # fmt: skip
