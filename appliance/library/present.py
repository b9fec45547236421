"""Assets under their public names: one shape for every surface that shows them."""

from base64 import b64encode
from typing import Any

from appliance.records.assets import Asset, JobState, Taken


def asset_body(asset: Asset) -> dict[str, Any]:
    """The asset's fields under their public names; times, ids and enumerations as they are."""
    facts = asset.facts
    return {
        "id": asset.id,
        "owner": {"id": asset.owner, "name": asset.owner_name},
        "mine": asset.mine,
        "filename": asset.filename,
        "folder": asset.folder,
        "folder_id": asset.folder_id,
        "tags": list(asset.tags),
        "mime": facts.mime,
        "kind": facts.kind,
        "bytes": asset.bytes,
        "sha256": asset.sha256.hex(),
        "width": facts.width,
        "height": facts.height,
        "taken": _taken(facts.taken),
        "camera": facts.camera,
        "lens": facts.lens,
        "latitude": facts.latitude,
        "longitude": facts.longitude,
        "thumbhash": b64encode(facts.thumbhash).decode("ascii"),
        "mean_color": f"#{facts.mean_color:06x}",
        "media_version": asset.media_version,
        "uploaded_at": asset.uploaded_at,
        "expires_at": asset.expires_at,
        "state": asset.state,
        "trashed_at": asset.trashed_at,
        "purge_after": asset.purge_after,
        "description": asset.description,
        "favourite": asset.favourite,
        "rating": asset.rating,
        "revision": asset.revision,
        "index": _index(asset.jobs),
    }


def _taken(taken: Taken | None) -> dict[str, Any] | None:
    if taken is None:
        return None
    return {"local": taken.local, "offset_minutes": taken.offset_minutes, "source": taken.source}


def _index(jobs: tuple[JobState, ...]) -> dict[str, Any]:
    embeds = [job for job in jobs if job.kind == "embed"]
    if not embeds:
        return {"state": "pending", "attempts": 0, "error_code": None, "error_text": None}
    job = embeds[-1]
    return {
        "state": job.state,
        "attempts": job.attempts,
        "error_code": job.error_code,
        "error_text": job.error_text,
    }
