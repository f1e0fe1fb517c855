"""Training data: JSON Lines in TRL's formats, checked line by line and turned into tokens."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from mucode_engine.chat import Chat, Message, check_messages
from mucode_engine.errors import InputFault

_Tokens = tuple[int, ...]
_Row = TypeVar("_Row")


@dataclass(frozen=True)
class Example:
    """A prompt and its completion as one text; the loss is on the tokens from `completion_start` on."""

    tokens: _Tokens
    completion_start: int
    weight: float
    problem: str = ""


@dataclass(frozen=True)
class Pair:
    """Two answers to one prompt, the first better than the second."""

    prompt: str
    chosen: _Tokens
    rejected: _Tokens
    weight: float


@dataclass(frozen=True)
class Labelled:
    """An answer to a prompt, right or wrong."""

    prompt: str
    text: _Tokens
    label: bool
    weight: float


def read_examples(path: str, chat: Chat, max_length: int, ends: frozenset[int]) -> list[Example]:
    """Rows {"prompt": [messages], "completion": [assistant message], "weight"?: number}."""

    def parse(where: str, row: dict[str, Any]) -> Example:
        _check_fields(where, row, ("prompt", "completion"))
        prompt, completion = _prompt(where, row), _answer(where, row, "completion")
        before, whole = chat.prompt(prompt), chat.whole(prompt + completion)
        if whole[: len(before)] != before or len(whole) == len(before):
            raise InputFault(
                f"{where}: the tokens of the prompt don't begin those of prompt and completion, so it is unclear where "
                "the loss begins; the chat template must begin an assistant message with the generation prompt"
            )
        if not ends.intersection(whole[len(before) :]):
            raise InputFault(
                f"{where}: the chat template puts no end-of-sequence token after the completion, so the model would "
                "never learn to stop"
            )
        _check_length(where, whole, max_length)
        return Example(whole, len(before), _weight(where, row), str(row.get("problem", "")))

    return _read(path, parse)


def read_pairs(path: str, chat: Chat, max_length: int) -> list[Pair]:
    """Rows {"prompt": [messages], "chosen": [assistant message], "rejected": [...], "weight"?: number}."""

    def parse(where: str, row: dict[str, Any]) -> Pair:
        _check_fields(where, row, ("prompt", "chosen", "rejected"))
        prompt = _prompt(where, row)
        chosen, rejected = (chat.whole(prompt + _answer(where, row, name)) for name in ("chosen", "rejected"))
        _check_length(where, chosen, max_length)
        _check_length(where, rejected, max_length)
        return Pair(json.dumps(prompt), chosen, rejected, _weight(where, row))

    return _read(path, parse)


def read_labelled(path: str, chat: Chat, max_length: int) -> list[Labelled]:
    """Rows {"prompt": [messages], "completion": [assistant message], "label": true | false, "weight"?: number}."""

    def parse(where: str, row: dict[str, Any]) -> Labelled:
        _check_fields(where, row, ("prompt", "completion", "label"))
        prompt = _prompt(where, row)
        if not isinstance(row["label"], bool):
            raise InputFault(f'{where}, field "label": {row["label"]!r} is not true or false')
        text = chat.whole(prompt + _answer(where, row, "completion"))
        _check_length(where, text, max_length)
        return Labelled(json.dumps(prompt), text, row["label"], _weight(where, row))

    return _read(path, parse)


def _read(path: str, parse: Callable[[str, dict[str, Any]], _Row]) -> list[_Row]:
    rows = [parse(where, row) for where, row in _lines(path)]
    if not rows:
        raise InputFault(f"{path}: has no rows")
    return rows


def _lines(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                where = f"{path}:{number}"
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise InputFault(f"{where}: not JSON ({error})") from error
                if not isinstance(row, dict):
                    raise InputFault(f"{where}: expected an object, got {type(row).__name__}")
                yield where, row
    except OSError as error:
        raise InputFault(f"{path}: can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputFault(f"{path}: not UTF-8 ({error})") from error


def _check_fields(where: str, row: dict[str, Any], required: tuple[str, ...]) -> None:
    for name in required:
        if name not in row:
            raise InputFault(f'{where}: field "{name}" is missing; expected {", ".join(required)}')
    for name in row:
        if name not in required and name not in ("weight", "problem"):
            expected = f"{', '.join(required)} and at most weight and problem"
            raise InputFault(f'{where}: unknown field "{name}"; expected {expected}')


def _prompt(where: str, row: dict[str, Any]) -> list[Message]:
    return check_messages(f'{where}, field "prompt"', row["prompt"])


def _answer(where: str, row: dict[str, Any], name: str) -> list[Message]:
    messages = check_messages(f'{where}, field "{name}"', row[name])
    if len(messages) != 1 or messages[0]["role"] != "assistant":
        raise InputFault(f'{where}, field "{name}": expected one message of the assistant')
    return messages


def _weight(where: str, row: dict[str, Any]) -> float:
    weight = row.get("weight", 1)
    if type(weight) not in (int, float) or not 0 < weight < float("inf"):
        raise InputFault(f'{where}, field "weight": {weight!r} is not a number above 0')
    return float(weight)


def _check_length(where: str, tokens: _Tokens, max_length: int) -> None:
    if len(tokens) > max_length:
        raise InputFault(
            f'{where}: {len(tokens)} tokens, but "max_length" is {max_length}; '
            "raise it (up to the model's context) or leave the row out"
        )
