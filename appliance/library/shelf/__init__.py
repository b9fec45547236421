"""The shelf of models below MODELS_PATH: what is put there, how it is looked over, and how it goes."""
