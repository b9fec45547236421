"""Models that place pictures and words in one space: load a folder, then encode."""
