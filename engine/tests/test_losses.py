"""Losses and batches against formulas written out by hand."""

import math
import random

import pytest
import torch
from transformers import AutoModelForCausalLM

from mucode_engine.batches import by_length, drawn, mixed, schedule
from mucode_engine.losses import answer_batch, answer_loss, completion_batch, completion_loss
from mucode_engine.rows import Example, Labelled, Pair
from mucode_engine.sampling import draw, uniforms

_LONG = Example((5, 9, 17, 30, 8, 1), 3, 2.0)
_SHORT = Example((6, 12, 11, 1), 2, 1.0)


@pytest.fixture(scope="module")
def model(folder: str) -> AutoModelForCausalLM:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64)


def test_completion_loss_is_the_weighted_sum_over_completion_tokens(model: AutoModelForCausalLM) -> None:
    total = tokens = 0.0
    for example in (_LONG, _SHORT):
        logprobs = torch.log_softmax(model(torch.tensor([example.tokens])).logits[0], -1)
        for at in range(example.completion_start, len(example.tokens)):
            total -= example.weight * logprobs[at - 1, example.tokens[at]].item()
            tokens += example.weight
    batch = completion_batch([_LONG, _SHORT], 0)
    assert completion_loss(model, batch).item() == pytest.approx(total, abs=1e-12)
    assert batch["scored"] == tokens


def test_a_weight_is_so_many_copies(model: AutoModelForCausalLM) -> None:
    def gradient(examples: list[Example]) -> torch.Tensor:
        model.zero_grad()
        completion_loss(model, completion_batch(examples, 0)).backward()
        return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])

    once = Example(_LONG.tokens, _LONG.completion_start, 1.0)
    assert torch.allclose(gradient([_LONG, _SHORT]), gradient([once, _SHORT, once]), atol=1e-12)


def test_the_gradient_comes_from_the_completion_only(model: AutoModelForCausalLM) -> None:
    batch = completion_batch([_LONG, _SHORT], 0)
    outputs = model(batch["input_ids"]).logits
    outputs.retain_grad()

    def replay(**_: object) -> object:
        kept = outputs[:, -(batch["labels"].shape[1] - batch["first"] + 1) :]
        return type("Output", (), {"logits": kept})

    completion_loss(replay, batch).backward()  # type: ignore[arg-type]
    reached = outputs.grad.abs().sum(-1) > 0
    assert reached.tolist() == [[False, False, True, True, True, False], [False, True, True, False, False, False]]


def test_bradley_terry_is_equation_3() -> None:
    rows = [Pair("p", (1, 2), (3,), 1.0), Pair("p", (1, 2), (4, 5, 6), 3.0), Pair("q", (7,), (3,), 1.0)]
    batch = answer_batch(rows, 0)
    assert batch["input_ids"].tolist() == [[1, 2, 0], [7, 0, 0], [3, 0, 0], [4, 5, 6]]
    assert batch["tokens"] == 7
    scores = torch.tensor([0.5, 0.25, -1.0, 2.0], dtype=torch.float64)
    gaps = [(0.5 + 1.0, 1), (0.5 - 2.0, 3), (0.25 + 1.0, 1)]
    expected = sum(-weight * math.log(1 / (1 + math.exp(-gap))) for gap, weight in gaps) / 5
    assert answer_loss(scores, batch, 0.0).item() == pytest.approx(expected, abs=1e-12)
    penalty = 0.1 * (0.25 + 1 + 4 + 0.0625) / 4
    assert answer_loss(scores, batch, 0.1).item() == pytest.approx(expected + penalty, abs=1e-12)


def test_binary_cross_entropy_is_equation_2() -> None:
    batch = answer_batch([Labelled("p", (1,), True, 1.0), Labelled("p", (2,), False, 2.0)], 0)
    probabilities = [1 / (1 + math.exp(-0.5)), 1 / (1 + math.exp(1.0))]
    expected = -(math.log(probabilities[0]) + 2 * math.log(1 - probabilities[1])) / 3
    loss = answer_loss(torch.tensor([0.5, -1.0], dtype=torch.float64), batch, 0.0)
    assert loss.item() == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(("tokens", "rows"), [(400, None), (None, 7), (300, 3), (10, None)])
def test_a_mixed_pass_holds_every_example_once_within_the_limits(tokens: int | None, rows: int | None) -> None:
    lengths = [random.Random(i).randint(5, 90) for i in range(301)]
    steps = mixed(lengths, [1.0] * 301, most_tokens=tokens, most_rows=rows, generator=random.Random(1))
    assert sorted(i for step in steps for part in step for i in part) == list(range(301))
    for step in steps:
        held = sum(lengths[i] for part in step for i in part)
        count = sum(map(len, step))
        assert count == 1 or held <= (tokens or math.inf)
        assert count <= (rows or math.inf)
    padded = sum(len(part) * max(lengths[i] for i in part) for step in steps for part in step)
    assert padded <= 1.125 * sum(lengths)
    assert sum(map(len, steps)) <= 6 * len(steps)
    assert steps == mixed(lengths, [1.0] * 301, most_tokens=tokens, most_rows=rows, generator=random.Random(1))


@pytest.mark.parametrize(("tokens", "rows"), [(400, None), (None, 7), (10, None)])
@pytest.mark.parametrize("steps", [1, 12, 100])
def test_examples_are_drawn_by_their_weights(tokens: int | None, rows: int | None, steps: int) -> None:
    lengths = [random.Random(i).randint(5, 90) for i in range(60)]
    weights = [random.Random(-i).choice([0.25, 1.0, 2.0, 15.0]) for i in range(60)]
    limits: dict[str, int | None] = {"most_tokens": tokens, "most_rows": rows}
    visits = [0] * 60
    for seed in range(40):
        chosen = drawn(lengths, weights, steps=steps, **limits, generator=random.Random(seed))
        assert len(chosen) == steps
        assert all(part for step in chosen for part in step)
        assert all(chosen)
        held = [sum(lengths[i] if tokens else 1 for part in step for i in part) for step in chosen]
        # The least that a step holds is one example, however long.
        assert sum(held) <= max(steps * (tokens or rows or 0), steps * 90) * 1.1 + 90
        assert max(held) <= max(tokens or rows or 0, 90) + 90
        for step in chosen:
            for part in step:
                for index in part:
                    visits[index] += 1
    assert chosen == drawn(lengths, weights, steps=steps, **limits, generator=random.Random(39))
    for weight in (0.25, 2.0, 15.0) if steps > 1 else ():
        share = sum(n for n, w in zip(visits, weights, strict=True) if w == weight) / sum(visits)
        assert share == pytest.approx(weights.count(weight) * weight / sum(weights), rel=0.1, abs=0.01)


def test_visits_of_a_heavy_example_are_spread_over_the_steps() -> None:
    chosen = drawn(
        [50] * 100, [30.0] + [1.0] * 99, steps=30, most_tokens=500, most_rows=None, generator=random.Random(1)
    )
    assert {sum(part.count(0) for part in step) for step in chosen} <= {1, 2, 3, 4}


def test_examples_count_by_their_weights_whatever_their_lengths() -> None:
    # First turns, short and merged from fifteen rollouts, beside later turns.
    lengths, weights = [40] * 60 + [160] * 600, [15.0] * 60 + [1.0] * 600
    due = 60 * 15.0 / sum(weights)

    def shares(steps: list[list[int]]) -> list[float]:
        short = [sum(weights[i] for i in step if lengths[i] == 40) for step in steps]
        return [part / sum(weights[i] for i in step) for part, step in zip(short, steps, strict=True)]

    limits: dict[str, int | None] = {"most_tokens": 4096, "most_rows": None}
    steps = mixed(lengths, weights, **limits, generator=random.Random(1))
    got = shares([[i for part in step for i in part] for step in steps])
    assert sum(got) / len(got) == pytest.approx(due, rel=0.03)
    assert min(got) > 0.7 * due
    # What is to be avoided: steps of similar length give the short ones a tenth of that.
    apart = shares(by_length(lengths, **limits, generator=random.Random(1)))
    assert sum(apart) / len(apart) < 0.2 * due


@pytest.mark.parametrize(("tokens", "rows"), [(400, None), (None, 7), (300, 3), (10, None)])
def test_a_pass_holds_every_example_once_within_the_limits(tokens: int | None, rows: int | None) -> None:
    lengths = [random.Random(i).randint(5, 90) for i in range(301)]
    batches = by_length(lengths, most_tokens=tokens, most_rows=rows, generator=random.Random(1))
    assert sorted(i for batch in batches for i in batch) == list(range(301))
    for batch in batches:
        padded = len(batch) * max(lengths[i] for i in batch)
        assert len(batch) == 1 or padded <= (tokens or math.inf)
        assert len(batch) <= (rows or math.inf)
    if tokens == 400:
        padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
        assert padded < 1.15 * sum(lengths)
    assert batches == by_length(lengths, most_tokens=tokens, most_rows=rows, generator=random.Random(1))


def test_a_schedule_has_as_many_steps_as_asked_for() -> None:
    def one_pass() -> list[list[int]]:
        return [[0], [1], [2], [3]]

    assert len(schedule(one_pass, steps=10, epochs=None)) == 10
    assert schedule(one_pass, steps=None, epochs=1.5) == [[0], [1], [2], [3], [0], [1]]
    assert schedule(one_pass, steps=None, epochs=0.01) == [[0]]


def test_draws_follow_the_distribution() -> None:
    probabilities = torch.tensor([0.1, 0.0, 0.6, 0.3], dtype=torch.float64)
    drawn = uniforms(11, 0, 20_000)
    logits = probabilities.log().expand(len(drawn), 4)
    ones = torch.ones(len(drawn), dtype=torch.float64)
    tokens = draw(logits, ones, None, torch.tensor(drawn, dtype=torch.float64), None)
    counts = torch.bincount(tokens, minlength=4) / len(drawn)
    assert counts[1] == 0
    assert torch.allclose(counts.double(), probabilities, atol=0.015)
    nucleus = draw(logits, ones, 0.65 * ones, torch.tensor(drawn, dtype=torch.float64), None)
    assert set(nucleus.tolist()) == {2, 3}
    whole = draw(
        logits, ones, torch.where(ones.cumsum(0) > 9, 1.0, 0.5), torch.tensor(drawn, dtype=torch.float64), None
    )
    assert torch.equal(whole[9:], tokens[9:])
    assert (nucleus == 2).double().mean().item() == pytest.approx(2 / 3, abs=0.015)


def test_uniforms_belong_to_seed_choice_and_position() -> None:
    assert uniforms(1, 0, 5) == uniforms(1, 0, 9)[:5]
    assert len({uniforms(seed, choice, 1)[0] for seed in (0, 1, -1) for choice in (0, 1)}) == 6
