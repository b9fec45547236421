"""Measurements that print plain tables: ``python -m benchmarks [NAME...]``, or ``make bench``."""
