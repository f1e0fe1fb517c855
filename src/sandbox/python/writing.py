"""From a value to the tree that crossing.py describes. In the program's process this reads what a hostile program made:
only the methods of Python's own types are called, never the object's.
"""

import builtins
import collections
import decimal
import fractions
import sys

from crossing import CONSTANTS, CONTAINER_COST, DTYPE, EXPONENT, LONGEST_RANGE, MOMENTS, NATURAL
from values import DEPTH, TooLarge

_VIEWS = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
_DICTS = {collections.OrderedDict: "OrderedDict", collections.Counter: "Counter", collections.defaultdict: "defaultdict"}


def _bases(kind):
    return type.__dict__["__mro__"].__get__(kind)


def _numpy():
    return sys.modules.get("numpy")


class Writer:
    """`export(value)` names an object that is not data: a tree, e.g. {"h": …}."""

    def __init__(self, export, limit, containers=()):
        self.export, self.budget = export, limit
        self.containers = list(containers)
        self.numbers = {id(container): number for number, container in enumerate(self.containers)}

    def spend(self, amount):
        self.budget -= amount
        if self.budget < 0:
            raise TooLarge

    def tree(self, value, depth=0):
        kind = type(value)
        if kind in NATURAL:
            return self.natural(value, kind)
        number = self.numbers.get(id(value))
        if number is not None:
            return {"r": number}
        writer = _WRITERS.get(kind)
        if writer is None:
            return self.unusual(value, kind, depth)
        if depth > DEPTH:
            raise TooLarge
        self.spend(CONTAINER_COST)
        return writer(self, value, depth + 1)

    def natural(self, value, kind):
        if kind is str:
            self.spend(str.__len__(value))
        elif kind is int and not -(10**15) < value < 10**15:
            self.spend(int.bit_length(value) // 4)
            return {"i": int.__format__(value, "#x")}
        return value

    def unusual(self, value, kind, depth):
        numpy = _numpy()
        if numpy is not None:
            tree = _numpy_tree(self, numpy, value, kind)
            if tree is not None:
                return tree
        if kind is type and builtins.__dict__.get(type.__dict__["__name__"].__get__(value)) is value:
            return {"T": type.__dict__["__name__"].__get__(value)}
        for base in _bases(kind):
            if base in _DICTS or base is tuple or base in _WRITERS:
                return _WRITERS[base](self, value, depth + 1)
            if base in NATURAL:
                return self.natural(_flat(value, base), base)
        for name, constant in CONSTANTS.items():
            if value is constant:
                return {"E": name}
        return self.export(value)

    def remember(self, value):
        self.numbers[id(value)] = len(self.containers)
        self.containers.append(value)

    def items(self, base, value, depth):
        self.spend(2 * base.__len__(value))
        found = list(base.__iter__(value))
        kinds = set(map(type, found))
        if kinds <= NATURAL and not (int in kinds and any(int.bit_length(item) > 50 for item in found if type(item) is int)):
            if str in kinds:
                self.spend(sum(str.__len__(item) for item in found if type(item) is str))
            return found
        return [self.tree(item, depth) for item in found]

    def content(self, value):
        """A container that the other side has, with its content of now."""
        kind = type(value)
        if _numpy() is not None and kind is _numpy().ndarray:
            return _array_tree(self, value)
        base = next((base for base in _bases(kind) if base in _CONTENTS), None)
        return _CONTENTS[base](self, value, 1)


def _flat(value, base):
    if base is str:
        return str.__add__(value, "")
    return int.__add__(value, 0) if base is int else float.__add__(value, 0.0)


def _list_content(writer, value, depth):
    return writer.items(list, value, depth)


def _list(writer, value, depth):
    writer.remember(value)
    return _list_content(writer, value, depth)


def _tuple(writer, value, depth):
    kind = type(value)
    tree = writer.items(tuple, value, depth)
    fields = None if kind is tuple else kind.__dict__.get("_fields") or next(
        (base.__dict__["_fields"] for base in _bases(kind) if "_fields" in base.__dict__), None)
    if type(fields) is tuple and len(fields) == len(tree) and all(type(field) is str for field in fields):
        return {"N": [_name(kind), list(fields), tree]}
    return {"t": tree}


def _name(kind):
    return str.__getitem__(type.__dict__["__name__"].__get__(kind), slice(0, 80))


def _set_content(writer, value, depth):
    return {"s": writer.items(set, value, depth)}


def _set(writer, value, depth):
    writer.remember(value)
    return _set_content(writer, value, depth)


def _frozenset(writer, value, depth):
    return {"z": writer.items(frozenset, value, depth)}


def _entries(value):
    """In its own order, which an OrderedDict keeps beside that of the dict that it is."""
    ordered = isinstance(value, collections.OrderedDict)
    return list((collections.OrderedDict if ordered else dict).items(value))


def _dict_content(writer, value, depth):
    writer.spend(4 * dict.__len__(value))
    entries = [[writer.tree(key, depth), writer.tree(item, depth)] for key, item in _entries(value)]
    kind = type(value)
    if kind is not dict:
        for base in _bases(kind):
            if base in _DICTS:
                tree = {"d": entries, "k": _DICTS[base]}
                factory = collections.defaultdict.default_factory.__get__(value) if base is collections.defaultdict else None
                if factory is not None:
                    tree["k"] = ["defaultdict", writer.tree(factory, depth)]
                return tree
    return {"d": entries}


def _dict(writer, value, depth):
    writer.remember(value)
    return _dict_content(writer, value, depth)


def _bytearray_content(writer, value, _depth):
    writer.spend(2 * bytearray.__len__(value))
    return {"y": bytes(memoryview(value)).hex()}


def _bytearray(writer, value, depth):
    writer.remember(value)
    return _bytearray_content(writer, value, depth)


def _bytes(writer, value, _depth):
    writer.spend(2 * bytes.__len__(value))
    return {"b": bytes(memoryview(value)).hex()}


def _deque_content(writer, value, depth):
    return {"q": [collections.deque.maxlen.__get__(value), writer.items(collections.deque, value, depth)]}


def _deque(writer, value, depth):
    writer.remember(value)
    return _deque_content(writer, value, depth)


def _view(writer, value, depth):
    found = list(value)
    writer.spend(2 * len(found))
    return {"v": [_VIEWS[type(value)], [writer.tree(item, depth) for item in found]]}


def _complex(writer, value, _depth):
    writer.spend(20)
    return {"c": [complex.real.__get__(value), complex.imag.__get__(value)]}


def _range(writer, value, depth):
    if len(range(value.start, value.stop, value.step)[:LONGEST_RANGE + 1]) > LONGEST_RANGE:
        raise TooLarge  # it costs nothing to make and everything to walk
    return {"g": [writer.tree(part, depth) for part in (value.start, value.stop, value.step)]}


def _fraction(writer, value, depth):
    return {"F": [writer.tree(part, depth) for part in fractions.Fraction.as_integer_ratio(value)]}


def _decimal(writer, value, _depth):
    if decimal.Decimal.is_finite(value) and abs(decimal.Decimal.adjusted(value)) > EXPONENT:
        raise TooLarge  # as a ratio it has as many digits as its exponent says
    text = decimal.Decimal.__str__(value)
    writer.spend(len(text))
    return {"D": text}


def _moment(kind, fields):
    zone = getattr(kind, "tzinfo", None)

    def write(writer, value, _depth):
        if zone is not None and zone.__get__(value) is not None:
            return writer.export(value)  # a time zone may be anything
        writer.spend(8 * len(fields))
        return {"w": [kind.__name__, *(getattr(kind, field).__get__(value) for field in fields)]}

    return write


_CONTENTS = {list: _list_content, dict: _dict_content, set: _set_content, bytearray: _bytearray_content,
             collections.deque: _deque_content}
_WRITERS = {
    list: _list, tuple: _tuple, set: _set, frozenset: _frozenset, dict: _dict, bytearray: _bytearray, bytes: _bytes,
    collections.deque: _deque, complex: _complex, range: _range, fractions.Fraction: _fraction, decimal.Decimal: _decimal,
    **{kind: _dict for kind in _DICTS}, **{kind: _view for kind in _VIEWS},
    **{kind: _moment(kind, fields) for kind, fields in MOMENTS.items()},
}


def _numpy_tree(writer, numpy, value, kind):
    if numpy.ndarray in _bases(kind):
        if value.dtype.hasobject or DTYPE.match(value.dtype.str) is None:
            return None
        writer.remember(value)
        return _array_tree(writer, value)
    if numpy.generic in _bases(kind) and DTYPE.match(value.dtype.str) is not None:
        return {"m": [value.dtype.str, numpy.generic.tobytes(value).hex()]}
    return None


def _array_tree(writer, value):
    data = bytes(memoryview(value.tobytes()))
    writer.spend(2 * len(data))
    return {"n": [value.dtype.str, list(value.shape), data.hex()]}
