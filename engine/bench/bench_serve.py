"""Tokens per second of `serve` under the rollout load, beside bare transformers `generate` at its best batch size.

The load: as many requests in flight as a run has, each one completion (n = 1) of 30 to 70 tokens for a prompt of its
own of 60 to 250 tokens, at temperature 0.8. `generate` gets the same prompts and lengths, sorted by length so that it
pads little, in the best of several batch sizes. Both are measured in turn, several times; medians are compared.

  python bench/bench_serve.py [--dtype float32 float64] [--requests 256] [--rounds 3] [--threads 1]

Prints one JSON document: tokens per second count completion tokens only.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
ENGINE = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ENGINE), str(ENGINE / "tests")]

import torch  # noqa: E402
from tiny import make_model, sentence, user  # noqa: E402
from transformers import (  # noqa: E402
    AutoModelForCausalLM,
    AutoTokenizer,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

SIZES = {"d96": (96, 3), "d128": (128, 4)}
BATCH_SIZES = (32, 64, 128, 256)


class LengthPerRow(StoppingCriteria):
    """Ends row i after its own number of tokens, as an end-of-sequence token would."""

    def __init__(self, prompt: int, lengths: list[int]) -> None:
        self._ends = torch.tensor(lengths) + prompt

    def __call__(self, input_ids, scores, **_):
        return input_ids.shape[1] >= self._ends


def never_end(input_ids, scores):
    """Random weights would end messages anywhere: lengths are set by the load instead."""
    scores[:, 1] = -1e9
    return scores


def generate(model, tokenizer, load, batch: int) -> float:
    """Tokens per second of plain `generate`."""
    texts = [
        tokenizer.apply_chat_template(user(prompt), tokenize=False, add_generation_prompt=True) for prompt, _ in load
    ]
    order = sorted(range(len(load)), key=lambda i: len(texts[i]))
    started = time.perf_counter()
    for at in range(0, len(order), batch):
        rows = order[at : at + batch]
        inputs = tokenizer([texts[i] for i in rows], return_tensors="pt", padding=True, padding_side="left")
        lengths = [load[i][1] for i in rows]
        output = model.generate(
            **inputs,
            do_sample=True,
            temperature=0.8,
            max_new_tokens=max(lengths),
            logits_processor=LogitsProcessorList([never_end]),
            stopping_criteria=StoppingCriteriaList([LengthPerRow(inputs["input_ids"].shape[1], lengths)]),
        )
        tokenizer.batch_decode(output[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    return sum(length for _, length in load) / (time.perf_counter() - started)


async def ask(host: str, port: int, jobs: list, counts: list[int]) -> None:
    """One connection that sends requests one after another."""
    reader, writer = await asyncio.open_connection(host, port)
    while jobs:
        prompt, length, seed = jobs.pop()
        body = json.dumps(
            {"messages": user(prompt), "max_tokens": length, "temperature": 0.8, "top_p": 1, "n": 1, "seed": seed}
        ).encode()
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.split("content-length:")[1].split("\r\n")[0])
        answer = json.loads(await reader.readexactly(size))
        counts.append(answer["usage"]["completion_tokens"])
    writer.close()


def serve(url: str, load, in_flight: int) -> float:
    """Tokens per second of the server."""
    host, port = url.removeprefix("http://").split(":")
    jobs = [(prompt, length, seed) for seed, (prompt, length) in enumerate(load)]
    counts: list[int] = []

    async def all_of_it() -> None:
        await asyncio.gather(*(ask(host, int(port), jobs, counts) for _ in range(in_flight)))

    started = time.perf_counter()
    asyncio.run(all_of_it())
    return sum(counts) / (time.perf_counter() - started)


def start_server(folder: str, dtype: str, threads: int, in_flight: int) -> tuple[subprocess.Popen, str]:
    spec = Path(folder).parent / f"serve-{dtype}.json"
    spec.write_text(json.dumps({"model": folder, "dtype": dtype, "threads": threads, "max_batch": in_flight}))
    server = subprocess.Popen(
        [sys.executable, "-m", "mucode_engine", "serve", "--spec", str(spec)],
        cwd=ENGINE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return server, json.loads(server.stdout.readline())["url"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="d96")
    parser.add_argument("--dtype", nargs="+", default=["float32", "float64"])
    parser.add_argument("--requests", type=int, default=256)
    parser.add_argument("--in-flight", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    generator = random.Random(0)
    result = {"load": vars(arguments), "results": {}}
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.join(scratch, "model")
        hidden, layers = SIZES[arguments.size]
        make_model(folder, hidden=hidden, layers=layers, vocabulary=400, key_value_heads=4)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        load = [
            (sentence(generator, generator.randint(60, 250)), generator.randint(30, 70))
            for _ in range(arguments.requests)
        ]
        for dtype in arguments.dtype:
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()
            server, url = start_server(folder, dtype, arguments.threads, arguments.in_flight)
            try:
                with torch.inference_mode():
                    sweep = {size: generate(model, tokenizer, load, size) for size in BATCH_SIZES}
                    best = max(sweep, key=sweep.__getitem__)
                    serve(url, load[:64], arguments.in_flight)
                    ours, bare = [], []
                    for _ in range(arguments.rounds):
                        ours.append(serve(url, load, arguments.in_flight))
                        bare.append(generate(model, tokenizer, load, best))
            finally:
                server.kill()
                server.wait()
            result["results"][dtype] = {
                "serve_tokens_per_second": round(statistics.median(ours)),
                "generate_tokens_per_second": round(statistics.median(bare)),
                "generate_batch_size": best,
                "generate_sweep": {size: round(speed) for size, speed in sweep.items()},
                "ratio": round(statistics.median(ours) / statistics.median(bare), 3),
            }
    measured = result["results"]
    if "float32" in measured and "float64" in measured:
        speeds = (measured[dtype]["serve_tokens_per_second"] for dtype in ("float64", "float32"))
        result["float64_speed_of_float32"] = round(next(speeds) / next(speeds), 3)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
