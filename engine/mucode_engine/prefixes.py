"""Keys and values of conversations that have just been answered, for the next turn of the same conversation.

Dialogues only grow: the prompt of a turn begins with the prompt and the answer of the turn before. What was computed
then is kept, least recently used first out, and only the new tokens are prefilled.
"""

from collections import OrderedDict
from collections.abc import Collection

import torch

_MOST_BYTES = 512 << 20

Tokens = tuple[int, ...]
States = list[tuple[torch.Tensor, torch.Tensor]]  # per layer: keys, values [heads, tokens, size]


class Prefixes:
    """Finds the longest kept conversation that a prompt begins with."""

    def __init__(self, ends: Collection[int], most_bytes: int = _MOST_BYTES) -> None:
        self._ends, self._most_bytes = ends, most_bytes
        self._kept: OrderedDict[Tokens, States] = OrderedDict()
        self._bytes = 0

    def keep(self, conversation: Tokens, states: States) -> None:
        """Keep the states of a conversation that ends with an end token: of all its tokens but that last one."""
        if conversation in self._kept:
            return
        self._kept[conversation] = states
        self._bytes += _size(states)
        while self._bytes > self._most_bytes:
            self._bytes -= _size(self._kept.popitem(last=False)[1])

    def find(self, prompt: Tokens) -> States | None:
        """States of the first tokens of a prompt, of fewer than all; None where nothing fits."""
        for at in range(len(prompt) - 1, -1, -1):
            if prompt[at] in self._ends and (key := prompt[: at + 1]) in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        return None


def _size(states: States) -> int:
    return sum(keys.nbytes + values.nbytes for keys, values in states)
