"""The next turn of a conversation reuses what the turn before has computed, and gives what it gives without."""

import random

import pytest
import torch

from mucode_engine.arithmetic import ATTENTION, keep_number_format
from mucode_engine.decoder import Choice, Decoder, Generation
from mucode_engine.models import load_generator, load_tokenizer
from mucode_engine.prefixes import Prefixes
from mucode_engine.request import Sampling
from mucode_engine.slots import Slots


def _decode(
    decoder: Decoder, prompts: list[tuple[int, ...]], max_tokens: list[int], temperature: float = 0.0
) -> list[Choice | None]:
    generations = [
        Generation(prompt, Sampling(1, seed, temperature, 1.0, most, (), True, 2), lambda _: None)
        for seed, (prompt, most) in enumerate(zip(prompts, max_tokens, strict=True))
    ]
    for generation in generations:
        decoder.submit(generation)
    while not decoder.idle:
        decoder.step()
    return [generation.choices[0] for generation in generations]


@pytest.fixture(scope="module")
def decoders(folder: str) -> list[Decoder]:
    model = load_generator(folder, torch.float64, torch.device("cpu"), ATTENTION).eval()
    keep_number_format(model)
    return [Decoder(model, load_tokenizer(folder), 32) for _ in range(2)]


def test_a_grown_conversation_decodes_as_a_fresh_one(decoders: list[Decoder]) -> None:
    used, fresh = decoders
    generator = random.Random(2)

    def words(most: int) -> tuple[int, ...]:
        return tuple(generator.randrange(5, 300) for _ in range(generator.randint(1, most)))

    _decode(used, [words(60) for _ in range(40)], [150] * 40, temperature=50.0)
    conversations = list(used._prefixes._kept)
    assert len(conversations) >= 8
    prompts = [conversation + words(20) for conversation in conversations] + [words(80) for _ in range(4)]
    most = [30] * len(prompts)
    known = [used._prefixes.find(prompt) for prompt in prompts]
    assert [states is not None for states in known] == [True] * len(conversations) + [False] * 4
    assert not any(fresh._prefixes.find(prompt) for prompt in prompts)
    for reused, computed in zip(_decode(used, prompts, most), _decode(fresh, prompts, most), strict=True):
        assert reused
        assert computed
        assert (reused.text, reused.finish, reused.tokens) == (computed.text, computed.finish, computed.tokens)
        for a, b in zip(reused.logprobs, computed.logprobs, strict=True):
            assert a.logprob == pytest.approx(b.logprob, abs=1e-11)


def test_a_long_run_moves_back_in_the_buffer(decoders: list[Decoder], monkeypatch: pytest.MonkeyPatch) -> None:
    # Few places and staggered ends: the rows walk beyond the buffer's end while new ones keep joining.
    shifts: list[int] = []
    shift = Slots._shift
    monkeypatch.setattr(Slots, "_shift", lambda slots, by: (shifts.append(by), shift(slots, by)))
    decoder = Decoder(decoders[0]._model, decoders[0]._tokenizer, 6)
    prompts = [(5 + i, 6, 7) for i in range(75)]
    most = [40 + 3 * (i % 7) for i in range(75)]
    together = _decode(decoder, prompts, most)
    assert min(shifts) < -256
    apart = _decode(decoders[1], prompts, most)
    assert [choice and choice.text for choice in together] == [choice and choice.text for choice in apart]


def test_kept_states_stay_within_their_limit() -> None:
    states = [(torch.zeros(2, 4, 8), torch.zeros(2, 4, 8))]  # 512 bytes
    prefixes = Prefixes({1}, most_bytes=1100)
    for first in (10, 11, 12):
        prefixes.keep((first, 2, 1), states)
    assert prefixes.find((10, 2, 1, 5)) is None
    assert prefixes.find((11, 2, 1, 5)) is states
    assert prefixes.find((11, 2, 1)) is states
    assert prefixes.find((11, 2)) is None
    prefixes.keep((13, 2, 1), states)  # drops the least recently used
    assert prefixes.find((12, 2, 1, 5)) is None
    assert prefixes.find((11, 2, 1, 5)) is states
