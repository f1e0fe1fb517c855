"""Two places where transformers' modelling code is slow or rounds on a CPU, replaced through its own extension points.

1. RMS normalisation casts to float32 and back. PyTorch's own function stays in the model's number format: in float64
   the whole pass is double precision, which is what makes results independent of how requests were batched, and it
   takes a fraction of the time. A module is replaced only where both give the same in float32.
2. Grouped-query attention copies keys and values once per query head and step. For a single new token the query heads
   of a group can stand in for query positions instead, which needs no copy.
"""

from typing import Any

import torch
from torch.nn.functional import rms_norm, scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

ATTENTION = "mucode_sdpa"
_ALIKE = 1e-5


class _RmsNorm(torch.nn.Module):
    def __init__(self, weight: torch.nn.Parameter, epsilon: float) -> None:
        super().__init__()
        self.weight, self._epsilon, self._shape = weight, epsilon, tuple(weight.shape)

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        return rms_norm(hidden_states, self._shape, self.weight, self._epsilon)


@torch.no_grad()
def keep_number_format(model: PreTrainedModel) -> None:
    """Replace the RMS normalisations of a float32 or float64 model by PyTorch's."""
    if model.dtype not in (torch.float32, torch.float64):
        return
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child).__name__.endswith("RMSNorm") and hasattr(child, "variance_epsilon"):
                ours = _RmsNorm(child.weight, child.variance_epsilon)
                probe = torch.linspace(-3, 3, child.weight.numel(), dtype=model.dtype, device=model.device)
                if torch.allclose(ours(probe), child(probe), rtol=_ALIKE, atol=_ALIKE):
                    setattr(parent, name, ours)


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **rest: Any,
) -> tuple[torch.Tensor, None]:
    """In transformers' calling convention: [batch, heads, positions, size] in, [batch, positions, heads, size] out."""
    batch, heads, positions, size = query.shape
    if positions != 1:
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **rest)
    grouped = query.reshape(batch, key.shape[1], heads // key.shape[1], size)
    output = scaled_dot_product_attention(grouped, key, value, attn_mask=attention_mask, scale=scaling)
    return output.reshape(batch, 1, heads, value.shape[-1]), None


AttentionInterface.register(ATTENTION, _attend)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)
