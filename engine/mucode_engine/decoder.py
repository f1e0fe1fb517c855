"""Continuous batching: sequences join the batch when they arrive and leave it when they end, between two tokens.

A step of a small model costs about the same for 1 row as for 50, so the batch is kept full: waiting prompts are
prefilled together (sorted by length, identical ones once, without what an earlier turn has computed) as soon as
enough of them wait to be worth a pass.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from mucode_engine.classifier import pad_right
from mucode_engine.models import context_length, end_tokens
from mucode_engine.prefixes import Prefixes, States, Tokens
from mucode_engine.request import Sampling
from mucode_engine.sampling import draw, uniforms
from mucode_engine.slots import PromptKeys, Slots

_PREFILL_TOKENS = 8192  # most padded tokens of one prefill pass
_PADDING_TOKENS = 512  # padding that costs about as much as one more pass
_PATIENCE = 8  # steps that a prompt may wait for company


@dataclass
class TokenChoice:
    """A token with its log-probability under the model (temperature 1), and the likeliest alternatives."""

    id: int
    logprob: float
    alternatives: list[tuple[int, float]]


@dataclass
class Choice:
    """One completion: its tokens without the end-of-sequence token, and why it ended."""

    text: str
    finish: str
    tokens: int
    logprobs: list[TokenChoice]


@dataclass
class Generation:
    """A request in the decoder; `done` is called once all its choices are complete."""

    prompt: Tokens
    sampling: Sampling
    done: Callable[["Generation"], None]
    choices: list[Choice | None] = field(default_factory=list)
    missing: int = 0


@dataclass(slots=True)
class _Row:
    generation: Generation
    choice: int
    uniforms: list[float]
    most: int
    tokens: list[int]
    logprobs: list[TokenChoice]
    tail: int  # tokens whose text can hold a stop string that ends in the newest one; 0 where there is none to look for


class _Prompt:
    """A prompt and what is known of its first tokens."""

    def __init__(self, tokens: Tokens, known: States | None) -> None:
        self.tokens, self.known = tokens, known
        self.new = tokens if known is None else tokens[known[0][0].shape[1] :]


class Decoder:
    """Decodes the rows of all requests together, one token a row and step."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, max_batch: int) -> None:
        self.context = context_length(model)
        self._model, self._tokenizer, self._max_batch = model, tokenizer, max_batch
        self._ends = end_tokens(model, tokenizer)
        self._device = model.device
        self._slots = Slots(model.dtype, model.device)
        self._prefixes = Prefixes(self._ends)
        self._rows: list[_Row] = []
        self._waiting: deque[_Row] = deque()
        self._waited = 0
        self._regroup()

    @property
    def idle(self) -> bool:
        return not self._rows and not self._waiting

    def submit(self, generation: Generation) -> None:
        """Queue all choices of a request. The caller has checked that prompt and completion fit the context."""
        sampling = generation.sampling
        most = sampling.max_tokens or self.context - len(generation.prompt)
        generation.choices = [None] * sampling.n
        generation.missing = sampling.n
        tail = max((len(stop.encode()) for stop in sampling.stop), default=-4) + 4
        for choice in range(sampling.n):
            drawn = uniforms(sampling.seed, choice, most) if sampling.temperature > 0 else []
            self._waiting.append(_Row(generation, choice, drawn, most, [], [], tail))

    @torch.inference_mode()
    def step(self) -> None:
        """Let waiting rows in if it is time, then add one token to every row."""
        free = self._max_batch - len(self._rows)
        if self._waiting and free:
            self._waited += 1
            enough = max(4, len(self._rows) // 8)
            if not self._rows or min(len(self._waiting), free) >= enough or self._waited > _PATIENCE:
                self._waited = 0
                self._admit([self._waiting.popleft() for _ in range(min(free, len(self._waiting)))])
        if self._rows:
            last = torch.tensor([row.tokens[-1] for row in self._rows], device=self._device)[:, None]
            position = [len(row.generation.prompt) + len(row.tokens) - 1 for row in self._rows]
            logits = self._model(
                input_ids=last,
                attention_mask=self._slots.begin_step(),
                position_ids=torch.tensor(position, device=self._device)[:, None],
                past_key_values=self._slots,
                use_cache=True,
            ).logits[:, -1]
            self._advance(self._rows, logits, self._temperature, self._top_p, self._greedy)
            self._drop_ended()

    def _admit(self, rows: list[_Row]) -> None:
        by_prompt: dict[Tokens, list[_Row]] = {}
        for row in rows:
            by_prompt.setdefault(row.generation.prompt, []).append(row)
        fresh: list[_Prompt] = []
        grown: list[_Prompt] = []
        for prompt in by_prompt:
            known = self._prefixes.find(prompt)
            (fresh if known is None else grown).append(_Prompt(prompt, known))
        for group in _passes(fresh) + _passes(grown):
            self._prefill(group, by_prompt)

    def _prefill(self, group: list[_Prompt], by_prompt: dict[Tokens, list[_Row]]) -> None:
        """Run the new tokens of prompts through the model and draw the first token of each of their rows."""
        # Padded on the right under causal attention: no token sees padding, so without known tokens no mask is needed.
        ids = pad_right([prompt.new for prompt in group], 0).to(self._device)
        keys = PromptKeys([prompt.known for prompt in group])
        last = sorted({len(prompt.new) - 1 for prompt in group})
        known = torch.tensor([len(prompt.tokens) - len(prompt.new) for prompt in group], device=self._device)
        logits = self._model(
            input_ids=ids,
            attention_mask=self._mask_behind(known, ids.shape[1]) if keys.known else None,
            position_ids=torch.arange(ids.shape[1], device=self._device) + known[:, None],
            past_key_values=keys,
            use_cache=True,
            logits_to_keep=torch.tensor(last, device=self._device),
        ).logits
        new = [row for prompt in group for row in by_prompt[prompt.tokens]]
        owner = [i for i, prompt in enumerate(group) for _ in by_prompt[prompt.tokens]]
        self._slots.add(keys, owner, [len(row.generation.prompt) for row in new])
        self._rows.extend(new)
        place = [last.index(len(group[i].new) - 1) for i in owner]
        self._advance(new, logits[owner, place], *self._settings(new))
        if not self._drop_ended():
            self._regroup()

    def _mask_behind(self, known: torch.Tensor, width: int) -> torch.Tensor:
        """Mask of a prefill: each prompt's known tokens, which end where the new ones begin, and causal new ones."""
        most = int(known.max())
        column = torch.arange(most + width, device=self._device)
        seen = (column <= most + torch.arange(width, device=self._device)[:, None]) & (
            column >= most - known[:, None, None]
        )
        mask = torch.zeros(seen.shape, dtype=self._model.dtype, device=self._device)
        return mask.masked_fill_(~seen, float("-inf"))[:, None]

    def _advance(
        self,
        rows: list[_Row],
        logits: torch.Tensor,
        temperature: torch.Tensor,
        top_p: torch.Tensor | None,
        greedy: torch.Tensor | None,
    ) -> None:
        uniform = torch.tensor(
            [row.uniforms[len(row.tokens)] if row.uniforms else 0.0 for row in rows],
            dtype=torch.float64,
            device=self._device,
        )
        drawn = draw(logits, temperature, top_p, uniform, greedy)
        tokens: list[int] = drawn.tolist()
        if any(row.generation.sampling.logprobs for row in rows):
            self._record_logprobs(rows, logits, drawn)
        for row, token in zip(rows, tokens, strict=True):
            row.tokens.append(token)

    def _record_logprobs(self, rows: list[_Row], logits: torch.Tensor, drawn: torch.Tensor) -> None:
        wanted = [i for i, row in enumerate(rows) if row.generation.sampling.logprobs]
        index = torch.tensor(wanted, device=self._device)
        logprobs = torch.log_softmax(logits[index].double(), dim=-1)
        chosen = logprobs.gather(-1, drawn[index][:, None])[:, 0].tolist()
        most = min(max(rows[i].generation.sampling.top_logprobs for i in wanted), logprobs.shape[-1])
        values, ids = logprobs.topk(most, dim=-1)
        for i, logprob, row_values, row_ids in zip(wanted, chosen, values.tolist(), ids.tolist(), strict=True):
            kept = rows[i].generation.sampling.top_logprobs
            alternatives = list(zip(row_ids[:kept], row_values[:kept], strict=True))
            rows[i].logprobs.append(TokenChoice(int(drawn[i]), logprob, alternatives))

    def _drop_ended(self) -> bool:
        """Complete the choices that have ended and close the gaps; whether there were any."""
        ended = []
        for i, row in enumerate(self._rows):
            token = row.tokens[-1]
            if token in self._ends:
                self._prefixes.keep(row.generation.prompt + tuple(row.tokens), self._slots.states(i))
                self._complete(row, "stop")
            elif row.tail and self._reached_stop(row):
                self._complete(row, "stop")
            elif len(row.tokens) >= row.most:
                self._complete(row, "length")
            else:
                continue
            ended.append(i)
        if ended:
            for source, hole in self._slots.remove(ended):
                self._rows[hole] = self._rows[source]
            del self._rows[len(self._rows) - len(ended) :]
            self._regroup()
        return bool(ended)

    def _reached_stop(self, row: _Row) -> bool:
        text = self._text(row.tokens[-row.tail :])
        return any(stop in text for stop in row.generation.sampling.stop)

    def _complete(self, row: _Row, finish: str) -> None:
        generation = row.generation
        text = self._text(row.tokens[:-1] if row.tokens[-1] in self._ends else row.tokens)
        cuts = [at for stop in generation.sampling.stop if (at := text.find(stop)) >= 0]
        if cuts:
            text = text[: min(cuts)]
        generation.choices[row.choice] = Choice(text, finish, len(row.tokens), row.logprobs)
        generation.missing -= 1
        if generation.missing == 0:
            generation.done(generation)

    def _text(self, tokens: list[int]) -> str:
        text: Any = self._tokenizer.decode(tokens, skip_special_tokens=True)
        return str(text)

    def _regroup(self) -> None:
        self._temperature, self._top_p, self._greedy = self._settings(self._rows)

    def _settings(self, rows: list[_Row]) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
        samplings = [row.generation.sampling for row in rows]
        temperatures = [sampling.temperature or 1.0 for sampling in samplings]
        top_ps = [sampling.top_p for sampling in samplings]
        greedy = [sampling.temperature == 0 for sampling in samplings]
        return (
            torch.tensor(temperatures, dtype=torch.float64, device=self._device),
            torch.tensor(top_ps, dtype=torch.float64, device=self._device) if min(top_ps, default=1.0) < 1 else None,
            torch.tensor(greedy, device=self._device) if any(greedy) else None,
        )


def _passes(prompts: list[_Prompt]) -> list[list[_Prompt]]:
    """Cut prompts into prefill passes with little padding."""
    passes: list[list[_Prompt]] = []
    padding = 0
    for prompt in sorted(prompts, key=lambda prompt: len(prompt.new)):
        if passes:
            group = passes[-1]
            padding += (len(prompt.new) - len(group[-1].new)) * len(group)
            if padding <= _PADDING_TOKENS and len(prompt.new) * (len(group) + 1) <= _PREFILL_TOKENS:
                group.append(prompt)
                continue
        passes.append([prompt])
        padding = 0
    return passes
