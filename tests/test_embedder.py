"""The embedder gives the vectors that its authors published, alone and in batches."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from assistant.library.embedder import MiniLM
from assistant.models import weights

TEXTS = [
    "You closed the ticket without running the second test.",
    "Late.",
    "In Tuesday's handover at 7:00 the drug chart had no signature, and the night nurse stayed to sign it.",
    "Ich weiß nicht, ob das geht 🙂",
]


@pytest.fixture(scope="module")
def model() -> MiniLM:
    folder = weights.ensure_embedder()
    if folder is None:
        pytest.skip("the embedding model's package is not installed")
    return MiniLM(folder)


def test_the_vectors_are_the_ones_that_the_model_card_shows(model):
    first, second = model.encode(["This is an example sentence", "Each sentence is converted"])
    assert first[:6] == pytest.approx([0.0676569, 0.0634959, 0.0487131, 0.0793049, 0.0374480, 0.0026528], abs=2e-6)
    assert second[:4] == pytest.approx([0.0864386, 0.1027626, 0.0053945, 0.0020444], abs=2e-6)


def test_the_similarities_are_the_ones_that_the_model_card_shows(model):
    happy, *others = model.encode(
        [
            "That is a happy person",
            "That is a happy dog",
            "That is a very happy person",
            "Today is a sunny day",
        ]
    )
    assert np.array(others) @ happy == pytest.approx([0.695, 0.943, 0.257], abs=5e-4)


def test_a_batch_gives_the_same_vectors_as_one_at_a_time_in_the_same_order(model):
    together = model.encode(TEXTS)
    alone = np.concatenate([model.encode([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5


def test_every_vector_has_length_one_even_of_an_empty_or_an_endless_text(model):
    vectors = model.encode([*TEXTS, "", "word " * 5000])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_only_the_first_256_tokens_count(model):
    long, longer = model.encode(["late " * 300, "late " * 300 + "but the customer thanked him"])
    assert np.abs(long - longer).max() < 1e-5


def test_a_question_is_near_its_exact_vector_whatever_is_asked_beside_it(model):
    asked = ["How do I tell her?", "Who decides on the price when both of us are away for a week in July?"]
    rounded, exact = model.encode_questions(asked), model.encode(asked)
    assert ((rounded * exact).sum(axis=1) > 0.98).all()
    assert (rounded != exact).any(), "the weights were not rounded"
    for text, vector in zip(asked, rounded, strict=True):
        assert (model.encode_questions([text])[0] == vector).all()


def test_threads_that_share_the_model_get_the_same_vectors(model):
    alone = model.encode(TEXTS)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: model.encode(TEXTS), range(16)))
    assert all(np.abs(result - alone).max() < 1e-5 for result in results)


def test_it_is_a_langchain_embedding(model):
    assert isinstance(model, Embeddings)
    query = model.embed_query(TEXTS[0])
    assert [type(x) for x in query] == [float] * 384
    assert model.embed_documents([TEXTS[0]])[0] == pytest.approx(query, abs=1e-6)
    assert model.embed_documents([]) == []
