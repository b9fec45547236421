"""A model that is told the language of a text is told the one that the request says, as its reference tells it."""

import json
import shutil
from pathlib import Path

import httpx
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from appliance.clip.flores import flores_code
from appliance.clip.folder import Tokenization
from appliance.clip.tokenizer import TextTokenizer
from scripts.parity.texts import BLOCK, digest, mixed_texts
from tests.conftest import MakeSettings
from tests.support.encoders import our_server
from tests.support.parity_folders import DATA
from tests.support.tiny_models import make, write
from tests.support.token_ids import part_of_a_search

NLLB = DATA / "nllb"

LENGTH = 12


def make_nllb(root: Path) -> Path:
    """A model with NLLB's words, whose text vector is the mean of its tokens' rows."""
    make(root)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(NLLB / name, root / "textual" / name)
    write(root / "config.json", {"text_cfg": {"context_length": LENGTH}})
    rows = Tokenizer.from_file(str(NLLB / "tokenizer.json")).get_vocab_size()
    table = np.random.default_rng(3).normal(size=(rows, 4)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "text"], ["rows"], axis=0),
        helper.make_node("ReduceMean", ["rows"], ["embedding"], axes=[1], keepdims=0),
    ]
    taken = helper.make_tensor_value_info("text", TensorProto.INT32, [1, LENGTH])
    given = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, 4])
    tensors = [numpy_helper.from_array(table, "table")]
    graph = helper.make_graph(nodes, "words", [taken], [given], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, root / "textual/model.onnx")
    return root


def expected(root: Path, text: str, language: str) -> NDArray[np.float32]:
    """The vector by the reference's rule: the language's code, the words, ``</s>``, then filling."""
    tokenizer = Tokenizer.from_file(str(root / "textual/tokenizer.json"))
    words = tokenizer.encode(text, add_special_tokens=False).ids
    ids = [tokenizer.token_to_id(language), *words, tokenizer.token_to_id("</s>")]
    ids += [tokenizer.token_to_id("<pad>")] * (LENGTH - len(ids))
    session = onnxruntime.InferenceSession(root / "textual/model.onnx")
    (vector,) = session.run(None, {"text": np.asarray([ids], np.int32)})[0]
    unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
    return unit


async def test_a_text_is_read_in_the_language_that_the_request_says(make_settings: MakeSettings) -> None:
    settings = make_settings()
    root = make_nllb(settings.models_path / "nllb-clip-base-siglip__v1")
    async with our_server(settings) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:

        async def ask(options: object, name: str = root.name) -> NDArray[np.float32]:
            entries = json.dumps({"clip": {"textual": {"modelName": name, "options": options}}})
            parts = {"entries": (None, entries), "text": (None, "a red dog")}
            answer = await http.post("/predict", files=parts)
            assert answer.status_code == 200, answer.text
            return np.asarray(json.loads(answer.json()["clip"]), np.float32)

        english, german = (expected(root, "a red dog", code) for code in ("eng_Latn", "deu_Latn"))
        assert float(english @ german) < 0.999
        for _ in range(2):  # the second time from what is remembered
            for said in ("de", "de-AT", "DE", "de_CH", "deu", "deu_Latn"):
                np.testing.assert_allclose(await ask({"language": said}), german, atol=1e-6)
            # The folder's own, where it is said, where none is, and where it isn't known.
            for own in ("en", "en-GB", None, "", "tlh", "-", 7, ["de"], "\ud83d"):
                np.testing.assert_allclose(await ask({"language": own}), english, atol=1e-6)
            nothings: tuple[object, ...] = ({}, None, "de", ["de"])
            for nothing in nothings:
                np.testing.assert_allclose(await ask(nothing), english, atol=1e-6)
        # A model that is told none is told none.
        np.testing.assert_array_equal(await ask({"language": "de"}, "starter"), await ask({}, "starter"))


@pytest.mark.parametrize("own", ["eng_Latn", "deu_Latn"])
def test_ids_are_the_references_whichever_language_is_the_folders(own: str) -> None:
    found = json.loads((NLLB / "digests.json").read_text(encoding="utf-8"))
    tokenization = Tokenization(NLLB / "tokenizer.json", 77, "<pad>", clean="whitespace", language=own)
    tokenizer = TextTokenizer(tokenization, length=77)
    texts = mixed_texts()
    blocks = [texts[start : start + BLOCK] for start in range(0, len(texts), BLOCK)]
    for tag, code in (("en", "eng_Latn"), ("de", "deu_Latn")):
        told = tokenizer.language(tag)
        assert told == (None if code == own else code)
        for number, block in enumerate(blocks[:10]):
            ids = np.concatenate(
                [tokenizer.told(part_of_a_search(tokenizer, text), told).ids for text in block]
            )
            assert digest(ids) == found[code][number]


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("af", "afr_Latn"), ("ar", "arb_Arab"), ("az", "azj_Latn"), ("et", "est_Latn"), ("fa", "pes_Arab"),
        ("he", "heb_Hebr"), ("ja", "jpn_Jpan"), ("kmr", "kmr_Latn"), ("lv", "lvs_Latn"), ("mfa", "zsm_Latn"),
        ("mn", "khk_Cyrl"), ("nb-NO", "nob_Latn"), ("nb_NO", "nob_Latn"), ("no", "nob_Latn"), ("nn", "nno_Latn"),
        ("pt-BR", "por_Latn"), ("sr-Cyrl", "srp_Cyrl"), ("sr-Latn", "srp_Cyrl"), ("sq", "als_Latn"),
        ("zh", "zho_Hans"), ("zh-CN", "zho_Hans"), ("zh-Hans", "zho_Hans"), ("zh-TW", "zho_Hant"),
        ("zh-Hant-HK", "zho_Hant"), ("zh-Hans-TW", "zho_Hans"), ("yue", "yue_Hant"), ("ks", "kas_Arab"),
        ("ks-Deva", "kas_Deva"), ("kr", "knc_Latn"), ("tlh", None), ("x", None), ("", None),
    ],
)  # fmt: skip
def test_tags_become_codes(tag: str, code: str | None) -> None:
    tokenizer = Tokenizer.from_file(str(NLLB / "tokenizer.json"))
    known = [token.content for token in tokenizer.get_added_tokens_decoder().values() if "_" in token.content]
    assert flores_code(tag, known) == code


def test_each_language_with_two_letters_is_one_that_such_models_know() -> None:
    from appliance.clip.flores import _LANGUAGES  # noqa: PLC0415

    tokenizer = Tokenizer.from_file(str(NLLB / "tokenizer.json"))
    known = {token.content[:3] for token in tokenizer.get_added_tokens_decoder().values()}
    assert set(_LANGUAGES.values()) <= known
