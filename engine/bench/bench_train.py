"""Our training jobs beside bare TRL scripts on the same data and settings.

Generator: 400 examples of 90 to 320 tokens, batches of 8 of similar length, one epoch, against SFTTrainer with
completion-only loss and length grouping. Verifier: 60 prompts with 8 answers and 16 pairs each, against RewardTrainer
with as many pairs a step (it can't group by length). Each is timed from data file to model folder, in turn, several
times; medians are compared.

  python bench/bench_train.py [--size d96] [--rounds 3] [--threads 1]

Prints one JSON document. tokens_per_second counts each example's tokens once, padding not; pairs_per_second is pairs
per second.
"""

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
ENGINE = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ENGINE), str(ENGINE / "tests")]

import torch  # noqa: E402
from datasets import Dataset, disable_caching, disable_progress_bars  # noqa: E402
from tiny import assistant, make_model, sentence, user  # noqa: E402
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer  # noqa: E402
from trl import RewardConfig, RewardTrainer, SFTConfig, SFTTrainer  # noqa: E402

from mucode_engine import train_generator, train_verifier  # noqa: E402
from mucode_engine.chat import Chat  # noqa: E402

SIZES = {"d96": (96, 3), "d128": (128, 4)}
BATCH, LENGTH = 8, 512
PROMPTS, ANSWERS = 60, 8


def sft_rows(generator: random.Random) -> list[dict]:
    return [
        {
            "prompt": user(sentence(generator, generator.randint(50, 210))),
            "completion": assistant(sentence(generator, generator.randint(25, 60))),
        }
        for _ in range(400)
    ]


def pair_rows(generator: random.Random) -> list[dict]:
    rows = []
    for _ in range(PROMPTS):
        prompt = user(sentence(generator, generator.randint(30, 60)))
        answers = [assistant(sentence(generator, generator.randint(25, 60))) for _ in range(ANSWERS)]
        half = ANSWERS // 2
        rows += [{"prompt": prompt, "chosen": a, "rejected": b} for a in answers[:half] for b in answers[half:]]
    return rows


def timed(work, *arguments) -> float:
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


def ours(kind: str, job, folder: str, data: str, output: str, options: dict) -> None:
    spec = {"kind": kind, "model": folder, "data": data, "output": output, "options": options}
    job.run(spec, lambda *_, **__: None)


def bare(kind: str, folder: str, data: str, output: str, batch: int, threads: int) -> None:
    """What one would write with TRL alone."""
    torch.use_deterministic_algorithms(False)
    torch.set_num_threads(threads)
    rows = [json.loads(line) for line in Path(data).read_text(encoding="utf-8").splitlines()]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    common = {
        "output_dir": output,
        "num_train_epochs": 1,
        "learning_rate": 1e-3,
        "per_device_train_batch_size": batch,
        "max_length": LENGTH,
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "logging_steps": 10,
        "dataloader_pin_memory": False,
    }
    if kind == "generator":
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        trainer = SFTTrainer(
            model,
            SFTConfig(**common, train_sampling_strategy="group_by_length"),
            train_dataset=Dataset.from_list(rows),
            processing_class=tokenizer,
        )
    else:
        model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1, dtype=torch.float32)
        trainer = RewardTrainer(
            model, RewardConfig(**common), train_dataset=Dataset.from_list(rows), processing_class=tokenizer
        )
    trainer.train()
    trainer.save_model(output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="d96")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    disable_caching()
    disable_progress_bars()
    stdout, sys.stdout = sys.stdout, sys.stderr  # libraries print their logs
    result: dict = {"settings": vars(arguments)}
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(scratch, "model")
        hidden, layers = SIZES[arguments.size]
        make_model(folder, hidden=hidden, layers=layers, vocabulary=400, key_value_heads=4)
        chat = Chat(AutoTokenizer.from_pretrained(folder))
        shared = {"epochs": 1, "learning_rate": 1e-3, "warmup_ratio": 0, "threads": arguments.threads}
        pairs_a_prompt = (ANSWERS // 2) ** 2
        kinds = {
            "generator": (train_generator, sft_rows, shared | {"batch_size": BATCH}, BATCH),
            "verifier": (train_verifier, pair_rows, shared | {"batch_problems": 2}, 2 * pairs_a_prompt),
        }
        for kind, (job, make_rows, options, batch) in kinds.items():
            rows = make_rows(random.Random(0))
            data = os.path.join(scratch, kind + ".jsonl")
            with open(data, "w", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)
            amount = len(rows)
            if kind == "generator":
                amount = sum(len(chat.whole(row["prompt"] + row["completion"])) for row in rows)
            seconds: dict[str, list[float]] = {"ours": [], "bare": []}
            for turn in range(arguments.rounds):
                output = os.path.join(scratch, f"{kind}-{turn}")
                seconds["ours"].append(timed(ours, kind, job, folder, data, output, options))
                seconds["bare"].append(timed(bare, kind, folder, data, output + "-bare", batch, arguments.threads))
            speed = {who: amount / statistics.median(times) for who, times in seconds.items()}
            unit = "tokens_per_second" if kind == "generator" else "pairs_per_second"
            result[kind] = {
                unit: round(speed["ours"]),
                f"trl_{unit}": round(speed["bare"]),
                "ratio": round(speed["ours"] / speed["bare"], 3),
                "seconds": {who: [round(s, 2) for s in times] for who, times in seconds.items()},
            }
    print(json.dumps(result, indent=1), file=stdout)


if __name__ == "__main__":
    main()
