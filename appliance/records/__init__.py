"""Frozen data that travels between the layers: no behaviour, no I/O."""
