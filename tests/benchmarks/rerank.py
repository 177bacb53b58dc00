"""The cost of a reranker: milliseconds and processor time per question, by the number of passages that it scores.

    python -m tests.benchmarks.rerank [--content content] [--layers 6] [--width 384] [--threads 1]

By default the cross-encoder has the shape of ms-marco-MiniLM-L6 and random weights: time does not depend on the weights,
but its ranking is meaningless. Passages and questions are those of the library. `--model` takes a real cross-encoder, a
name or a folder. Needs the extra [compile].
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from pathlib import Path

import yaml

from bot.build import compile_reranker, open_reranker
from bot.library import ready
from bot.settings.settings import Settings, load
from index.encoded_text import passage_text
from index.models.bundle import find

GOLD = Path(__file__).parents[1] / "gold"


def random_cross_encoder(folder: Path, encoder: Path, layers: int, width: int) -> Path:
    """Write a cross-encoder with random weights and the tokenizer of a compiled encoder; return its folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from sentence_transformers import CrossEncoder
        from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

        torch.manual_seed(7)
        config = BertConfig(
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=12,
            intermediate_size=4 * width,
            num_labels=1,
        )
        BertForSequenceClassification(config).save_pretrained(folder / "plain")
        PreTrainedTokenizerFast(
            tokenizer_file=str(encoder / "tokenizer.json"),
            model_max_length=512,
            pad_token="[PAD]",
            model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        ).save_pretrained(folder / "plain")
        CrossEncoder(str(folder / "plain"), device="cpu").save_pretrained(str(folder / "drawn"))
    return folder / "drawn"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--content", type=Path)
    parser.add_argument("--model")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    settings = load(content=arguments.content, threads=arguments.threads)
    library = ready(settings).library
    rows = [row for file in sorted(GOLD.glob("*.yaml")) for row in yaml.safe_load(file.read_text("utf-8"))]
    asked = [str(row["question"]) for row in rows if row["places"]][::14]
    with tempfile.TemporaryDirectory() as folder:
        compiled = find(settings.encoder, settings.cache_folder() / "encoders")
        assert compiled is not None
        model = arguments.model or str(
            random_cross_encoder(Path(folder), compiled, arguments.layers, arguments.width)
        )
        own = Settings(cache=Path(folder), reranker=model, threads=arguments.threads)
        compile_reranker(own)
        reranker = open_reranker(own)
        assert reranker is not None
        print("passages   p50 ms   processor p50 ms")
        for count in (0, 5, 10, 20):
            taken, used = [], []
            for question in asked:
                start, begun = time.perf_counter(), time.process_time()
                hits = library.outcome(question, top=max(count, 1)).hits
                reranker.scores(question, [passage_text(h.document.title, h.passage) for h in hits[:count]])
                taken.append(1000 * (time.perf_counter() - start))
                used.append(1000 * (time.process_time() - begun))
            print(f"{count:>8}  {statistics.median(taken):>7.1f}  {statistics.median(used):>17.1f}")


if __name__ == "__main__":
    main()
