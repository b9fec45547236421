"""An option that runs the suite on a model folder of one's own."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--model-folder", help="a model's folder, to be loaded and compared with its reference")
    parser.addoption(
        "--real-weights",
        action="store_true",
        help="the folder's model was trained: captions have to find their photos",
    )
