"""Writes the value of a call as text that carries only plain data: never pickle, never a method of the value's own.

Python                       JSON
None, bool, str, list        null, true/false, "…", […]
int                          number up to 2^53, else {"i": "0x…"}
float                        {"f": repr}: exact, with nan, inf and -0.0
complex, bytes               {"c": [repr, repr]}, {"b": hex}
tuple, set, dict             {"t": […]}, {"s": […]}, {"d": [[key, value], …]}
Fraction, Decimal            {"q": [numerator, denominator]}, hexadecimal
anything else                {"o": type name}: equal to nothing

A subclass counts as its base: the base's own methods read it, so a lying `__eq__`, `__iter__` or `__repr__` is never
asked. Reading is bounded in depth and in size; beyond that the test has the verdict "output".
"""

import decimal
import fractions
import json.decoder
import json.encoder

DEPTH = 200
_SAFE = 2**53

# The C scanner and encoder themselves: the functions around them touch pages that every program would then copy.
_scan = json.decoder.JSONDecoder().scan_once
_quote = json.encoder.encode_basestring_ascii
_chunks = json.encoder.c_make_encoder(None, None, _quote, None, ":", ",", False, False, False)


def read_json(text):
    return _scan(text, 0)[0]


def write_json(value):
    return "".join(_chunks(value, 0))


class TooLarge(Exception):
    """The value does not fit the output limit."""


def encode(value, limit):
    """The text of `value`, at most `limit` characters, else TooLarge."""
    kind = type(value)
    if value is None or kind is bool or (kind is int and -_SAFE < value < _SAFE):
        return write_json(value)
    budget = [limit]
    text = write_json(_plain(value, 0, budget))
    if len(text) > limit:
        raise TooLarge
    return text


def _spend(budget, amount):
    budget[0] -= amount
    if budget[0] < 0:
        raise TooLarge


def _plain(value, depth, budget):
    kind = type(value)
    if value is None or kind is bool:
        _spend(budget, 1)
        return value
    writer = _WRITERS.get(kind)
    if writer is None:
        writer = _base_writer(kind)
        if writer is None:
            _spend(budget, 1)
            return {"o": _type_name(kind)}
    if depth > DEPTH:
        raise TooLarge
    return writer(value, depth + 1, budget)


def _base_writer(kind):
    for base in type.__dict__["__mro__"].__get__(kind):
        if base in _WRITERS:
            return _WRITERS[base]
    return None


def _type_name(kind):
    name = type.__dict__["__name__"].__get__(kind)
    return str.__getitem__(name, slice(0, 80))


def _int(value, _depth, budget):
    bits = int.bit_length(value)
    _spend(budget, 1 + bits // 4)
    if bits <= 53:
        return int.__add__(value, 0)
    return {"i": int.__format__(value, "#x")}


def _float(value, _depth, budget):
    _spend(budget, 4)
    return {"f": float.__repr__(value)}


def _complex(value, _depth, budget):
    _spend(budget, 8)
    return {"c": [float.__repr__(complex.real.__get__(value)), float.__repr__(complex.imag.__get__(value))]}


def _str(value, _depth, budget):
    _spend(budget, 2 + str.__len__(value))
    return str.__getitem__(value, slice(None)) if type(value) is str else str.__add__(value, "")


def _bytes(value, _depth, budget):
    _spend(budget, 2 + 2 * len(value))
    return {"b": bytes(memoryview(value)).hex()}


def _sequence(base, tag):
    def write(value, depth, budget):
        _spend(budget, 2 + base.__len__(value))
        items = [_plain(item, depth, budget) for item in base.__iter__(value)]
        return items if tag is None else {tag: items}

    return write


def _dict(value, depth, budget):
    _spend(budget, 2 + 2 * dict.__len__(value))
    return {"d": [[_plain(key, depth, budget), _plain(item, depth, budget)] for key, item in dict.items(value)]}


def _view(value, depth, budget):
    return {"s": [_plain(item, depth, budget) for item in value]}


def _fraction(value, _depth, budget):
    pair = fractions.Fraction.as_integer_ratio(value)
    return _ratio(pair, budget)


def _decimal(value, _depth, budget):
    if not decimal.Decimal.is_finite(value):
        return _float(float(value), 0, budget)
    if abs(decimal.Decimal.adjusted(value)) > 4 * budget[0]:
        raise TooLarge  # its ratio has as many digits as its exponent says
    return _ratio(decimal.Decimal.as_integer_ratio(value), budget)


def _ratio(pair, budget):
    _spend(budget, 2 + sum(int.bit_length(part) // 4 for part in pair))
    return {"q": [int.__format__(part, "#x") for part in pair]}


def _numpy_scalar(value, depth, budget):
    """By its Python value. A truth value of numpy's equals True and 1, but is not the object `True`."""
    plain = _numpy.generic.item(value)
    if type(plain) is bool:
        return int(plain)
    return {"o": _type_name(type(value))} if isinstance(plain, _numpy.generic) else _plain(plain, depth, budget)


def _numpy_array(value, depth, budget):
    """Without dimensions it is a scalar; else opaque: the truth of its comparison is not one truth."""
    if _numpy.ndarray.ndim.__get__(value) == 0:
        return _plain(_numpy.ndarray.item(value), depth, budget)
    return {"o": _type_name(type(value))}


def add_numpy(numpy):
    """In workers that have it."""
    global _numpy
    _numpy = numpy
    _WRITERS[numpy.generic], _WRITERS[numpy.ndarray] = _numpy_scalar, _numpy_array


_WRITERS = {
    int: _int,
    float: _float,
    complex: _complex,
    str: _str,
    bytes: _bytes,
    bytearray: _bytes,
    list: _sequence(list, None),
    tuple: _sequence(tuple, "t"),
    set: _sequence(set, "s"),
    frozenset: _sequence(frozenset, "s"),
    dict: _dict,
    type({}.keys()): _view,
    type({}.items()): _view,
    fractions.Fraction: _fraction,
    decimal.Decimal: _decimal,
}
