"""What a training batch holds and what its loss is: completions for the generator, answers for the verifier."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, logsigmoid
from transformers import PreTrainedModel

from mucode_engine.classifier import pad_right
from mucode_engine.rows import Example, Labelled, Pair

_IGNORED = -100


def completion_batch(examples: list[Example], pad: int) -> dict[str, Any]:
    """A padded batch: padding on the right and causal attention, so no mask is needed."""
    lengths = [len(example.tokens) - example.completion_start for example in examples]
    labels = [
        [_IGNORED] * example.completion_start + list(example.tokens[example.completion_start :]) for example in examples
    ]
    return {
        "input_ids": pad_right([example.tokens for example in examples], pad),
        "labels": pad_right(labels, _IGNORED),
        "weights": torch.tensor([example.weight for example in examples]),
        "first": min(example.completion_start for example in examples),
        "scored": sum(example.weight * length for example, length in zip(examples, lengths, strict=True)),
        "tokens": sum(len(example.tokens) for example in examples),
    }


def completion_loss(model: PreTrainedModel, batch: dict[str, Any]) -> torch.Tensor:
    """Sum of a batch's completion-token losses, each times its example's weight; `scored` is the sum of the weights."""
    # Logits are needed from the token before the earliest completion on.
    labels = batch["labels"][:, batch["first"] :]
    logits = model(input_ids=batch["input_ids"], use_cache=False, logits_to_keep=labels.shape[1] + 1).logits[:, :-1]
    scored = labels != _IGNORED
    losses = cross_entropy(
        logits[scored].float() if logits.dtype == torch.bfloat16 else logits[scored], labels[scored], reduction="none"
    )
    weights = batch["weights"].to(losses.dtype)[:, None].expand(labels.shape)[scored]
    return (losses * weights).sum()


def answer_batch(rows: Sequence[Pair | Labelled], pad: int) -> dict[str, Any]:
    """The distinct texts of some rows, and where each row finds its own among them."""
    place: dict[tuple[int, ...], int] = {}

    def find(text: tuple[int, ...]) -> int:
        return place.setdefault(text, len(place))

    batch: dict[str, Any] = {"weights": torch.tensor([row.weight for row in rows])}
    if pairs := [row for row in rows if isinstance(row, Pair)]:
        batch["chosen"] = torch.tensor([find(row.chosen) for row in pairs])
        batch["rejected"] = torch.tensor([find(row.rejected) for row in pairs])
    else:
        labelled = [row for row in rows if isinstance(row, Labelled)]
        batch["answers"] = torch.tensor([find(row.text) for row in labelled])
        batch["labels"] = torch.tensor([float(row.label) for row in labelled])
    batch["input_ids"] = pad_right(list(place), pad)
    batch["tokens"] = sum(map(len, place))
    return batch


def answer_loss(scores: torch.Tensor, batch: dict[str, Any], score_penalty: float) -> torch.Tensor:
    """Weighted mean of Eq. 3 over pairs or of Eq. 2 over labelled answers, plus score_penalty * mean(score^2)."""
    if "chosen" in batch:
        losses = -logsigmoid(scores[batch["chosen"]] - scores[batch["rejected"]])
    else:
        losses = binary_cross_entropy_with_logits(
            scores[batch["answers"]], batch["labels"].to(scores.dtype), reduction="none"
        )
    weights = batch["weights"].to(scores.dtype)
    loss = (losses * weights).sum() / weights.sum()
    return loss + score_penalty * scores.square().mean() if score_penalty else loss
