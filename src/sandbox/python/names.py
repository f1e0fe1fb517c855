"""Which names of a test are the program's to define. Decided by the test's text alone, never by what a program defines:
a program that defines `isclose`, `set` or `math` must not be handed the comparison together with its own answer.

A name that the test neither defines nor imports is
  the entry point, where one is given: the program's;
  a name of builtins, or of the few functions and types that tests use without an import: Python's own;
  a module of the standard library (or numpy, np) of which only attributes are used: that module;
  any other: the program's.
Where that leaves nothing to the program, its function is named like one of Python's (MBPP's `sum`): the one such name
that the test calls and the program defines is then the program's.
"""

import ast
import builtins
import importlib
import symtable
import sys
import types

_TOOLS = {
    "math": ("isclose", "isnan", "isinf", "inf", "nan"),
    "numpy": ("allclose", "array_equal"),
    "collections": ("Counter", "OrderedDict", "defaultdict", "deque"),
    "fractions": ("Fraction",),
    "decimal": ("Decimal",),
}
_TOOL_MODULES = {name: module for module, names in _TOOLS.items() for name in names}
_ALIASES = {"np": "numpy", "numpy": "numpy"}
_STANDARD = set(getattr(sys, "stdlib_module_names", ())) or set(sys.builtin_module_names) | {
    "collections", "copy", "datetime", "decimal", "fractions", "functools", "itertools", "json", "math", "operator",
    "random", "re", "statistics", "string", "typing",
}


class Unclear(NameError):
    """Which of Python's own names is the program's function can't be told."""


def bind(text, entry, scope, ask):
    """Gives `scope` what `text` needs. `ask(name)` gives the program's object, or raises NameError."""
    free = free_names(text)
    own, foreign = [], []
    for name in sorted(free):
        if name == entry:
            own.append(name)
        elif hasattr(builtins, name) or name in _TOOL_MODULES:
            foreign.append(name)
        elif _is_module(name) and _only_attributes(text, name):
            scope[name] = importlib.import_module(_ALIASES.get(name, name))
        else:
            own.append(name)
    if entry and entry not in own:
        own.append(entry)
    if not own:
        own = _like_python(text, foreign, ask)
    for name in foreign:
        if name in _TOOL_MODULES and name not in own:
            scope[name] = getattr(importlib.import_module(_TOOL_MODULES[name]), name)
    for name in own:
        try:
            scope[name] = ask(name)
        except NameError:
            pass  # whoever uses it gets Python's own message


def share(setup, read, scope, before, ask):
    """
    Gives the program what a setup made for it: its imports, which the program's process does itself; its classes; and
    its data that the test never reads, which can be meant for nobody else. Not its functions, nor what an assert or
    the setup reads: from there the way to what is expected is short.
    """
    for name in sorted(set(scope) - before):
        value = scope[name]
        if isinstance(value, types.ModuleType):
            ask("import", value.__name__, name, None)
        elif getattr(value, "__module__", None) == "__main__" or isinstance(value, types.FunctionType):
            if isinstance(value, type):
                ask("define", name, value)
        elif _imported(setup, name):
            module, attribute = _imported(setup, name)
            ask("import", module, name, attribute)
        elif name not in read:
            ask("define", name, value)


def _imported(text, name):
    """(module, attribute) where a line of the text is `from module import attribute [as name]`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                if alias.name == "*" and hasattr(importlib.import_module(node.module), name):
                    return node.module, name
                if (alias.asname or alias.name) == name:
                    return node.module, alias.name
    return None


def read_names(text):
    """Names that are read anywhere."""
    names, tables = set(), [symtable.symtable(text, "<test>", "exec")]
    while tables:
        table = tables.pop()
        tables.extend(table.get_children())
        names.update(symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced())
    return names


def free_names(text):
    """Names that are read as globals, in any scope, and bound nowhere at the top."""
    top = symtable.symtable(text, "<test>", "exec")
    bound = {symbol.get_name() for symbol in top.get_symbols()
             if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()}
    free, tables = set(), [top]
    while tables:
        table = tables.pop()
        tables.extend(table.get_children())
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (table is top or symbol.is_global()) and symbol.get_name() not in bound:
                free.add(symbol.get_name())
            elif table is not top and symbol.is_declared_global() and symbol.is_assigned():
                bound.add(symbol.get_name())
    return free - bound


def _is_module(name):
    return name in _STANDARD or name in _ALIASES


def _only_attributes(text, name):
    tree = ast.parse(text)
    attributes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return all(id(node) in attributes for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name)


def _like_python(text, foreign, ask):
    called = {node.func.id for node in ast.walk(ast.parse(text))
              if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)} & set(foreign)
    defined = []
    for name in foreign:
        if name in called:
            try:
                ask(name)
                defined.append(name)
            except NameError:
                pass
    if called and len(defined) != 1:
        raise Unclear(f"the test calls {', '.join(sorted(called))}, of which the program defines {len(defined)}")
    return defined
