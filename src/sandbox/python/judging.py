"""One test that is code, in its own process of the trusted side: reads it after the fork, runs it, asks the program for
every call through the caller, and says what held. The program never sees this process, and this one never its memory.

Frames to the caller are a four-byte length, a mark and a text: "q" a request for the program, "r" the result of one
test as JSON, "d" all done. Frames from it are a length and the program's reply; an empty one says that the program is gone.
A result is {"test": index, "is": "passed" | "wrong" | "exception" | "gone" | "fault", …}.
"""

import ast
import os
import resource

import candidate
from handles import Handle
from names import Unclear, bind, read_names, share
from objects import Broken, Peer
from reading import NumpyMissing
from serving import receive_text, send_text
from showing import bounded, call_text, code_line, explain, shown
from values import write_json

read_frame = candidate.read_frame
FILE = "<test>"
_MOST_REQUESTS = 500_000
_FILES = 16 << 20


def set_limits(request):
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILES, _FILES))
    limit = request.memory_mb << 20
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > limit:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        except (ValueError, OSError):
            pass  # macOS has no address-space limit; the time limit remains


def runner(_style):
    return judge


def judge(job, _request, scope):
    peer = Peer(
        lambda text: send_text(candidate.CHANNEL, text, b"q"),
        lambda: receive_text(candidate.CHANNEL, candidate.read_exactly),
        answer_program,
        lambda error: [type(error).__name__, "", None],
        most_requests=_MOST_REQUESTS,
        guarded=True,
    )
    tests = [Statement(text) for text in job["asserts"]] + ([Module(job["code"])] if job["code"] else [])
    run(peer, job, tests, scope)
    send_text(candidate.CHANNEL, "", b"d")
    return 0


def run(peer, job, tests, scope):
    setup = Setup(job["setup"], check=False) if job["setup"] else None
    try:
        for test in [setup, *tests] if setup else tests:
            test.compile(job["entry"])
        text = "\n".join([job["setup"], *job["asserts"], job["code"]])
        bind(text, job["entry"], scope, peer.look_up)
        if setup:
            setup.read = read_names(text)
    except Exception as error:
        return tell_all(tests, failure(peer, error, None))
    except Broken:
        return tell_all(tests, {"is": "gone", "why": peer.broken})
    if setup:
        result = setup.run(peer, scope)
        if result["is"] != "passed":
            return tell_all(tests, result)
    for index, test in enumerate(tests):
        result = test.run(peer, scope)
        tell(index, result)
        if result["is"] == "gone":
            return None
    return None


def tell(index, result):
    send_text(candidate.CHANNEL, write_json({"test": index, **result}), b"r")


def tell_all(tests, result):
    for index in range(len(tests)):
        tell(index, result)


def answer_program(operation, target, *rest):
    """
    What the program may ask for: to call what it was given, and to read objects of classes that the test defines.
    Nothing whose name begins with an underscore, and no attribute of a function or a generator: from those a way
    leads to the test's globals.
    """
    if operation == "call":
        arguments, named = rest
        return target(*arguments, **dict(named))
    if operation == "next":
        return next(target)
    ours = type(target).__module__ == "__main__" and not isinstance(target, (type, Handle))
    if operation in ("attribute", "assign") and ours and not rest[0].startswith("_"):
        return getattr(target, rest[0]) if operation == "attribute" else setattr(target, *rest)
    if operation == "instance" and isinstance(rest[0], type):
        return isinstance(target, rest[0])
    readers = {"iterate": iter, "length": len, "item": lambda value, key: value[key], "text": str}
    if operation in readers and ours:
        return readers[operation](target, *rest)
    raise AttributeError("not open to programs")


def failure(peer, error, where):
    """The result of a test that ended with an exception that no comparison of its own raised."""
    told = getattr(error, "told", None)
    if told is not None:
        return {"is": "exception", **told}
    kind, message = type(error).__name__, bounded(str(error), 400)
    if isinstance(error, Unclear):
        return {"is": "exception", "e": ["NameError", message, None]}
    if isinstance(error, NumpyMissing):
        # Not a fault: a program could choose it, by claiming an array that it has not.
        why = "the program answered with a numpy array, and the judge's interpreter has no numpy: judgePython names one that has"
        return {"is": "exception", "e": ["TypeError", why, None]}
    if isinstance(error, ImportError):
        name = error.name or "the module"
        return fault(f"the test imports {name}, which the judge's interpreter does not have", name)
    if isinstance(error, SyntaxError):
        return fault(f"the test can't be parsed: {message}")
    if not peer.used and not (isinstance(error, NameError) and any(f"'{name}'" in message for name in peer.missing)):
        return fault(f"the test failed before it used the program: {kind}: {message}")
    place = f" (line {where} of the test)" if where else " (in the test)"
    return {"is": "exception", "e": [kind, message + place, None]}


def fault(message, module=None):
    fix = f"; name an interpreter that has {module} with the option judgePython" if module else ""
    return {"is": "fault", "e": ["", message + fix, None]}


class Test:
    prepares = False

    def run(self, peer, scope):
        peer.last = None
        try:
            result = self.hold(peer, scope)
        except Broken:
            result = {"is": "gone"}
        except AssertionError as error:
            result = self.missed(peer, error)
        except BaseException as error:
            result = failure(peer, error, code_line(error, FILE))
        if peer.broken:  # also where the test caught what said so
            result = {"is": "gone", "why": peer.broken, "input": self.shown_input(peer)}
        elif result["is"] in ("passed", "wrong") and not peer.used and not self.prepares:
            result = fault("the test never used the program")
        elif result["is"] == "exception":
            result.setdefault("input", self.shown_input(peer))
        return result

    def missed(self, peer, error):
        if getattr(error, "told", None) is not None:  # the program's own AssertionError
            return failure(peer, error, None)
        return {"is": "wrong", **explain(self.text, error, FILE, peer)}


class Statement(Test):
    """One assert. The two sides of an == are taken apart, so that a failure can show them."""

    def __init__(self, text):
        self.text, self.sides, self.code = text, None, None

    def compile(self, _entry):
        tree = ast.parse(self.text.strip(), FILE)
        first = tree.body[0]
        if len(tree.body) == 1 and isinstance(first, ast.Assert) and isinstance(first.test, ast.Compare):
            compare = first.test
            if len(compare.ops) == 1 and isinstance(compare.ops[0], ast.Eq):
                parts = (compare.left, compare.comparators[0])
                self.sides = [compile(ast.Expression(part), FILE, "eval") for part in parts]
                self.input = ast.get_source_segment(self.text.strip(), compare.left)
                return
        self.code = compile(tree, FILE, "exec")

    def hold(self, _peer, scope):
        if self.sides is None:
            exec(self.code, scope)
            return {"is": "passed"}
        left, right = (eval(side, scope) for side in self.sides)
        if left == right:
            return {"is": "passed"}
        return {"is": "wrong", "input": self.shown_input(None), "actual": shown(left), "expected": shown(right)}

    def shown_input(self, _peer):
        text = self.text.strip() if self.sides is None else self.input
        return bounded(text[7:] if text.startswith("assert ") else text, 200)


class Module(Test):
    """A whole text; a `check` that it defines and does not call is called with the entry point."""

    def __init__(self, text, check=True):
        self.text, self.check = text, check

    def compile(self, entry):
        self.code = compile(self.text, FILE, "exec")
        self.check = self.check and entry is not None and _defines_uncalled_check(self.text)
        self.entry = entry

    def hold(self, _peer, scope):
        exec(self.code, scope)
        if self.check:
            if self.entry not in scope:
                raise NameError(f"name '{self.entry}' is not defined")
            scope["check"](scope[self.entry])
        return {"is": "passed"}

    def shown_input(self, peer):
        return call_text(peer) if peer else None


class Setup(Module):
    """What is there before the tests, in part for the program's use (names.py)."""

    prepares = True

    def hold(self, peer, scope):
        before = set(scope)
        exec(self.code, scope)
        share(self.text, self.read, scope, before, peer.ask)
        return {"is": "passed"}


def _defines_uncalled_check(text):
    lines = text.splitlines()
    return any(line.startswith("def check(") for line in lines) and not any(line.startswith("check(") for line in lines)
