# Everything a newcomer types. Needs make, and Python 3.11 or newer with venv; the script says which of it is missing.
# Arguments go in ARGS: make run ARGS="--data /srv/photos --bind 0.0.0.0:8020", make test ARGS="tests/unit -x".

PYTHON ?= python3

.PHONY: run test test-deploy check bench bench-full ui wheel bundle deploy

run test test-deploy check bench bench-full ui wheel bundle deploy:
	@command -v $(PYTHON) >/dev/null || { echo "make $@: there is no $(PYTHON); install Python 3.11 or newer (Debian: apt install python3-venv)" >&2; exit 1; }
	@exec $(PYTHON) scripts/bootstrap.py $@ $(ARGS)
