"""The settings: what they mean, where they come from, and one refusal that lists everything wrong with them."""

from appliance.settings.fields import MIB, Settings, default_data_path
from appliance.settings.reading import CLIENT_KEY, CLIENT_NAMES, CLIENT_SERVER, SECRETS, load

__all__ = [
    "CLIENT_KEY",
    "CLIENT_NAMES",
    "CLIENT_SERVER",
    "MIB",
    "SECRETS",
    "Settings",
    "default_data_path",
    "load",
]
