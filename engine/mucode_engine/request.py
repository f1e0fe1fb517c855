"""A chat completion request, checked: what vLLM's server honours is honoured, what would change the result and is not
supported is refused. Never ignored: a parameter that silently does nothing spoils an experiment."""

import secrets
from dataclasses import dataclass
from typing import Any

from mucode_engine.chat import Message, check_messages
from mucode_engine.errors import InputFault

# Parameters that we don't implement, with the values at which they do nothing.
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "stream": (False,),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "repetition_penalty": (1,),
    "top_k": (-1, 0),
    "min_p": (0,),
    "min_tokens": (0,),
    "ignore_eos": (False,),
    "skip_special_tokens": (True,),
    "add_generation_prompt": (True,),
    "continue_final_message": (False,),
    "logit_bias": ({},),
    "stop_token_ids": ([],),
    "tools": ([],),
    "response_format": ({"type": "text"},),
}
_NO_EFFECT = ("user", "metadata", "store")
MOST_CHOICES, MOST_LOGPROBS = 1024, 20


@dataclass(frozen=True)
class Sampling:
    """How to draw completions."""

    n: int
    seed: int
    temperature: float
    top_p: float
    max_tokens: int | None
    stop: tuple[str, ...]
    logprobs: bool
    top_logprobs: int


def read_chat(body: Any) -> tuple[list[Message], Sampling]:
    """Messages and sampling parameters of a request body; InputFault names the parameter that is wrong."""
    if not isinstance(body, dict):
        raise InputFault("the body must be a JSON object")
    given = {name: value for name, value in body.items() if value is not None}
    messages = check_messages("messages", given.pop("messages", None))
    given.pop("model", None)
    for name in _NO_EFFECT:
        given.pop(name, None)
    for name, neutral in _NEUTRAL.items():
        if name in given and given.pop(name) not in neutral:
            raise InputFault(f"{name}: not supported by this server; leave it out")
    if "max_completion_tokens" in given:  # the newer name
        given["max_tokens"] = given.pop("max_completion_tokens")
    sampling = Sampling(
        n=_integer(given, "n", 1, 1, MOST_CHOICES),
        seed=_integer(given, "seed", secrets.randbits(63), -(2**63), 2**64 - 1),
        temperature=_number(given, "temperature", 1.0, 0.0, 100.0),
        top_p=_number(given, "top_p", 1.0, 0.0, 1.0),
        max_tokens=_integer(given, "max_tokens", 1, 1, 2**31) if "max_tokens" in given else None,
        stop=_stops(given.pop("stop", ())),
        logprobs=_boolean(given, "logprobs"),
        top_logprobs=_integer(given, "top_logprobs", 0, 0, MOST_LOGPROBS),
    )
    if sampling.top_p == 0.0:
        raise InputFault("top_p: must be above 0 and at most 1")
    if sampling.top_logprobs and not sampling.logprobs:
        raise InputFault('top_logprobs: needs "logprobs": true')
    if given:
        raise InputFault(f"{next(iter(given))}: unknown parameter; this server would not honour it")
    return messages, sampling


def _integer(given: dict[str, Any], name: str, default: int, low: int, high: int) -> int:
    value = given.pop(name, default)
    if type(value) is not int or not low <= value <= high:
        raise InputFault(f"{name}: {value!r} is not an integer from {low} to {high}")
    return value


def _number(given: dict[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = given.pop(name, default)
    if type(value) not in (int, float) or not low <= value <= high:
        raise InputFault(f"{name}: {value!r} is not a number from {low:g} to {high:g}")
    return float(value)


def _boolean(given: dict[str, Any], name: str) -> bool:
    value = given.pop(name, False)
    if type(value) is not bool:
        raise InputFault(f"{name}: {value!r} is not true or false")
    return value


def _stops(value: Any) -> tuple[str, ...]:
    stops = (value,) if isinstance(value, str) else value
    if (
        not isinstance(stops, (list, tuple))
        or len(stops) > 16
        or not all(isinstance(stop, str) and stop for stop in stops)
    ):
        raise InputFault(f"stop: {value!r} is not a non-empty string or a list of at most 16 of them")
    return tuple(stops)
