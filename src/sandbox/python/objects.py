"""Calls between two processes: the program's and the trusted one that runs the test. Both ends run this file.

A request is a JSON list, [operation, target, …]; its reply is a JSON object, {"v": value} or {"e": error}, with
"m": [[number, content], …] for the arguments that the call changed. While one end waits for a reply it answers the other's
requests (a lambda of the test that the program calls). Values travel as crossing.py has it; everything else stays
where it is, and the other end holds a Handle.
"""

import builtins
import errno
import operator

from crossing import Unreadable, from_text, to_text
from handles import Handle, abilities_of, handle_class
from reading import NumpyMissing, Reader
from values import TooLarge
from writing import Writer

_OUTWARDS = 64 << 20
_LONGEST_MESSAGE = 1000


class Broken(BaseException):
    """The other process is gone, or answered what cannot be read."""


def _exception_base(kind):
    """The nearest exception of builtins."""
    for base in type.__dict__["__mro__"].__get__(kind):
        name = type.__dict__["__name__"].__get__(base)
        if builtins.__dict__.get(name) is base and issubclass(base, BaseException):
            return name
    return None


def _builtin_exception(name):
    kind = builtins.__dict__.get(name) if type(name) is str else None
    if isinstance(kind, type) and issubclass(kind, BaseException):
        return kind
    raise Unreadable("not an exception of builtins")


def _made_without(kind):
    """Whether an exception of that kind can be made of nothing: UnicodeDecodeError and ExceptionGroup can't."""
    try:
        kind()
    except TypeError:
        return False
    return True


def _snapshot(container):
    if isinstance(container, dict):
        return list(container), list(container.values())
    if isinstance(container, (list, set)) or hasattr(container, "rotate"):
        return list(container)
    return bytes(container) if isinstance(container, bytearray) else container.tobytes()


def _changed(before, now):
    if type(before) is bytes:
        return before != now
    if type(before) is tuple:
        return _changed(before[0], now[0]) or _changed(before[1], now[1])
    return len(before) != len(now) or not all(map(operator.is_, before, now))


class Peer:
    """
    One end. `perform(operation, target, …)` does what the other end asks; `describe(error)` gives the error's name,
    message and line as it may be told there; `limit` bounds each value that is sent. A guarded end does things only to
    objects that it has given away itself.
    """

    def __init__(self, send, receive, perform, describe, limit=_OUTWARDS, most_requests=None, guarded=False):
        self.send, self.receive, self.perform, self.describe = send, receive, perform, describe
        self.limit, self.left, self.guarded = limit, most_requests, guarded
        self.exported, self.numbers = [], {}
        self.handles, self.exceptions = {}, {}
        self.broken, self.last, self.global_names, self.missing = None, None, {}, set()
        self.used = False  # whether the test has had anything of the program

    # What is sent

    def export(self, value):
        if isinstance(value, Handle):
            return {"o": value._handle_number}
        for number, kind in self.exceptions.items():
            if kind is value:
                return {"o": number}
        number = self.numbers.get(id(value))
        if number is None:
            number = self.numbers[id(value)] = len(self.exported)
            self.exported.append(value)
        kind = type(value)
        body = [number, str.__getitem__(type.__dict__["__name__"].__get__(kind), slice(0, 80)), abilities_of(value)]
        if type in type.__dict__["__mro__"].__get__(kind) and issubclass(value, BaseException):
            body += [_exception_base(value), str.__getitem__(type.__dict__["__name__"].__get__(value), slice(0, 80))]
        return {"h": body}

    def ask(self, operation, target, *rest):
        return self.request(operation, target, rest)

    def look_up(self, name):
        """A global of the program's, or NameError."""
        try:
            value = self.ask("global", name)
        except NameError:
            self.missing.add(name)
            raise
        if isinstance(value, Handle):
            self.global_names[value] = name
        elif not isinstance(value, type):
            self.used = True
        return value

    def ask_for(self, kind, operation, target, *rest):
        value = self.ask(operation, target, *rest)
        if type(value) is not kind:
            raise TypeError(f"{operation} gave a {type(value).__name__}, not a {kind.__name__}")
        return value

    def call(self, target, arguments, named):
        return self.request("call", target, (arguments, tuple(named.items())))

    def iterator(self, target):
        value = self.ask("iterate", target)
        return value if hasattr(type(value), "__next__") else iter(value)

    def request(self, operation, target, rest):
        if self.broken:
            raise Broken
        self.used = self.used or operation not in ("global", "define", "import")
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.give_up("the test and the program called each other too often")
        writer = Writer(self.export, _OUTWARDS)
        self.send(to_text([operation, *[writer.tree(part) for part in (target, *rest)]], _OUTWARDS))
        while True:
            message = self.next_message()
            if type(message) is list:
                self.answer(message)
                continue
            self.last = None
            value, error = self.read_reply(message, writer.containers)
            if error is not None:
                raise error
            if operation == "call":
                self.last = (target, rest[0], value)
            return value

    def next_message(self):
        try:
            text = self.receive()
            message = None if text is None else from_text(text)
        except (Unreadable, UnicodeDecodeError):
            self.give_up("garbled")
        if text is None:
            self.give_up("gone")
        if type(message) not in (list, dict):
            self.give_up("garbled")
        return message

    def give_up(self, reason):
        self.broken = reason
        raise Broken(reason)

    # What arrives

    def read_reply(self, message, containers):
        try:
            reader = Reader(self.handle, self.own, containers)
            for number, content in message.get("m", ()):
                reader.update(number, content)
            if "e" in message:
                return None, self.error(message["e"], reader)
            return reader.value(message["v"]), None
        except (Unreadable, RecursionError, LookupError, TypeError, ValueError, AttributeError):
            self.give_up("garbled")

    def handle(self, body):
        number, name, abilities, *exception = body
        if type(number) is not int or type(name) is not str or type(abilities) is not str:
            raise Unreadable("not a handle")
        if exception:
            return self.exception_class(number, *exception)
        if number not in self.handles:
            kind = handle_class(abilities)
            self.handles[number] = kind(self, number, name)
        return self.handles[number]

    def own(self, number):
        if type(number) is not int or not 0 <= number < len(self.exported):
            raise Unreadable("no such object")
        return self.exported[number]

    def exception_class(self, number, base, name):
        if number not in self.exceptions:
            base = next(kind for kind in _builtin_exception(base).__mro__ if _made_without(kind))
            self.exceptions[number] = type(str(name)[:80], (base,), {"__str__": lambda error: error.text})
        return self.exceptions[number]

    def error(self, body, reader):
        """The exception that the other end raised: of its type where that is Python's own, else of a class for it."""
        name, base, message, line, limit, kind, arguments = body
        if type(message) is not str:
            raise Unreadable("not a message")
        text = message[:_LONGEST_MESSAGE]
        if kind is None:
            made = _builtin_exception(base)
            given = reader.value(arguments) if arguments is not None else None
            try:
                error = made(*given) if type(given) is tuple else made(text)
            except (TypeError, ValueError):
                error = next(kind for kind in made.__mro__ if _made_without(kind))(text)
        else:
            error = self.exception_class(kind, base, name)()
            error.text = text
        error.told = {"e": [str(name)[:80], text, line if type(line) is int else None]}
        if limit in ("memory", "output"):
            error.told["k"] = limit
        return error

    # What the other end asks

    def answer(self, message):
        reader = Reader(self.handle, self.own)
        try:
            operation, target, *rest = message
            if self.guarded and (type(target) is not dict or list(target) != ["o"]):
                raise Unreadable("not an object that was given")  # `type` itself would make liars on this side
            target, rest = reader.value(target), [reader.value(part) for part in rest]
        except NumpyMissing:
            told = ["ModuleNotFoundError", "Exception", "the test passes a value of numpy, which the program's interpreter lacks"]
            return self.send(to_text({"e": [*told, None, None, None, None]}, _OUTWARDS))
        except (Unreadable, RecursionError, LookupError, TypeError, ValueError, AttributeError):
            self.give_up("garbled")
        containers = list(reader.containers)
        before = [_snapshot(container) for container in containers]
        error = value = None
        try:
            value = self.perform(operation, target, *rest)
        except Broken:
            raise
        except BaseException as raised:
            error = raised
        self.send(self.reply_text(value, error, containers, before))

    def reply_text(self, value, error, containers, before):
        try:
            writer = Writer(self.export, self.limit, containers)
            changed = [[number, writer.content(container)] for number, container in enumerate(containers)
                       if _changed(before[number], _snapshot(container))]
            reply = {"m": changed} if changed else {}
            if error is None:
                reply["v"] = writer.tree(value)
            else:
                reply["e"] = self.error_tree(error, writer)
            return to_text(reply, self.limit + 2000)
        except (TooLarge, RecursionError):
            told = ["OutputLimit", "Exception", "the value is larger or deeper than can be read", None, "output", None, None]
        except MemoryError:
            told = ["MemoryError", "MemoryError", "the value could not be read", None, "memory", None, None]
        except Exception as trouble:
            told = ["Exception", "Exception", "the value could not be read: " + type(trouble).__name__, None, None, None, None]
        return to_text({"e": told}, _OUTWARDS)

    def error_tree(self, error, writer):
        kind = type(error)
        name, message, line = self.describe(error)
        base = _exception_base(kind) or "Exception"
        limit = None
        if issubclass(kind, MemoryError):
            limit = "memory"
        elif issubclass(kind, OSError) and error.errno == errno.EFBIG:
            limit = "output"
        if builtins.__dict__.get(name) is kind:
            return [name, base, message, line, limit, None, self.arguments(error, message, writer)]
        number = self.export(kind)
        return [name, base, message, line, limit, number["h"][0] if "h" in number else None, None]

    def arguments(self, error, message, writer):
        """What the exception was made of, where that is data."""
        given = BaseException.args.__get__(error)
        if message == "" or not all(type(part) in (str, bytes, int, float, bool, type(None)) for part in given):
            return None
        return writer.tree(given)
