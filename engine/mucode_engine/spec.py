"""What a job is asked to do, checked before anything is loaded: unknown or ill-typed fields are refused by name."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mucode_engine.errors import InputFault

DTYPES = ("auto", "float32", "float64", "bfloat16")
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Field:
    """One field of a specification. Bounds are inclusive unless `above` is given."""

    kind: type
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    above: float | None = None


def read(where: str, given: Any, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The values of all fields, defaults filled in."""
    if not isinstance(given, dict):
        raise InputFault(f"{where}: expected an object, got {type(given).__name__}")
    for name in given:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known: {', '.join(fields)}"
            raise InputFault(f'{where}: unknown field "{name}"; {hint}')
    values = {}
    for name, field in fields.items():
        value = given.get(name)
        if value is None:
            if field.required:
                raise InputFault(f'{where}: field "{name}" is missing')
            values[name] = field.default
        else:
            values[name] = _checked(f'{where}, field "{name}"', value, field)
    return values


def _checked(where: str, value: Any, field: Field) -> Any:
    if field.kind is float and type(value) is int:
        value = float(value)
    if field.kind is int and isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value).__name__ != field.kind.__name__:  # not isinstance: true is no number
        raise InputFault(f"{where}: expected {_name(field.kind)}, got {value!r}")
    if field.kind is float and not math.isfinite(value):
        raise InputFault(f"{where}: {value!r} is not a finite number")
    if field.choices and value not in field.choices:
        raise InputFault(f"{where}: {value!r} is not one of {', '.join(field.choices)}")
    if field.above is not None and not value > field.above:
        raise InputFault(f"{where}: {value!r} is not above {field.above}")
    if (field.low is not None and value < field.low) or (field.high is not None and value > field.high):
        low = "" if field.low is None else f" at least {field.low}"
        high = "" if field.high is None else f" at most {field.high}"
        raise InputFault(f"{where}: {value!r} is out of range, expected{low}{' and' if low and high else ''}{high}")
    return value


def _name(kind: type) -> str:
    return {str: "a string", int: "an integer", float: "a number", bool: "true or false", dict: "an object"}[kind]


SERVE = {
    "model": Field(str, required=True),
    "task": Field(str, "generate", choices=("generate", "classify")),
    "dtype": Field(str, "auto", choices=DTYPES),
    "device": Field(str, "auto", choices=DEVICES),
    "threads": Field(int, 1, low=1, high=1024),
    "max_batch": Field(int, 128, low=1, high=4096),
    "host": Field(str, "127.0.0.1"),
    "port": Field(int, 0, low=0, high=65535),
    "name": Field(str),
}

TRAIN = {
    "kind": Field(str, required=True, choices=("generator", "verifier", "pretrain")),
    "model": Field(str, required=True),
    "data": Field(str, required=True),
    "output": Field(str, required=True),
    "seed": Field(int, 0, low=0, high=2**31 - 1),
    "options": Field(dict, {}),
}

_OPTIMISATION = {
    "steps": Field(int, low=1),
    "epochs": Field(float, above=0),
    "warmup_ratio": Field(float, 0.05, low=0, high=1),
    "weight_decay": Field(float, 0.0, low=0),
    "schedule": Field(str, "linear", choices=("linear", "cosine", "constant")),
    "max_grad_norm": Field(float, 1.0, above=0),
    "max_length": Field(int, low=2),
    "dtype": Field(str, "auto", choices=DTYPES),
    "device": Field(str, "auto", choices=DEVICES),
    "threads": Field(int, 1, low=1, high=1024),
}

GENERATOR_OPTIONS = _OPTIMISATION | {
    "learning_rate": Field(float, 1e-3, above=0),
    "batch_tokens": Field(int, low=1),
    "batch_size": Field(int, low=1),
    "share_prefixes": Field(bool, False),
}

VERIFIER_OPTIONS = _OPTIMISATION | {
    "loss": Field(str, "bradley-terry", choices=("bradley-terry", "bce")),
    "learning_rate": Field(float, 1e-3, above=0),
    "batch_problems": Field(int, 8, low=1),
    "score_penalty": Field(float, 0.0, low=0),
}


def one_of(where: str, values: Mapping[str, Any], first: str, second: str, default: Any) -> None:
    """Two options that exclude each other; `default` is the value of the first where neither is given."""
    if values[first] is not None and values[second] is not None:
        raise InputFault(f'{where}: give "{first}" or "{second}", not both')
    if values[first] is None and values[second] is None:
        values[first] = default  # type: ignore[index]
