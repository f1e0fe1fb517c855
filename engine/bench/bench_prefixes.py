"""Fine-tuning on three-turn data with and without shared prefixes: tokens, seconds, and the distance of gradients.

The data: 40 problems with 8 rollouts of three turns, each state with one of two targets of its problem, as relabelling
writes it; the lengths of Pocket (prompt 45 tokens, answer 40, feedback 30). Each way makes two passes with steps of
4,096 tokens, from data file to model folder, in turn, several times; medians are compared.

  python bench/bench_prefixes.py [--size d96] [--rounds 3] [--threads 1]

Prints one JSON document.
"""

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
ENGINE = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ENGINE), str(ENGINE / "tests"), str(ENGINE / "bench")]

import torch  # noqa: E402
from bench_train import SIZES, timed  # noqa: E402
from datasets import disable_caching, disable_progress_bars  # noqa: E402
from tiny import assistant, make_model, sentence, user  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

from mucode_engine import train_generator  # noqa: E402
from mucode_engine.chat import Chat  # noqa: E402
from mucode_engine.losses import completion_batch, completion_loss  # noqa: E402
from mucode_engine.models import end_tokens  # noqa: E402
from mucode_engine.prefix_tree import tree_batch, tree_loss  # noqa: E402
from mucode_engine.rows import read_examples  # noqa: E402

PROBLEMS, ROLLOUTS, TURNS = 40, 8, 3
PROMPT, ANSWER, FEEDBACK = 45, 40, 30


def rows(draw: random.Random) -> list[dict]:
    made = []
    for problem in range(PROBLEMS):
        prompt = user(sentence(draw, PROMPT))
        targets = [sentence(draw, ANSWER) for _ in range(2)]
        for _ in range(ROLLOUTS):
            state = prompt
            for _ in range(TURNS):
                made.append({"prompt": state, "completion": assistant(draw.choice(targets)), "problem": str(problem)})
                state = state + assistant(sentence(draw, ANSWER)) + user(sentence(draw, FEEDBACK))
    return made


def gradient(folder: str, loss_of, batch: dict) -> torch.Tensor:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    loss_of(model, batch).backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="d96")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    disable_caching()
    disable_progress_bars()
    stdout, sys.stdout = sys.stdout, sys.stderr  # libraries print their logs
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(scratch, "model")
        hidden, layers = SIZES[arguments.size]
        make_model(folder, hidden=hidden, layers=layers, vocabulary=400, key_value_heads=4)
        data = os.path.join(scratch, "sft.jsonl")
        with open(data, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows(random.Random(0)))
        seconds: dict[bool, list[float]] = {False: [], True: []}
        tokens: dict[bool, int] = {}
        for turn in range(arguments.rounds):
            for shared in seconds:
                ends: list[dict] = []
                spec = {
                    "kind": "generator",
                    "model": folder,
                    "data": data,
                    "output": os.path.join(scratch, f"{turn}-{shared}"),
                    "options": {
                        "epochs": 2,
                        "batch_tokens": 4096,
                        "threads": arguments.threads,
                        "share_prefixes": shared,
                    },
                }
                report = lambda event, ends=ends, **facts: ends.append({"event": event, **facts})  # noqa: E731
                seconds[shared].append(timed(train_generator.run, spec, report))
                tokens[shared] = ends[-1]["tokens"]
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder)
        examples = read_examples(data, Chat(tokenizer), 10_000, end_tokens(model, tokenizer))[: ROLLOUTS * TURNS]
        plain = gradient(folder, completion_loss, completion_batch(examples, 0))
        tree = gradient(folder, tree_loss, tree_batch(examples))
    median = {shared: statistics.median(times) for shared, times in seconds.items()}
    result = {
        "settings": vars(arguments),
        "tokens": tokens[False],
        "tokens_shared": tokens[True],
        "times_fewer": round(tokens[False] / tokens[True], 2),
        "seconds": round(median[False], 2),
        "seconds_shared": round(median[True], 2),
        "times_faster": round(median[False] / median[True], 2),
        "relative_gradient_difference_float32": float((tree - plain).norm() / plain.norm()),
    }
    print(json.dumps(result, indent=1), file=stdout)


if __name__ == "__main__":
    main()
