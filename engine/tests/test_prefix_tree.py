"""A tree's loss and gradient are those of its examples one by one, and it holds no prefix twice."""

import random

import pytest
import torch
from transformers import AutoModelForCausalLM

from mucode_engine.losses import completion_batch, completion_loss
from mucode_engine.prefix_tree import cut_into_trees, tree_batch, tree_loss, tree_of
from mucode_engine.rows import Example


@pytest.fixture(scope="module", params=[torch.float64, torch.float32])
def model(request: pytest.FixtureRequest, folder: str) -> AutoModelForCausalLM:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=request.param)


def _conversations(seed: int) -> list[Example]:
    """Rollouts of three turns, their states with one of two targets, some of which are answers that were given."""
    draw = random.Random(seed)

    def text(length: int) -> tuple[int, ...]:
        return tuple(draw.randint(3, 40) for _ in range(length))

    examples = []
    for _problem in range(3):
        targets, prompt = [text(6), text(9)], text(12)
        for _rollout in range(4):
            state = prompt
            for _turn in range(3):
                target = draw.choice(targets)
                examples.append(Example((*state, *target, 1), len(state), draw.choice([1.0, 0.5, 3.0])))
                state = (*state, *draw.choice([text(7), targets[0]]), 1, *text(5))
    return examples


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_is_that_of_the_examples_one_by_one(model: AutoModelForCausalLM, seed: int) -> None:
    examples = _conversations(seed)

    def gradient(loss: torch.Tensor) -> torch.Tensor:
        model.zero_grad()
        loss.backward()
        return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])

    whole = completion_batch(examples, 0)
    plain = completion_loss(model, whole)
    expected = gradient(plain)
    batch = tree_batch(examples)
    shared = tree_loss(model, batch)
    got = gradient(shared)
    # In float64 too, transformers rotates positions and normalises in float32.
    close = 1e-6 if model.dtype == torch.float64 else 1e-5
    assert shared.item() == pytest.approx(plain.item(), rel=close)
    assert (got - expected).norm() / expected.norm() < close
    assert batch["scored"] == pytest.approx(whole["scored"])
    assert batch["tokens"] < 0.67 * whole["tokens"]


def test_equal_beginnings_are_one_path() -> None:
    tree = tree_of([Example((5, 6, 7, 1), 2, 1.0), Example((5, 6, 7, 8, 1), 3, 2.0), Example((9, 6, 1), 1, 1.0)])
    assert tree.tokens == [5, 6, 7, 1, 8, 1, 9, 6, 1]
    assert tree.parents == [-1, 0, 1, 2, 2, 4, -1, 6, 7]
    # The third token is a target of the first example and history to the second.
    assert tree.weights == [0, 0, 1, 1, 2, 2, 0, 1, 1]


@pytest.mark.parametrize("most", [1, 40, 100, 10_000])
def test_trees_hold_every_example_once_and_no_more_tokens_than_asked_for(most: int) -> None:
    examples = _conversations(1)
    groups = cut_into_trees(examples, most)
    assert sorted((e.tokens, e.weight) for group in groups for e in group) == sorted(
        (e.tokens, e.weight) for e in examples
    )
    for group in groups:
        assert len(group) == 1 or len(tree_of(group).tokens) <= most
    if most == 10_000:
        assert len(groups) == 1
