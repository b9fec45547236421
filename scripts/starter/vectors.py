"""One unit vector per class, in the space of the texts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scripts.starter.classes import ImageClass
from scripts.starter.minilm import MiniLM, embed
from scripts.starter.sentences import DESCRIPTIONS, Scenes, describe

Vectors = NDArray[np.float32]

#: How much the setting counts beside the class itself; chosen on photos that were not used otherwise.
_SCENE_WEIGHT = 0.5


def mean_caption() -> Vectors:
    """The mean MiniLM vector of people's captions, shape (384,), which is taken off every query."""
    return np.loadtxt(Path(__file__).with_name("mean_caption.txt"), dtype=np.float32)


def class_vectors(model: MiniLM, classes: Sequence[ImageClass]) -> Vectors:
    """Unit vectors [len(classes), 384].

    Each of the five descriptions is centred over the classes and normalised by itself, so that no way of saying it
    outweighs another; then they are summed. So is the setting, which is first brought to where queries are.
    """
    described = embed(model, [sentence for item in classes for sentence in describe(item)])
    described = described.reshape(len(classes), DESCRIPTIONS, -1)
    things = _unit(np.sum([_centred(described[:, number]) for number in range(DESCRIPTIONS)], axis=0))
    scenes = Scenes()
    settings = [(number, sentence) for number, item in enumerate(classes) for sentence in scenes.of(item)]
    moved = _unit(embed(model, [sentence for _, sentence in settings]) - mean_caption())
    places = np.zeros_like(things)
    np.add.at(places, [number for number, _ in settings], moved)
    return _unit(things + _SCENE_WEIGHT * _centred(_unit(places)))


def _unit(rows: Vectors) -> Vectors:
    return (rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-8)).astype(np.float32)


def _centred(rows: Vectors) -> Vectors:
    return _unit(rows - rows.mean(0))
