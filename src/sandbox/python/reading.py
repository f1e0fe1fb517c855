"""From the tree that crossing.py describes to a value. On the trusted side this reads what a hostile program sent: every
form is checked, and all that can come of it is plain data, a handle, or Unreadable.
"""

import builtins
import collections
import decimal
import fractions

from crossing import CONSTANTS, DTYPE, EXPONENT, LONGEST_RANGE, MOMENTS, NATURAL, Unreadable


class Reader:
    """`handle(body)` gives what stands for the other side's object, `own(number)` this side's object of that number."""

    def __init__(self, handle, own, containers=()):
        self.handle, self.own = handle, own
        self.containers = list(containers)

    def value(self, tree):
        kind = type(tree)
        if kind is list:
            self.containers.append(tree)
            return self.fill(tree, tree)
        if kind is not dict:
            return tree
        for tag, body in tree.items():
            read = _READERS.get(tag)
            if read is None:
                break
            try:
                return read(self, body, tree)
            except (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError, ArithmeticError) as error:
                raise Unreadable(f"{tag}: {error}") from None
        raise Unreadable("an unknown tag")

    def fill(self, target, tree):
        if set(map(type, tree)) <= NATURAL:
            if target is not tree:
                target[:] = tree
        else:
            target[:] = [self.value(item) for item in tree]
        return target

    def items(self, tree):
        return [self.value(item) for item in tree]

    def made(self, container):
        self.containers.append(container)
        return container

    def update(self, number, tree):
        """This side's container takes the content that the other side's has now."""
        target = self.containers[number]
        if isinstance(target, list):
            self.fill(target, tree)
        elif isinstance(target, dict):
            entries = [(self.value(key), self.value(item)) for key, item in tree["d"]]
            target.clear()
            for key, item in entries:
                target[key] = item
        elif isinstance(target, set):
            items = self.items(tree["s"])
            target.clear()
            target.update(items)
        elif isinstance(target, bytearray):
            target[:] = bytes.fromhex(tree["y"])
        elif isinstance(target, collections.deque):
            items = self.items(tree["q"][1])
            target.clear()
            target.extend(items)
        else:
            target[...] = _array(tree["n"])


def _read_dict(reader, body, tree):
    name, result = tree.get("k"), {}
    if name == "OrderedDict":
        result = collections.OrderedDict()
    elif name == "Counter":
        result = collections.Counter()
    elif name == "defaultdict":
        result = collections.defaultdict()
    elif type(name) is list:
        result = collections.defaultdict()
    reader.made(result)
    # In the order in which they were written: the entries before the factory.
    entries = [(reader.value(key), reader.value(item)) for key, item in body]
    if type(name) is list:
        result.default_factory = reader.value(name[1])
    for key, item in entries:
        result[key] = item
    return result


def _read_set(reader, body, _tree):
    result = reader.made(set())
    result.update(reader.items(body))
    return result


def _read_deque(reader, body, _tree):
    longest, items = body
    result = reader.made(collections.deque(maxlen=longest))
    result.extend(reader.items(items))
    return result


def _read_view(reader, body, _tree):
    kind, items = body
    items = reader.items(items)
    if kind == "keys":
        return dict.fromkeys(items).keys()
    return dict(enumerate(items)).values() if kind == "values" else dict(items).items()


def _read_decimal(_reader, body, _tree):
    value = decimal.Decimal(body)
    if value.is_finite() and abs(value.adjusted()) > EXPONENT:
        raise ValueError("too large")
    return value


def _read_range(reader, body, _tree):
    result = range(*map(reader.value, body))
    if len(result[:LONGEST_RANGE + 1]) > LONGEST_RANGE:
        raise ValueError("too long")
    return result


def _read_moment(_reader, body, _tree):
    kind = next(kind for kind in MOMENTS if kind.__name__ == body[0])
    return kind(*body[1:])


def _read_type(_reader, body, _tree):
    if type(builtins.__dict__[body]) is not type:
        raise ValueError("not a type")
    return builtins.__dict__[body]


class Record(tuple):
    """A named tuple of the program: the tuple that it is, with its fields' names."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)  # numpy and others look for ways to an object's memory there
        try:
            return self[self.__dict__["names"].index(name)]
        except (KeyError, ValueError, IndexError):
            raise AttributeError(name) from None


def _read_record(reader, body, _tree):
    name, fields, items = body
    record = Record(reader.items(items))
    record.__dict__["names"] = [str(field) for field in fields]
    return record


class NumpyMissing(Exception):
    """The other side sent an array, and there is no numpy here to hold it."""


def _dtype(text):
    try:
        import numpy
    except ImportError:
        raise NumpyMissing from None
    if DTYPE.match(text) is None:
        raise ValueError("not plain numbers")
    return numpy, numpy.dtype(text)


def _array(body):
    numpy, dtype = _dtype(body[0])
    return numpy.frombuffer(bytes.fromhex(body[2]), dtype=dtype).reshape([int(size) for size in body[1]]).copy()


def _read_scalar(_reader, body, _tree):
    numpy, dtype = _dtype(body[0])
    return numpy.frombuffer(bytes.fromhex(body[1]), dtype=dtype)[0]


_READERS = {
    "i": lambda _reader, body, _tree: int(body, 16),
    "t": lambda reader, body, _tree: tuple(reader.items(body)),
    "N": _read_record,
    "s": _read_set,
    "z": lambda reader, body, _tree: frozenset(reader.items(body)),
    "d": _read_dict,
    "q": _read_deque,
    "v": _read_view,
    "b": lambda _reader, body, _tree: bytes.fromhex(body),
    "y": lambda reader, body, _tree: reader.made(bytearray.fromhex(body)),
    "c": lambda _reader, body, _tree: complex(*body),
    "g": _read_range,
    "F": lambda reader, body, _tree: fractions.Fraction(*map(reader.value, body)),
    "D": _read_decimal,
    "w": _read_moment,
    "n": lambda reader, body, _tree: reader.made(_array(body)),
    "m": _read_scalar,
    "T": _read_type,
    "E": lambda _reader, body, _tree: CONSTANTS[body],
    "h": lambda reader, body, _tree: reader.handle(body),
    "o": lambda reader, body, _tree: reader.own(body),
    "r": lambda reader, body, _tree: reader.containers[body],
}
