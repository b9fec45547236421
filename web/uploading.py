"""The one gate through which all uploads of this process come."""

from appliance.library.upload_gate import UploadGate
from web.state import Context


def upload_gate(context: Context) -> UploadGate:
    """The process's gate."""
    return context.part(UploadGate, lambda: UploadGate(context.settings.uploads_at_once))
