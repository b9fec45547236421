"""Gates that are more than one command: the units, the playbook, the shell scripts, the wheel."""
