"""Drives the model from the event loop: one step, then whatever requests have arrived, then the next step."""

import asyncio
from collections.abc import Callable

from transformers import PreTrainedModel

from mucode_engine.classifier import score
from mucode_engine.decoder import Choice, Decoder, Generation
from mucode_engine.request import Sampling

_Text = tuple[int, ...]


class Pump:
    """Calls `step` for as long as there is work."""

    def __init__(self, step: Callable[[], None], idle: Callable[[], bool]) -> None:
        self._step, self._idle = step, idle
        self._work = asyncio.Event()

    def wake(self) -> None:
        self._work.set()

    async def run(self) -> None:
        """Never returns; a fault of the model is raised."""
        while True:
            await self._work.wait()
            self._work.clear()
            # A client sends its requests in bursts: two turns of the event loop let a burst arrive as one batch.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            while not self._idle():
                self._step()
                await asyncio.sleep(0)


class TokenPump(Pump):
    """Completions of prompts."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__(decoder.step, lambda: decoder.idle)
        self._decoder = decoder

    async def complete(self, prompt: _Text, sampling: Sampling) -> list[Choice]:
        """All choices of one request, in order."""
        future: asyncio.Future[Generation] = asyncio.get_running_loop().create_future()

        def done(generation: Generation) -> None:
            if not future.done():  # the client may have gone
                future.set_result(generation)

        self._decoder.submit(Generation(prompt, sampling, done))
        self.wake()
        return [choice for choice in (await future).choices if choice is not None]


class ScorePump(Pump):
    """Scores of texts: everything that waits is scored in one go."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__(self._score_all, lambda: not self._waiting)
        self._model = model
        self._waiting: list[tuple[list[_Text], asyncio.Future[list[float]]]] = []

    async def scores(self, texts: list[_Text]) -> list[float]:
        """One score a text."""
        future: asyncio.Future[list[float]] = asyncio.get_running_loop().create_future()
        self._waiting.append((texts, future))
        self.wake()
        return await future

    def _score_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        scores = iter(score(self._model, [text for texts, _ in waiting for text in texts]))
        for texts, future in waiting:
            answer = [next(scores) for _ in texts]
            if not future.done():
                future.set_result(answer)
