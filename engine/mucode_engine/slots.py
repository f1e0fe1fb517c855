"""Keys and values of the sequences being decoded, in one preallocated buffer.

All rows write their next token to the same column, so a step writes one slice and attention reads one window. A row
that joins later is laid down so that its prompt ends at that column: rows differ in where they begin, and a mask
that is built once per row hides what lies before. Positions are counted per row, so a row's result does not depend
on where it lies.

      column      0 1 2 3 4 5 6 7 8            . hidden   p prompt   c completion   ^ next column
      row 0       p p p p c c c c ^
      row 1       . . . . p p p c ^
"""

import torch
from transformers import Cache

from mucode_engine.prefixes import States

_GROWTH = 256  # columns


class PromptKeys(Cache):
    """Keys and values of a batch of prompts, of which the first tokens may be known already.

    Known ones end where the new ones begin (at column `known`), so that each prompt lies in one piece.
    """

    def __init__(self, prefixes: list[States | None]) -> None:
        super().__init__(layers=[])
        lengths = [0 if states is None else states[0][0].shape[1] for states in prefixes]
        self.known = max(lengths)
        self.starts = [self.known - length for length in lengths]
        self.kept: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._prefixes = prefixes

    def update(self, key_states, value_states, layer_idx, *args, **kwargs):  # type: ignore[no-untyped-def]
        if self.known:
            key_states, value_states = self._join(key_states, layer_idx, 0), self._join(value_states, layer_idx, 1)
        self.kept.append((key_states, value_states))
        return key_states, value_states

    def _join(self, new: torch.Tensor, layer: int, which: int) -> torch.Tensor:
        batch, heads, width, size = new.shape
        joined = new.new_zeros(batch, heads, self.known + width, size)
        joined[:, :, self.known :] = new
        for row, (states, start) in enumerate(zip(self._prefixes, self.starts, strict=True)):
            if states is not None:
                joined[row, :, start : self.known] = states[layer][which]
        return joined


class Slots(Cache):
    """The buffer: one row a sequence, rows 0 to `rows - 1` in use."""

    def __init__(self, dtype: torch.dtype, device: torch.device) -> None:
        super().__init__(layers=[])
        self._dtype, self._device = dtype, device
        self._buffers: list[list[torch.Tensor]] = []  # per layer: keys, values [capacity, heads, columns, size]
        self._mask = torch.zeros(0, 1, 1, 0, dtype=dtype, device=device)  # 0 seen, -inf hidden
        self._starts: list[int] = []  # per row: its first column
        self._column = 0  # where the next token of every row goes
        self._window = slice(0, 0)

    @property
    def rows(self) -> int:
        return len(self._starts)

    def add(self, prompts: PromptKeys, rows: list[int], lengths: list[int]) -> None:
        """Append rows: row j takes the first `lengths[j]` tokens of prompt `rows[j]`."""
        longest = max(lengths)
        if self.rows == 0:
            self._column = 0
        if self._column < longest:
            self._reserve(self.rows + len(rows), longest + _GROWTH)
            self._shift(longest - self._column)
        self._reserve(self.rows + len(rows), self._column + 1)
        first = self.rows
        for buffers, states in zip(self._buffers or self._allocate(prompts), prompts.kept, strict=True):
            for buffer, state in zip(buffers, states, strict=True):
                for row, (prompt, length) in enumerate(zip(rows, lengths, strict=True), first):
                    begin = prompts.starts[prompt]
                    buffer[row, :, self._column - length : self._column] = state[prompt, :, begin : begin + length]
        self._starts.extend(self._column - length for length in lengths)
        self._hide(first)

    def remove(self, rows: list[int]) -> list[tuple[int, int]]:
        """Drop rows; the last ones move into their places. Returns the moves (from, to), for the caller's tables."""
        left = self.rows - len(rows)
        gone = set(rows)
        holes = sorted(row for row in rows if row < left)
        moves = list(zip((row for row in range(left, self.rows) if row not in gone), holes, strict=True))
        for source, hole in moves:
            self._starts[hole] = self._starts[source]
        if moves:
            to = torch.tensor([hole for _, hole in moves], device=self._device)
            source_rows = torch.tensor([source for source, _ in moves], device=self._device)
            seen = slice(min(self._starts[hole] for _, hole in moves), self._column)
            for buffers in self._buffers:
                for buffer in buffers:
                    buffer[:, :, seen].index_copy_(0, to, buffer[:, :, seen].index_select(0, source_rows))
            self._mask.index_copy_(0, to, self._mask.index_select(0, source_rows))
        del self._starts[left:]
        return moves

    def states(self, row: int) -> States:
        """A copy of the keys and values of one row."""
        seen = slice(self._starts[row], self._column)
        return [(keys[row, :, seen].clone(), values[row, :, seen].clone()) for keys, values in self._buffers]

    def begin_step(self) -> torch.Tensor:
        """Make room for one token a row; returns the attention mask of the step."""
        first = min(self._starts)
        if self._column == self._mask.shape[-1]:
            if first >= _GROWTH:
                self._shift(-first)
                first = 0
            else:
                self._reserve(self.rows, self._column + _GROWTH)
        self._window = slice(first, self._column + 1)
        self._column += 1
        return self._mask[: self.rows, :, :, self._window]

    def update(self, key_states, value_states, layer_idx, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Called by the model's attention layers, between `begin_step` and the end of its forward pass."""
        keys, values = self._buffers[layer_idx]
        rows, last = slice(0, len(self._starts)), self._column - 1
        keys[rows, :, last] = key_states[:, :, 0]
        values[rows, :, last] = value_states[:, :, 0]
        return keys[rows, :, self._window], values[rows, :, self._window]

    def _allocate(self, prompts: PromptKeys) -> list[list[torch.Tensor]]:
        capacity, columns = self._mask.shape[0], self._mask.shape[-1]
        for states in prompts.kept:
            self._buffers.append(
                [state.new_zeros(capacity, state.shape[1], columns, state.shape[3]) for state in states]
            )
        return self._buffers

    def _reserve(self, rows: int, columns: int) -> None:
        """Grow the buffers, with room to spare, to hold at least so many rows and columns."""
        capacity, width = self._mask.shape[0], self._mask.shape[-1]
        if rows <= capacity and columns <= width:
            return
        capacity = max(capacity, 2 * rows if rows > capacity and capacity else rows)
        width = max(width, -(-columns // _GROWTH) * _GROWTH)

        def grown(old: torch.Tensor) -> torch.Tensor:
            new = old.new_zeros(capacity, old.shape[1], width, *old.shape[3:])
            new[: old.shape[0], :, : old.shape[2]] = old
            return new

        for buffers in self._buffers:
            buffers[:] = [grown(buffer) for buffer in buffers]
        self._mask = grown(self._mask.transpose(2, 3)).transpose(2, 3).contiguous()

    def _shift(self, by: int) -> None:
        """Move all rows `by` columns to the right (to the left where negative)."""
        if self.rows:
            used = range(min(self._starts), self._column)
            source = slice(used.start, used.stop)
            target = slice(used.start + by, used.stop + by)
            for buffers in self._buffers:
                for buffer in buffers:
                    buffer[: self.rows, :, target] = buffer[: self.rows, :, source].clone()
            self._starts = [start + by for start in self._starts]
            self._hide(0)
        self._column += by

    def _hide(self, first: int) -> None:
        """Rebuild the mask of the rows from `first` on."""
        begin = torch.tensor(self._starts[first:], device=self._device)[:, None]
        hidden = torch.arange(self._mask.shape[-1], device=self._device) < begin
        self._mask[first : self.rows, 0, 0] = self._mask.new_zeros(hidden.shape).masked_fill_(hidden, float("-inf"))
