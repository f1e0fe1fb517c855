"""Values between a program and a test that is code: typed text, in both directions, and nothing that runs when it is read.

Python                                 JSON
None, bool, int, float, str, list      as they are (Python reads its own NaN and Infinity), else {"i": "0x…"} for a long int
tuple, set, frozenset, dict            {"t": […]}, {"s": […]}, {"z": […]}, {"d": [[key, value], …]}
OrderedDict, Counter, defaultdict      {"d": [[key, value], …], "k": name}
deque, a named tuple                   {"q": [longest, […]]}, {"N": [type name, [field, …], […]]}
keys, values, items of a dict          {"v": [kind, […]]}
bytes, bytearray, complex, range       {"b": hex}, {"y": hex}, {"c": [real, imaginary]}, {"g": [start, stop, step]}
Fraction, Decimal                      {"F": [top, bottom]}, {"D": text}
datetime, date, time, timedelta        {"w": [kind, number, …]}
numpy array, numpy scalar              {"n": [dtype, shape, hex]}, {"m": [dtype, hex]}: data by its bytes, never an object array
a type of builtins, ... and the like   {"T": name}, {"E": name}
the sender's own object                {"h": …}: a handle (objects.py)
the receiver's own object, given back  {"o": number}
a container already sent in this call  {"r": number}: what is one object on one side is one object on the other

A subclass counts as its base: the base's own methods read it, and what an object says of itself is never asked.
Lists, dicts, sets, bytearrays, deques and arrays are numbered in the order in which they are met, on both sides alike.
"""

import datetime
import json.encoder
import re

from values import TooLarge, read_json

LONGEST_RANGE = 10_000_000
EXPONENT = 100_000
# What a container counts against the limit of a value, in characters: it takes more memory than it takes text.
CONTAINER_COST = 32
MOST_CONTAINERS = 2_000_000
NATURAL = {type(None), bool, int, float, str}
CONSTANTS = {"Ellipsis": Ellipsis, "NotImplemented": NotImplemented}
DTYPE = re.compile(r"[<>|=](?:[biufcmMSU]\d+(?:\[\w+\])?)\Z")
_quote = json.encoder.encode_basestring_ascii
_chunks = json.encoder.c_make_encoder(None, None, _quote, None, ":", ",", False, False, True)
_DATE, _TIME = ("year", "month", "day"), ("hour", "minute", "second", "microsecond")
MOMENTS = {
    datetime.datetime: _DATE + _TIME,
    datetime.date: _DATE,
    datetime.time: _TIME,
    datetime.timedelta: ("days", "seconds", "microseconds"),
}


class Unreadable(Exception):
    """What arrived is not in the form above."""


def to_text(tree, limit):
    """A tree that Writer made, as text of at most `limit` characters, else TooLarge."""
    text = "".join(_chunks(tree, 0))
    if len(text) > limit:
        raise TooLarge
    return text


def from_text(text):
    if text.count("[") + text.count("{") > MOST_CONTAINERS:
        raise Unreadable("too many containers")
    try:
        return read_json(text)
    except (ValueError, RecursionError, IndexError, StopIteration):
        raise Unreadable("not JSON") from None
