"""Style "serve": the program is loaded once, and then does what the test, in a trusted process elsewhere, asks of it.

The first frame out says whether the program could be loaded, as candidate.py has it; after that, one frame in and one
frame out, until the caller ends the process. Frames are a four-byte length and JSON. Nothing of the test is in here.
"""

import _signal
import importlib
import os

from objects import Peer

CPU_SPENT = 152


def send_text(channel, text, mark=b""):
    data = mark + text.encode()
    data = len(data).to_bytes(4, "big") + data
    while data:
        data = data[os.write(channel, data):]


def receive_text(channel, read):
    """The next frame's text; None for an empty one, which says that the other end is gone."""
    size = int.from_bytes(read(4), "big")
    return read(size).decode() if size else None


def serve(candidate, job, request, scope):
    def out_of_time(_signal, _frame):
        os._exit(CPU_SPENT)  # the caller knows from the kernel's own count what this was

    _signal.signal(_signal.SIGPROF, out_of_time)
    _signal.setitimer(_signal.ITIMER_PROF, request.cpu_seconds)
    answers = candidate.Answers(False, request.output_bytes)
    loaded = candidate.load(job["program"], answers, scope)
    send_text(candidate.CHANNEL, answers.pending[0])
    if not loaded:
        return 0
    peer = Peer(
        lambda text: send_text(candidate.CHANNEL, text),
        lambda: receive_text(candidate.CHANNEL, candidate.read_exactly),
        operations(scope),
        lambda error: candidate.describe(error)["e"],
        job["valueBytes"],
    )
    while True:
        peer.answer(peer.next_message())


def operations(scope):
    """What a test may ask. The objects are the program's, and so is whatever they answer."""

    def look_up(name):
        try:
            return scope[name]
        except KeyError:
            raise NameError(f"name '{name}' is not defined") from None

    def put(target, key, value):
        target[key] = value

    def define(name, value):
        scope.setdefault(name, value)

    def import_as(module, name, attribute):
        if name not in scope:
            found = importlib.import_module(module)
            scope[name] = found if attribute is None else getattr(found, attribute)

    table = {
        "import": import_as,
        "define": define,
        "global": look_up,
        "call": lambda target, arguments, named: target(*arguments, **dict(named)),
        "attribute": getattr,
        "assign": setattr,
        "next": next,
        "iterate": iter,
        "length": len,
        "item": lambda target, key: target[key],
        "put": put,
        "text": lambda target: str.__add__(str(target), ""),
        "instance": isinstance,
    }
    return lambda operation, target, *rest: table[operation](target, *rest)
