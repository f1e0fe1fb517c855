"""Which examples make up each optimiser step: seeded, and padded to similar length, since padding is wasted work."""

import math
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

_Batch = TypeVar("_Batch")

_PADDED = 1.125  # most tokens of a part with padding, by those without
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


def mixed(
    lengths: Sequence[int],
    weights: Sequence[float],
    *,
    most_tokens: int | None,
    most_rows: int | None,
    generator: random.Random,
) -> list[list[list[int]]]:
    """One pass over all examples, each once, as steps: samples of all of them, each cut into parts of similar length.

    A step holds as many examples as fit in `most_tokens` (without padding; at least one) and `most_rows`. Were whole
    steps of similar length, those of few and heavy examples (merged first turns are short) would get a step's weight
    each, and not their examples'.
    """
    order = _spread(weights, generator)
    steps: list[list[int]] = [[]]
    tokens = 0
    for index in order:
        tokens += lengths[index]
        full = len(steps[-1]) == most_rows or (most_tokens is not None and tokens > most_tokens)
        if steps[-1] and full:
            steps.append([])
            tokens = lengths[index]
        steps[-1].append(index)
    return [_parts(sorted(step, key=lambda i: lengths[i]), lengths) for step in steps]


def drawn(
    lengths: Sequence[int],
    weights: Sequence[float],
    *,
    steps: int,
    most_tokens: int | None,
    most_rows: int | None,
    generator: random.Random,
) -> list[list[list[int]]]:
    """So many steps of examples drawn by weight, cut into parts as in a mixed pass: each visit counts alike.

    An example of weight w is visited w / u times, rounded up or down at random, where u makes the tokens of all visits
    (or, with `most_rows`, their number) those of all steps. So a heavy example is a part of many steps instead of most
    of one, which takes no more time and a far less noisy gradient comes of it; where the steps are few, not all light
    ones are seen.
    """
    costs = lengths if most_tokens is not None else [1] * len(lengths)
    room = steps * (most_tokens if most_tokens is not None else most_rows or 1)
    unit = sum(weight * cost for weight, cost in zip(weights, costs, strict=True)) / room
    unit = min(unit, 0.999 * sum(weights) / steps)  # a step holds at least one
    order = list(range(len(lengths)))
    generator.shuffle(order)
    placed: list[tuple[float, int]] = []
    carried = generator.random()
    for index in order:
        carried += weights[index] / unit
        visits, carried = int(carried), carried % 1
        offset = generator.random()
        placed += [((rank + offset) / visits, index) for rank in range(visits)]
    sequence = [index for _, index in sorted(placed)]
    share = sum(costs[index] for index in sequence) / steps
    chosen: list[list[int]] = [[]]
    used = 0
    for place, index in enumerate(sequence):
        full = used + costs[index] / 2 > share * len(chosen) or len(sequence) - place <= steps - len(chosen)
        if chosen[-1] and full and len(chosen) < steps:
            chosen.append([])
        chosen[-1].append(index)
        used += costs[index]
    return [_parts(sorted(step, key=lambda i: lengths[i]), lengths) for step in chosen]


def _spread(weights: Sequence[float], generator: random.Random) -> list[int]:
    """A random order in which every stretch holds its share of light and of heavy examples."""
    alike: dict[int, list[int]] = {}
    for index, weight in enumerate(weights):
        alike.setdefault(round(math.log2(weight)), []).append(index)
    placed: list[tuple[float, int]] = []
    for _, indices in sorted(alike.items()):
        generator.shuffle(indices)
        offset = generator.random()
        placed += [((rank + offset) / len(indices), index) for rank, index in enumerate(indices)]
    return [index for _, index in sorted(placed)]


def _parts(ordered: list[int], lengths: Sequence[int]) -> list[list[int]]:
    parts: list[list[int]] = []
    held = 0  # tokens of the newest part
    for index in ordered:  # the newest is the longest
        held += lengths[index]
        if parts and lengths[index] * (len(parts[-1]) + 1) <= _PADDED * held:
            parts[-1].append(index)
        else:
            parts.append([index])
            held = lengths[index]
    return parts


def schedule(one_pass: Callable[[], list[_Batch]], *, steps: int | None, epochs: float | None) -> list[_Batch]:
    """The batches of a whole training: exactly `steps`, or those of `epochs` passes (the last may be partial)."""
    batches: list[_Batch] = []
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
