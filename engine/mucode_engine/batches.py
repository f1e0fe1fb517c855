"""Which examples make up each optimiser step: seeded, and batches of similar length, since padding is wasted work."""

import random
from collections.abc import Callable, Sequence

_POOL = 16  # batches cut from one sorted pool: more means less padding, fewer means more mixing of lengths


def by_length(
    lengths: Sequence[int], *, most_tokens: int | None, most_rows: int | None, generator: random.Random
) -> list[list[int]]:
    """One pass over all examples, each once, as batches of indices.

    A batch holds as many examples as fit in `most_tokens` (padding included; at least one) and `most_rows`.
    """
    order = list(range(len(lengths)))
    generator.shuffle(order)
    mean = sum(lengths) / len(lengths)
    rows = most_rows if most_rows is not None else max(1, int((most_tokens or 0) / mean))
    batches: list[list[int]] = []
    for start in range(0, len(order), rows * _POOL):
        pool = sorted(order[start : start + rows * _POOL], key=lambda i: lengths[i])
        batch: list[int] = []
        for index in pool:  # sorted, so the newest is the longest
            full = len(batch) == most_rows or (
                most_tokens is not None and lengths[index] * (len(batch) + 1) > most_tokens
            )
            if batch and full:
                batches.append(batch)
                batch = []
            batch.append(index)
        batches.append(batch)
    generator.shuffle(batches)
    return batches


def schedule(one_pass: Callable[[], list[list[int]]], *, steps: int | None, epochs: float | None) -> list[list[int]]:
    """The batches of a whole training: exactly `steps`, or those of `epochs` passes (the last may be partial)."""
    batches: list[list[int]] = []
    if steps is None:
        assert epochs is not None
        whole, part = int(epochs), epochs - int(epochs)
        for _ in range(whole):
            batches += one_pass()
        if part > 0:
            last = one_pass()
            batches += last[: round(part * len(last))]
        return batches or one_pass()[:1]
    while len(batches) < steps:
        batches += one_pass()
    return batches[:steps]
