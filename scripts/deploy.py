"""``make deploy``: builds the bundle for a host where it is not built yet, and provisions the host with it over SSH.

    make deploy ARGS="root@nas.local -e storage_device=/dev/disk/by-label/PHOTOS"
    make deploy ARGS="-i my-inventory"

Everything that is not an option of its own goes to ansible-playbook.
"""

import argparse
import os
import sys
from pathlib import Path

from scripts.bundle import arguments_of, build_as_asked
from scripts.debs import Lacking


def split_host(words: list[str]) -> tuple[list[str], list[str]]:
    """ansible-playbook's words for the host that stands first, as USER@HOST, and the words after it.

    Raises:
        ValueError: no host stands first, and no inventory is named.
    """
    if words and not words[0].startswith("-"):
        user, _, name = words[0].rpartition("@")
        return ["-i", f"{name},", *(["-e", f"ansible_user={user}"] if user else [])], words[1:]
    if not any(word.startswith(("-i", "--inventory")) for word in words):
        raise ValueError("name a host first, as root@nas.local, or an inventory with -i")
    return [], words


def main() -> None:
    """Become ansible-playbook."""
    parser = argparse.ArgumentParser(
        prog="make deploy",
        description="Provision a host over SSH; further options go to ansible-playbook.",
        allow_abbrev=False,
    )
    parser.add_argument("--uninstall", action="store_true", help="take the appliance off; its data stays")
    arguments_of(parser)
    options, further = parser.parse_known_args()
    try:
        where, further = split_host(further)
    except ValueError as error:
        parser.error(str(error))
    try:
        folder = build_as_asked(options)
    except Lacking as error:
        sys.stderr.write(f"make deploy: {error}\n")
        sys.exit(1)
    playbook = folder / "ansible" / ("uninstall.yml" if options.uninstall else "site.yml")
    command = [str(Path(sys.executable).with_name("ansible-playbook")), str(playbook), *where]
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(folder / "ansible" / "ansible.cfg"),
        "LC_ALL": "C.UTF-8",
    }
    os.execve(command[0], command + further, environment)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
