"""What the settings are and mean, each validated where it stands."""

import re
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AliasGenerator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    field_validator,
    model_validator,
)

from appliance.settings.uploads import UploadSettings

MIB = 1024 * 1024
_MOST_PORT = 65535


def default_data_path(environment: Mapping[str, str]) -> Path:
    """The folder for everything, by the XDG Base Directory Specification."""
    home = environment.get("XDG_DATA_HOME") or str(
        Path(environment.get("HOME") or "~").expanduser() / ".local/share"
    )
    return Path(home) / "scene-sense"


class Settings(UploadSettings):
    """All settings, validated. Sizes are in bytes, times in the unit of their name."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=AliasGenerator(validation_alias=str.upper),
        populate_by_name=True,
    )

    data_path: Path = Field(
        description="Folder for secrets and embedded servers, and for what has no path of its own."
    )
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL with pgvector; unset: the embedded one."
    )
    redis_url: SecretStr | None = Field(None, description="Valkey or Redis; unset: the embedded one.")
    storage_path: Path = Field(description="Root of the volume that holds the originals.")
    cache_path: Path = Field(description="Folder for renditions, which can always be made again.")
    models_path: Path = Field(description="Folder with further models.")
    bind: str = Field("127.0.0.1:8020", description="Address and port to listen on, or unix:PATH, or fd://N.")
    public_url: str | None = Field(None, description="The address that people type; unset: the bound one.")
    trusted_hosts: tuple[str, ...] = Field(
        (), description="Further host names that people may type, comma separated."
    )
    trusted_proxies: tuple[str, ...] = Field(
        (), description="Networks whose X-Forwarded headers are believed; `unix`: whoever uses the socket."
    )
    jwt_secret: SecretStr | None = Field(
        None, description="Key of bearer tokens; unset: made once and kept in a file."
    )
    jwt_algorithm: Literal["HS256", "HS384", "HS512"] = Field(
        "HS256", description="How bearer tokens are signed."
    )
    jwt_expiry_hours: float = Field(
        24.0, gt=0, le=24 * 366, description="How long a bearer token lasts, hours."
    )
    session_idle_hours: float = Field(
        24.0 * 7, gt=0, description="A browser session ends after this long unused, hours."
    )
    session_max_hours: float = Field(
        24.0 * 30, gt=0, description="A browser session ends after this long, hours."
    )
    clip_server_url: tuple[str, ...] = Field(
        (), description="Encoder servers to use instead of encoding in process, comma separated."
    )
    clip_server_key: SecretStr | None = Field(
        None, description="Key that the encoder servers ask for, if they do."
    )
    clip_server_timeout_seconds: float = Field(
        30.0, gt=0, le=600, description="An encoder server that takes longer for one request is given up."
    )
    clip_provider: Literal["auto", "cpu", "cuda", "openvino"] = Field(
        "auto",
        description="What runs models; `auto`: the best that the installed build has. Any other one is a must.",
    )
    clip_gpu_memory_bytes: int = Field(
        0, ge=0, description="Most memory of the GPU that one model may take, bytes; 0: no limit."
    )
    encoder_bind: str = Field(
        "127.0.0.1:8030", description="Address and port of `scene-sense-encoder`, or unix:PATH, or fd://N."
    )
    encoder_key: SecretStr | None = Field(
        None, description="Key that `scene-sense-encoder` asks for; needed on any address but this machine's."
    )
    clip_model: str = Field(
        "starter", description="Model of the first start: `starter`, or a folder in MODELS_PATH."
    )
    clip_embed_dim: int | None = Field(None, gt=0, description="Dimension that the model must have, if set.")
    max_upload_bytes: int = Field(512 * MIB, gt=0, description="Largest file taken, bytes.")
    max_pixels: int = Field(
        220_000_000,
        gt=0,
        description="Largest picture decoded, width times height, pixels; of a JPEG four times as many.",
    )
    free_space_floor_bytes: int = Field(
        1024 * MIB, ge=0, description="Uploads stop when less would be left free, bytes."
    )
    decode_processes: int = Field(
        0, ge=0, le=64, description="Decoder processes of a worker; 0: one per core."
    )
    decode_timeout_seconds: float = Field(
        60.0, gt=0, description="A picture that takes longer to decode is refused."
    )
    decode_memory_bytes: int = Field(
        2048 * MIB,
        ge=256 * MIB,
        description="Memory that one decoder, or all large pictures together, may take, bytes.",
    )
    encode_threads: int = Field(0, ge=0, le=256, description="Threads of one encode; 0: one per core.")
    embed_batch: int = Field(32, ge=1, le=256, description="Pictures that a worker claims at a time.")
    job_attempts: int = Field(
        4, ge=1, le=20, description="How often a job is tried before it counts as failed."
    )
    job_lease_seconds: float = Field(
        300.0, gt=0, description="A claim that is not finished after this long is given up."
    )
    trash_days: float = Field(
        30.0, ge=0, description="How long trash can be restored; 0: gone at the next purge, days."
    )
    purge_limit: int = Field(1000, ge=1, description="Most assets that one purge run deletes.")
    purge_ask_above: int = Field(
        1000,
        ge=0,
        description=(
            "With more assets than this due that nobody emptied out of their trash, or more than 100 and a quarter of"
            " the library, a purge stops until an administrator says that it is meant."
        ),
    )
    scrub_minutes: float = Field(
        30.0, gt=0, description="How long one run reads originals again to check them, minutes."
    )
    text_cache_size: int = Field(2048, ge=0, description="Query vectors kept in memory.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is logged."
    )

    _relative: tuple[str, ...] = PrivateAttr(())

    @field_validator("trusted_hosts", "trusted_proxies", "clip_server_url", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            if network != "unix":
                ip_network(network)
        return value

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must look like https://photos.example.org or http://nas.local:8020/photos")
        return value.rstrip("/")

    @field_validator("clip_server_url")
    @classmethod
    def _servers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
                raise ValueError("must look like http://gpu.local:8030, several with commas between them")
        return tuple(url.rstrip("/") for url in value)

    @field_validator("bind", "encoder_bind")
    @classmethod
    def _address(cls, value: str) -> str:
        if not re.fullmatch(r"unix:.+|fd://\d+|(\[[0-9a-fA-F:.]+\]|[^:\[\]]+):\d{1,5}", value):
            raise ValueError("must be ADDRESS:PORT (an IPv6 address in brackets), unix:PATH or fd://N")
        if not value.startswith(("unix:", "fd:")) and int(value.rpartition(":")[2]) > _MOST_PORT:
            raise ValueError(f"must have a port of at most {_MOST_PORT}")
        return value

    @field_validator("jwt_secret")
    @classmethod
    def _strong(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < 32:
            raise ValueError("must be at least 32 bytes, for example from `openssl rand -hex 32`")
        return value

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.match(r"postgres(ql)?(\+\w+)?://", value.get_secret_value()):
            raise ValueError("must begin with postgresql://")
        _check_address(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.match(r"(rediss?|valkeys?|unix)://", value.get_secret_value()):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        _check_address(value)
        return value

    @model_validator(mode="before")
    @classmethod
    def _place_folders(cls, values: dict[str, Any]) -> dict[str, Any]:
        data = Path(values["DATA_PATH"]).expanduser().absolute()
        folders = {
            "STORAGE_PATH": data / "storage",
            "CACHE_PATH": data / "cache",
            "MODELS_PATH": data / "models",
        }
        chosen = {
            name: Path(values.get(name) or default).expanduser().absolute()
            for name, default in folders.items()
        }
        return {**values, **chosen, "DATA_PATH": data}

    @model_validator(mode="after")
    def _session_order(self) -> Self:
        if self.session_idle_hours > self.session_max_hours:
            raise ValueError("SESSION_IDLE_HOURS is longer than SESSION_MAX_HOURS")
        return self

    @property
    def storage_is_default(self) -> bool:
        """Whether the volume is the program's own folder, which ``up`` may make."""
        return self.storage_path == self.data_path / "storage"

    @property
    def relative_paths(self) -> tuple[str, ...]:
        """The settings whose folders were not named from the root, and which mean others when started elsewhere."""
        return self._relative


def _check_address(url: SecretStr | None) -> None:
    """Refuse an address that can't be read, or not as it is meant.

    After a sign that ends the address early, pieces of the password would be taken for a host or a port.
    """
    rest = url.get_secret_value().partition("://")[2] if url else ""
    address, *more = re.split(r"[/?#]", rest, maxsplit=1)
    cut_off = "@" not in address and re.search(r":(?!\d+$).", address) and "@" in "".join(more)
    if cut_off or re.search(r"[\[\]]", address.rpartition("@")[0]):
        raise ValueError("has a password with / ? # [ or ] in it; write them as %2F %3F %23 %5B and %5D")
    try:
        urlsplit(url.get_secret_value() if url else "")
    except ValueError:
        raise ValueError("has a host in brackets that is no IPv6 address") from None
