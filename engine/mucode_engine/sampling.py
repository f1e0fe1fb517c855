"""Drawing one token a row by inverse CDF from a uniform that belongs to the row alone.

Row i's token is a function of (its logits, its settings, its uniform): nothing depends on the other rows of the
batch. The uniform of a token is drawn from (seed, index of the choice, position), so a request gives the same
completion whatever it was batched with, up to the rounding of its logits (1e-16 in float64).
"""

import numpy
import torch


def uniforms(seed: int, choice: int, count: int) -> list[float]:
    """The uniforms in [0, 1) of the first `count` tokens of one choice of a request."""
    key = numpy.array([seed & (2**64 - 1), choice], dtype=numpy.uint64)
    return numpy.random.Generator(numpy.random.Philox(key=key)).random(count).tolist()


def draw(
    logits: torch.Tensor,
    temperature: torch.Tensor,
    top_p: torch.Tensor | None,
    uniform: torch.Tensor,
    greedy: torch.Tensor | None,
) -> torch.Tensor:
    """One token id a row.

    logits [rows, vocabulary]; temperature (> 0), uniform and, where some row has a top_p below 1, top_p: [rows] in
    float64. greedy [rows], where some row is greedy: true for the rows that take the most likely token.
    """
    if logits.dtype not in (torch.float32, torch.float64):
        logits = logits.float()
    probabilities = torch.softmax(logits / temperature[:, None].to(logits.dtype), dim=-1)
    if top_p is not None:
        probabilities = _nucleus(probabilities, top_p)
    cumulative = probabilities.cumsum(-1, dtype=torch.float64)
    threshold = uniform[:, None] * cumulative[:, -1:]
    # right=True steps over tokens of probability 0; the clamp is for a uniform that rounds up to the whole mass.
    token = torch.searchsorted(cumulative, threshold, right=True)[:, 0].clamp_(max=logits.shape[-1] - 1)
    if greedy is not None:
        token = torch.where(greedy, logits.argmax(-1), token)
    return token


def _nucleus(probabilities: torch.Tensor, top_p: torch.Tensor) -> torch.Tensor:
    """Keep the smallest set of most likely tokens whose mass reaches top_p (equal ones: lowest id first)."""
    ordered, order = probabilities.sort(dim=-1, descending=True, stable=True)
    mass_before = ordered.cumsum(-1, dtype=torch.float64) - ordered
    # At 1 all are kept, also those that rounding puts beyond the whole mass.
    kept = (mass_before < top_p[:, None]) | (top_p >= 1)[:, None]
    kept[:, 0] = True
    return probabilities * torch.zeros_like(kept).scatter_(-1, order, kept)
