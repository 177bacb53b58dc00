"""Strata and three frameworks' hybrid retrievers in processes that stay, asked in turn. See `tests.benchmarks.ask`.

    python peers.py SYSTEM FOLDER

It runs under another Python than Strata's, one that has the frameworks, and so imports nothing of Strata unless that is
what is measured. FOLDER holds peer.json (the passages' texts and the folder of the model) and rows.npy (their rows:
none of them is timed while it encodes passages). Each line of standard input is a JSON object {"threads", "questions"};
the answer is a line {"seconds": of each question, "together": of all, "processor": of all threads, "answered": of each}.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[str], object]
    """Answers a question; whether it was an answer, where there are abstentions."""

TOP = 5
"""Passages that a retriever gives."""


def strata(folder: Path) -> Ask:
    """Whole replies: retrieved, judged, sentences chosen, quotations verified."""
    from dataclasses import replace

    from bot.library import Library
    from bot.settings.settings import load
    from bot.types import Answer

    settings = replace(load(), threads=1, content=folder / "content", index=folder / "index")
    library = Library.open(settings)
    return lambda question: isinstance(library.ask(question), Answer)


def llama_index(folder: Path) -> Ask:
    """BM25 and FAISS by reciprocal rank, without a language model."""
    import faiss
    from llama_index.core import Settings, StorageContext, VectorStoreIndex
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.schema import TextNode
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.retrievers.bm25 import BM25Retriever
    from llama_index.vector_stores.faiss import FaissVectorStore

    model, texts, rows = given(folder)
    Settings.embed_model = HuggingFaceEmbedding(model_name=model, device="cpu")
    nodes = [
        TextNode(id_=str(place), text=text, embedding=row)
        for place, (text, row) in enumerate(zip(texts, rows.tolist(), strict=True))
    ]
    store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(rows.shape[1]))
    index = VectorStoreIndex(nodes, storage_context=StorageContext.from_defaults(vector_store=store))
    vector = index.as_retriever(similarity_top_k=TOP)
    keyword = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=TOP)
    both = QueryFusionRetriever(
        [vector, keyword], llm=MockLLM(), mode="reciprocal_rerank", similarity_top_k=TOP, num_queries=1, use_async=False
    )  # fmt: skip
    return both.retrieve


def langchain(folder: Path) -> Ask:
    """BM25 and FAISS by reciprocal rank."""
    from langchain_classic.retrievers import EnsembleRetriever
    from langchain_community.retrievers import BM25Retriever
    from langchain_community.vectorstores import FAISS
    from langchain_huggingface import HuggingFaceEmbeddings

    model, texts, rows = given(folder)
    encoder = HuggingFaceEmbeddings(model_name=model, encode_kwargs={"normalize_embeddings": True})
    vector = FAISS.from_embeddings(zip(texts, rows.tolist(), strict=True), encoder)
    keyword = BM25Retriever.from_texts(texts, k=TOP)
    both = EnsembleRetriever(
        retrievers=[vector.as_retriever(search_kwargs={"k": TOP}), keyword], weights=[0.5, 0.5]
    )
    return both.invoke


def haystack(folder: Path) -> Ask:
    """BM25 and vectors in memory by reciprocal rank, in a pipeline."""
    from haystack import Document, Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    try:
        from haystack.components.embedders import SentenceTransformersTextEmbedder as Embedder
    except ImportError:  # from Haystack 3 in a package of its own
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersTextEmbedder as Embedder,
        )

    model, texts, rows = given(folder)
    store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
    store.write_documents(
        [Document(content=text, embedding=row) for text, row in zip(texts, rows.tolist(), strict=True)]
    )
    embedder = Embedder(model=model, progress_bar=False)
    if hasattr(embedder, "warm_up"):
        embedder.warm_up()
    flow = Pipeline()
    flow.add_component("embedder", embedder)
    flow.add_component("vector", InMemoryEmbeddingRetriever(store, top_k=TOP))
    flow.add_component("keyword", InMemoryBM25Retriever(store, top_k=TOP))
    flow.add_component("both", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=TOP))
    flow.connect("embedder.embedding", "vector.query_embedding")
    flow.connect("vector", "both")
    flow.connect("keyword", "both")
    return lambda question: flow.run({"embedder": {"text": question}, "keyword": {"query": question}})


SYSTEMS = {"strata": strata, "llama-index": llama_index, "langchain": langchain, "haystack": haystack}


def given(folder: Path) -> tuple[str, list[str], Any]:
    """The model's folder, the passages' texts, and their rows."""
    import numpy as np

    record = json.loads((folder / "peer.json").read_text(encoding="utf-8"))
    return record["model"], record["texts"], np.load(folder / "rows.npy")


def one_thread() -> None:
    """Have torch, where there is one, encode with one thread, as Strata does here."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def answer(ask: Ask, threads: int, questions: list[str]) -> dict[str, Any]:
    """Ask them all, so many at a time."""

    def timed(question: str) -> tuple[float, bool]:
        began = time.perf_counter()
        found = ask(question)
        return time.perf_counter() - began, bool(found)

    began, ran = time.perf_counter(), time.process_time()
    if threads == 1:
        results = [timed(question) for question in questions]
    else:
        with ThreadPoolExecutor(threads) as pool:
            results = list(pool.map(timed, questions))
    together = time.perf_counter() - began
    return {
        "seconds": [seconds for seconds, _ in results],
        "together": together,
        "processor": time.process_time() - ran,
        "answered": [found for _, found in results],
    }


def main() -> None:
    system, folder = sys.argv[1:]
    out, sys.stdout = sys.stdout, sys.stderr  # what a framework prints is no result
    ask = SYSTEMS[system](Path(folder))
    one_thread()
    ask("What is high-bandwidth memory?")
    print("ready", file=out, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(ask, **json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
