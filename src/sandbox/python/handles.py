"""What stands for an object of the other process.

The results of calls, attributes, indexing, iteration, len and str are values that its process
claims, as any returned value is. What decides is never asked there: a handle equals itself alone, its hash is its
identity, it is true, its repr names its type, and it has no order and no arithmetic, so that no operand of the test,
which may be what is expected, is ever handed over by an operator.
"""

_READABLE = ("__name__", "__doc__", "__qualname__")


class Handle:
    """Stands for an object of the other process."""

    __slots__ = ("_handle_peer", "_handle_number", "_handle_type", "__weakref__")

    def __init__(self, peer, number, type_name):
        object.__setattr__(self, "_handle_peer", peer)
        object.__setattr__(self, "_handle_number", number)
        object.__setattr__(self, "_handle_type", type_name)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__") and name not in _READABLE:
            raise AttributeError(f"'{self._handle_type}' object has no attribute '{name}' here")
        return self._handle_peer.ask("attribute", self, name)

    def __setattr__(self, name, value):
        self._handle_peer.ask("assign", self, name, value)

    def __bool__(self):
        return True

    def __repr__(self):
        return f"<{self._handle_type} object>"

    def __str__(self):
        return self._handle_peer.ask_for(str, "text", self)

    def __instancecheck__(self, instance):
        return isinstance(instance, Handle) and self._handle_peer.ask_for(bool, "instance", instance, self)


def _called(self, *arguments, **named):
    return self._handle_peer.call(self, arguments, named)


_ABILITIES = {
    "c": {"__call__": _called},
    "n": {"__next__": lambda self: self._handle_peer.ask("next", self), "__iter__": lambda self: self},
    "i": {"__iter__": lambda self: self._handle_peer.iterator(self)},
    "l": {"__len__": lambda self: self._handle_peer.ask_for(int, "length", self)},
    "x": {
        "__getitem__": lambda self, key: self._handle_peer.ask("item", self, key),
        "__setitem__": lambda self, key, value: self._handle_peer.ask("put", self, key, value),
    },
}
_METHODS = {"c": "__call__", "n": "__next__", "i": "__iter__", "l": "__len__", "x": "__getitem__"}
_classes = {}


def handle_class(abilities):
    abilities = "".join(letter for letter in _METHODS if letter in abilities)
    if abilities not in _classes:
        body = {"__slots__": ()}
        for letter in "ilxnc":
            if letter in abilities:
                body.update(_ABILITIES[letter])
        _classes[abilities] = type("Handle", (Handle,), body)
    return _classes[abilities]


def abilities_of(value):
    kind = type(value)
    names = set()
    for base in type.__dict__["__mro__"].__get__(kind):
        names.update(type.__dict__["__dict__"].__get__(base))
    return "".join(letter for letter, method in _METHODS.items() if method in names)
