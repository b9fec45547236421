"""Makes the small models that the parity tests load, with what their references give for photos and texts.

It has an environment of its own, since it needs PyTorch:

    python3 -m venv /tmp/parity
    /tmp/parity/bin/pip install torch==2.14.1 torchvision==0.29.1
    /tmp/parity/bin/pip install -r scripts/parity/requirements.txt
    /tmp/parity/bin/python -m scripts.parity OUT [--full]

The result is what tests/data/parity holds; ``--full`` makes models of ViT-B/32's size, which
`PARITY_DATA=OUT pytest tests/parity` compares instead.
"""
