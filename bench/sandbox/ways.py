"""The other ways to run a program, each for a slice of time: what the sandbox is compared with.

usage: ways.py WAY SECONDS PROGRAMS PYTHONPATH
PROGRAMS is JSON Lines of {"program", "public", "private"} (asserts), or {"program", "cases"} for the stdin ways.
Prints one line: programs finished, seconds, CPU seconds of this process and all that it waited for.

  official       how the method's official release grades: the program and its asserts in a file behind a prelude of
                 thirteen imports, a new interpreter for the public tests and one more for the private ones
  human-eval     how openai/human-eval does: a Manager and a forked process per program, asserts run inside
  bare-fork      fork, _exit and wait in an interpreter that has loaded what programs use: no program at all
  official-stdin how the official release grades stdin programs: a process per test, forked from a process per program
"""

import gc
import io
import os
import sys
import time

if sys.argv[1:2] != ["bare-fork"]:  # whose memory is what a fork costs
    import json
    import multiprocessing
    import subprocess
    import tempfile

PRELUDE = """import math
import re
import sys
import copy
import heapq
import random
import bisect
import string
import datetime
import itertools
import functools
import collections
import numpy as np
from typing import *
"""


def run_file(program, asserts, environment):
    descriptor, path = tempfile.mkstemp(suffix=".py")
    with os.fdopen(descriptor, "w") as file:
        file.write(PRELUDE + program + "\n" + "\n".join(asserts) + "\nprint('all tests passed')\n")
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, env=environment, timeout=10)
    os.unlink(path)
    if "all tests passed" not in done.stdout:
        raise RuntimeError(done.stderr)


def official(row, environment):
    run_file(row["program"], row["public"], environment)
    run_file(row["program"], row["private"], environment)


def guarded(source, result):
    import faulthandler
    import resource

    resource.setrlimit(resource.RLIMIT_STACK, (64 << 20, resource.getrlimit(resource.RLIMIT_STACK)[1]))
    faulthandler.disable()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            exec(source, {})
            result.append("passed")
        except BaseException as error:
            result.append(repr(error))
        os.chdir("/")


def human_eval(row, _environment):
    manager = multiprocessing.Manager()
    result = manager.list()
    source = row["program"] + "\n" + "\n".join(row["public"] + row["private"])
    process = multiprocessing.Process(target=guarded, args=(source, result))
    process.start()
    process.join(4)
    if list(result) != ["passed"]:
        raise RuntimeError(str(list(result)))


def one_case(program, given, pipe):
    sys.stdin, sys.stdout = io.StringIO(given), io.StringIO()
    try:
        exec(program, {"__name__": "__main__"})
        pipe.send(sys.stdout.getvalue())
    except BaseException as error:
        pipe.send(repr(error))


def all_cases(row, queue):
    results = []
    for case in row["cases"]:
        ours, theirs = multiprocessing.Pipe(False)
        process = multiprocessing.Process(target=one_case, args=(row["program"], case["input"], theirs))
        process.start()
        process.join(10)
        results.append(ours.recv().strip() == case["output"].strip())
    queue.put(results)


def official_stdin(row, _environment):
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=all_cases, args=(row, queue))
    process.start()
    results = queue.get()
    process.join()
    if not all(results):
        raise RuntimeError("a case failed")


def bare_fork(_row, _environment):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def main():
    way, seconds, path, packages = sys.argv[1], float(sys.argv[2]), sys.argv[3], sys.argv[4]
    if way == "bare-fork":
        for name in ("bisect", "collections", "datetime", "decimal", "random", "re", "statistics", "typing", "dataclasses"):
            __import__(name)
        gc.collect()
        gc.freeze()
        rows = [None]
    else:
        with open(path) as file:
            rows = [json.loads(line) for line in file]
        multiprocessing.set_start_method("fork")
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": packages}  # numpy's threads start, as they do there
    if way == "human-eval":
        sys.path.insert(0, packages)
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        import numpy  # noqa: F401
    run = {"official": official, "human-eval": human_eval, "bare-fork": bare_fork, "official-stdin": official_stdin}[way]
    done, start, cpu = 0, time.perf_counter(), sum(os.times()[:4])
    while time.perf_counter() < start + seconds:
        run(rows[done % len(rows)], environment)
        done += 1
    print(done, time.perf_counter() - start, sum(os.times()[:4]) - cpu)


if __name__ == "__main__":
    main()
