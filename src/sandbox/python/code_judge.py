"""The warm process of the trusted side that runs tests which are code: one fork per test visit, like the programs' worker,
whose loop it uses. It holds no job, so a test that hangs, grows or breaks its process hurts no other.

Not in the jail: the tests are the benchmark's. It needs no network, gets no environment, and each fork has limits.

usage: code_judge.py PARENT_PID SLOTS ISOLATION; descriptors as in worker.py. ISOLATION is not used.
"""

import ast
import gc
import os
import resource
import symtable
import sys

import worker
from slots import tell
from values import write_json


def import_numpy():
    """Here and once, because it takes longer than most tests."""
    try:
        import numpy

        return numpy.__version__
    except Exception:
        return None


def main():
    slots = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    worker.prepare_interpreter()
    numpy = import_numpy()
    import judging

    worker.become_anonymous()
    loop = worker.Worker(slots, judging, None)
    ast.parse("assert f(1) == 2")
    symtable.symtable("f(1)", "<test>", "exec")
    gc.collect()
    gc.freeze()
    tell(write_json({"event": "ready", "python": sys.version.split()[0], "numpy": numpy}))
    loop.serve()
    os._exit(0)


if __name__ == "__main__":
    main()
