"""What is told of a test that failed: the assert, the call, the two values where the comparison has them at hand."""

import ast

_LONGEST = 200


def bounded(text, limit=_LONGEST):
    """The text, or both its ends, as core/told-text.ts cuts it."""
    tail = int((limit - 1) * 0.4)
    return text if len(text) <= limit else f"{text[: limit - 1 - tail]}…{text[-tail:]}"


def shown(value):
    try:
        return bounded(repr(value))
    except Exception:  # an int with more digits than Python prints
        return f"<{type(value).__name__}>"


def code_line(error, file):
    """The line of the innermost frame of the test."""
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def call_text(peer):
    """The program's last call, as one would write it."""
    if peer.last is None:
        return None
    target, arguments, _value = peer.last
    name = peer.global_names.get(target, "…")
    return bounded(f"{name}({', '.join(shown(argument) for argument in arguments)})")


def explain(text, error, file, peer):
    """The parts of a failure that the innermost assert of the test allows."""
    trace, frame, line = error.__traceback__, None, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            frame, line = trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
    lines = text.split("\n")
    source = lines[line - 1].strip() if line and line <= len(lines) else ""
    parts = {}
    compare = _comparison(source)
    if compare is not None:
        values = [_operand(part, frame, peer.last) for part in (compare.left, compare.comparators[0])]
        if all(values):
            parts = {"actual": shown(values[0][0]), "expected": shown(values[1][0])}
    if not parts:
        message = bounded(str(error)) or bounded(source)
        parts = {"e": ["AssertionError", message, None]}
    parts["input"] = call_text(peer) or bounded(source)
    return parts


def _comparison(source):
    try:
        statement = ast.parse(source).body[0]
    except (SyntaxError, IndexError, ValueError):
        return None
    test = statement.test if isinstance(statement, ast.Assert) else None
    simple = isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)
    return test if simple else None


def _operand(node, frame, last):
    """(value,) where it is known without running anything."""
    if isinstance(node, ast.Name):
        for names in (frame.f_locals, frame.f_globals):
            if node.id in names:
                return (names[node.id],)
        return None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and last is not None:
        return (last[2],) if frame.f_locals.get(node.func.id, frame.f_globals.get(node.func.id)) is last[0] else None
    try:
        return (ast.literal_eval(node),)
    except (ValueError, TypeError, SyntaxError):
        return None
