"""Scoring texts with a verifier: those that wait are scored together, sorted by length, identical ones once.

Texts are padded on the right and attention is causal, so no token sees padding and no mask is needed; the head reads
the last token that is not padding. Scores are raw (a logit), in the model's number format.
"""

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

_BATCH_TOKENS = 16384  # most padded tokens of one pass
_PADDING_TOKENS = 1024  # padding that costs about as much as one more pass

_TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-3, torch.bfloat16: 0.25}


@torch.inference_mode()
def score(model: PreTrainedModel, texts: Sequence[tuple[int, ...]]) -> list[float]:
    """The score of each text (given as token ids)."""
    known: dict[tuple[int, ...], float] = {}
    group: list[tuple[int, ...]] = []
    padding = 0
    for text in sorted(set(texts), key=len):
        if group:
            padding += (len(text) - len(group[-1])) * len(group)
            if padding > _PADDING_TOKENS or len(text) * (len(group) + 1) > _BATCH_TOKENS:
                known.update(_score_batch(model, group))
                group, padding = [], 0
        group.append(text)
    if group:
        known.update(_score_batch(model, group))
    return [known[text] for text in texts]


def _score_batch(model: PreTrainedModel, texts: list[tuple[int, ...]]) -> dict[tuple[int, ...], float]:
    scores = model(input_ids=pad_right(texts, model.config.pad_token_id).to(model.device), use_cache=False).logits[:, 0]
    return dict(zip(texts, scores.double().tolist(), strict=True))


def pad_right(texts: Sequence[Sequence[float]], pad: float) -> torch.Tensor:
    """Rows of token ids (or of weights) as a matrix, padded on the right."""
    width = max(map(len, texts))
    return torch.tensor([[*text, *[pad] * (width - len(text))] for text in texts])


@torch.inference_mode()
def disagreement(model: PreTrainedModel, texts: Sequence[tuple[int, ...]]) -> float | None:
    """Largest difference between scores made in one batch and transformers' plain forward pass, text by text, where it
    is beyond rounding; otherwise None."""
    plain = []
    for text in texts:
        ids = torch.tensor([text], device=model.device)
        plain.append(model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, 0].double().item())
    worst = max(abs(a - b) / max(1.0, abs(b)) for a, b in zip(score(model, texts), plain, strict=True))
    return worst if not worst <= _TOLERANCE[model.dtype] else None
