"""Settings: everything wrong is said at once, and no secret is ever said."""

from pathlib import Path

import pytest

from appliance.errors import SettingsError
from appliance.settings import load

HOME = {"HOME": "/home/someone"}


def test_everything_has_a_place_below_the_data_folder_by_default() -> None:
    settings = load(HOME)
    assert settings.data_path == Path("/home/someone/.local/share/scene-sense")
    assert settings.storage_path == settings.data_path / "storage"
    assert settings.storage_is_default


def test_the_xdg_data_home_is_honoured() -> None:
    assert load({**HOME, "XDG_DATA_HOME": "/data"}).data_path == Path("/data/scene-sense")


def test_a_storage_path_means_the_same_with_and_without_a_trailing_slash() -> None:
    with_slash = load({**HOME, "STORAGE_PATH": "/srv/photos/"})
    assert with_slash.storage_path == load({**HOME, "STORAGE_PATH": "/srv/photos"}).storage_path
    assert not with_slash.storage_is_default


def test_an_empty_value_is_an_unset_one() -> None:
    assert load({**HOME, "DATABASE_URL": "", "JWT_EXPIRY_HOURS": ""}) == load(HOME)


def test_everything_wrong_is_said_at_once_and_no_secret_with_it() -> None:
    with pytest.raises(SettingsError) as caught:
        load(
            {
                **HOME,
                "JWT_SECRT": "hunter2",
                "BIND": "nowhere",
                "JWT_SECRET": "hunter2-too-short",
                "DATABASE_URL": "mysql://root:hunter2@db/x",
                "TRUSTED_PROXIES": "10.0.0.0/8, nonsense",
                "JWT_ALGORITHM": "none",
            }
        )
    for name in ("JWT_SECRT", "BIND", "JWT_SECRET", "DATABASE_URL", "TRUSTED_PROXIES", "JWT_ALGORITHM"):
        assert name in caught.value.message
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("sign", ["/", "?", "#", "[", "]"])
def test_a_password_with_a_sign_that_ends_the_address_is_refused_and_not_said(sign: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(
            {
                **HOME,
                "DATABASE_URL": f"postgresql://me:hun{sign}ter2@db/x",
                "REDIS_URL": f"redis://:hun{sign}ter2@db",
            }
        )
    assert caught.value.message.count("write them as %2F") == 2
    assert "ter2" not in caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://scene-sense@/scene-sense?host=/run/postgresql",
        "postgresql://me:p%2Fw@[::1]:5432/x?application_name=a@b",
        "postgresql://db:5432/x?user=a@b",
        "postgresql://me:p@ss@db/x",
    ],
)
def test_addresses_without_such_a_sign_are_taken(url: str) -> None:
    assert load({**HOME, "DATABASE_URL": url}).database_url is not None


@pytest.mark.parametrize("url", ["postgresql://u:hunter@[::1/x", "postgresql://u:hunter@h]:5432/x"])
def test_an_address_with_odd_brackets_is_refused_and_not_said(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL: has a host in brackets") as caught:
        load({**HOME, "DATABASE_URL": url})
    assert "hunter" not in caught.value.message


def test_a_secret_on_a_line_of_its_own_is_not_said(tmp_path: Path) -> None:
    env_file = tmp_path / "env"
    env_file.write_text("JWT_SECRET=\naHVudGVyLXR3by1odW50ZXItdHdvLWh1bnRlci10d28=\nhunter+two==\n")
    with pytest.raises(SettingsError) as caught:
        load(HOME, env_file=env_file)
    assert caught.value.message.count("what stands before the = is not a setting") == 2
    assert "aHVu" not in caught.value.message
    assert "hunter" not in caught.value.message


def test_folders_that_are_not_named_from_the_root_are_remembered(tmp_path: Path) -> None:
    env_file = tmp_path / "env"
    env_file.write_text("STORAGE_PATH=disk\nMODELS_PATH=/models\nDATA_PATH=data\n")
    settings = load({**HOME, "CACHE_PATH": "~/cache"}, env_file=env_file)
    assert settings.relative_paths == ("DATA_PATH", "STORAGE_PATH")
    assert settings.storage_path == Path.cwd() / "disk"
    # One that was typed is meant from where it was typed.
    assert load(HOME, env_file=env_file, DATA_PATH="here").relative_paths == ("STORAGE_PATH",)


def test_an_unknown_name_in_an_env_file_is_refused_with_its_line(tmp_path: Path) -> None:
    env_file = tmp_path / "env"
    env_file.write_text("# a comment\nBIND=127.0.0.1:9000\nTRASH_DAY=3\n")
    with pytest.raises(SettingsError, match=r"env:3: TRASH_DAY is not a setting"):
        load(HOME, env_file=env_file)


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    env_file = tmp_path / "env"
    env_file.write_text("export BIND='127.0.0.1:9000'\nTRASH_DAYS=3\n")
    settings = load({**HOME, "TRASH_DAYS": "7"}, env_file=env_file)
    assert (settings.bind, settings.trash_days) == ("127.0.0.1:9000", 7)


def test_a_secret_can_come_from_a_file_or_from_systemds_credentials(tmp_path: Path) -> None:
    (tmp_path / "JWT_SECRET").write_text("k" * 40 + "\n")
    from_file = load({**HOME, "JWT_SECRET_FILE": str(tmp_path / "JWT_SECRET")})
    from_credentials = load({**HOME, "CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert from_file.jwt_secret is not None
    assert from_file.jwt_secret.get_secret_value() == "k" * 40
    assert from_credentials.jwt_secret == from_file.jwt_secret
    (tmp_path / "JWT_SECRET").rename(tmp_path / "scene-sense.JWT_SECRET")
    assert load({**HOME, "CREDENTIALS_DIRECTORY": str(tmp_path)}).jwt_secret == from_file.jwt_secret


def test_a_secret_given_twice_and_one_in_an_unreadable_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="both set"):
        load({**HOME, "JWT_SECRET": "k" * 40, "JWT_SECRET_FILE": "/nowhere"})
    with pytest.raises(SettingsError, match="can't be read"):
        load({**HOME, "JWT_SECRET_FILE": str(tmp_path / "absent")})


def test_what_the_command_line_reads_for_itself_is_no_unknown_setting() -> None:
    client = {"SCENE_SENSE_SERVER": "http://nas.local:8020", "SCENE_SENSE_KEY": "ss_x"}
    assert load({**HOME, **client}) == load(HOME)
    with pytest.raises(SettingsError, match="SCENE_SENSE_KEI"):
        load({**HOME, "SCENE_SENSE_KEI": "ss_x"})
