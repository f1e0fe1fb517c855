"""Examples with common beginnings as one tree, so that no token is computed twice.

The states of a rollout are prefixes of each other, all states of a problem begin with its prompt, and a target is often
an answer that the rollout gave. Trained one by one, a history is read once for each of its states. Here every distinct
prefix is one node: it attends to its ancestors and stands at its depth, so its activations are those that it has in
each example of which it is a part, and the loss is the same sum over the same tokens.

      prompt ─┬─ target                      first turn
              └─ answer, feedback ─┬─ target       second turn
                                   └─ answer, …
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from mucode_engine.rows import Example


@dataclass
class PrefixTree:
    """Nodes in an order in which parents come first. A node's weight is that of the examples that are to predict it."""

    tokens: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)  # -1 for a root
    weights: list[float] = field(default_factory=list)
    _children: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, example: Example) -> None:
        """Make the example a path from a root."""
        node = -1
        for at, token in enumerate(example.tokens):
            child = self._children.get((node, token))
            if child is None:
                child = len(self.tokens)
                self._children[node, token] = child
                self.tokens.append(token)
                self.parents.append(node)
                self.weights.append(0.0)
            if at >= example.completion_start:
                self.weights[child] += example.weight
            node = child


def tree_of(examples: Sequence[Example]) -> PrefixTree:
    """One tree, or several that share nothing, of all examples."""
    tree = PrefixTree()
    for example in examples:
        tree.add(example)
    return tree


def cut_into_trees(examples: Sequence[Example], most_tokens: int) -> list[list[Example]]:
    """Groups whose trees hold at most so many tokens (at least one example); those that share most come together."""
    groups: list[list[Example]] = []
    tree = PrefixTree()
    for example in sorted(examples, key=lambda example: example.tokens):
        tree.add(example)
        if groups and len(tree.tokens) <= most_tokens:
            groups[-1].append(example)
        else:
            groups.append([example])
            tree = tree_of(groups[-1])
    return groups


def tree_batch(examples: Sequence[Example]) -> dict[str, Any]:
    """What a model needs to read a tree as one row."""
    tree = tree_of(examples)
    depth: list[int] = []
    seen = torch.zeros(len(tree.tokens), len(tree.tokens), dtype=torch.bool)
    for node, parent in enumerate(tree.parents):
        depth.append(0 if parent < 0 else depth[parent] + 1)
        if parent >= 0:
            seen[node] = seen[parent]
        seen[node, node] = True
    scored = [node for node, weight in enumerate(tree.weights) if weight > 0]
    return {
        "input_ids": torch.tensor([tree.tokens]),
        "positions": torch.tensor([depth]),
        "seen": seen[None, None],
        "before": torch.tensor([tree.parents[node] for node in scored]),
        "labels": torch.tensor([tree.tokens[node] for node in scored]),
        "weights": torch.tensor([tree.weights[node] for node in scored]),
        "scored": sum(tree.weights),
        "tokens": len(tree.tokens),
    }


def tree_loss(model: PreTrainedModel, batch: dict[str, Any]) -> torch.Tensor:
    """Sum of the completion-token losses of the tree's examples, each times its weight: their completion_loss."""
    # Each node that has something to predict is read once, however many follow it.
    before, place = batch["before"].unique(return_inverse=True)
    logits = model(
        input_ids=batch["input_ids"],
        attention_mask=batch["seen"],
        position_ids=batch["positions"],
        use_cache=False,
        logits_to_keep=before,
    ).logits[0, place]
    losses = cross_entropy(
        logits.float() if logits.dtype == torch.bfloat16 else logits, batch["labels"], reduction="none"
    )
    return (losses * batch["weights"].to(losses.dtype)).sum()
