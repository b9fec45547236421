"""Settings about files on their way in."""

from pydantic import Field

from appliance.settings.people import PeopleSettings


class UploadSettings(PeopleSettings):
    """How many uploads there may be, and how long one that is not finished waits."""

    upload_expiry_hours: float = Field(
        48.0,
        gt=0,
        le=24 * 30,
        description="An upload in pieces is dropped when no piece came for this long, hours.",
    )
    uploads_per_person: int = Field(
        100, ge=1, le=10_000, description="Most uploads in pieces that one person may have unfinished."
    )
    uploads_at_once: int = Field(
        64, ge=1, le=1000, description="Most uploads that the web process takes in at a time."
    )
