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


def main() -> None:
    """Become ansible-playbook."""
    parser = argparse.ArgumentParser(
        prog="make deploy",
        description="Provision a host over SSH; further options go to ansible-playbook.",
        allow_abbrev=False,
    )
    parser.add_argument("host", nargs="?", help="USER@HOST; leave it out where an inventory is given with -i")
    parser.add_argument("--uninstall", action="store_true", help="take the appliance off; its data stays")
    arguments_of(parser)
    options, further = parser.parse_known_args()
    # A value of one of ansible-playbook's options looks like a host to the parser.
    if options.host is None and not {"-i", "--inventory"} & set(further):
        parser.error("name a host, as root@nas.local, or an inventory with -i")
    try:
        folder = build_as_asked(options)
    except Lacking as error:
        sys.stderr.write(f"make deploy: {error}\n")
        sys.exit(1)
    playbook = folder / "ansible" / ("uninstall.yml" if options.uninstall else "site.yml")
    command = [str(Path(sys.executable).with_name("ansible-playbook")), str(playbook)]
    if options.host is not None:
        user, _, name = options.host.rpartition("@")
        command += ["-i", f"{name},", *(["-e", f"ansible_user={user}"] if user else [])]
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(folder / "ansible" / "ansible.cfg"),
        "LC_ALL": "C.UTF-8",
    }
    os.execve(command[0], command + further, environment)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
