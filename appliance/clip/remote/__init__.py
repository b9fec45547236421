"""Encoder servers as a client sees them: ours, and those that speak only ``/predict``."""
