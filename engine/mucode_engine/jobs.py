"""Runs one job and turns whatever happens into events. The same code serves the warm host and the command line."""

import errno
import traceback
from typing import Any

from mucode_engine.errors import InputFault, WorkFault
from mucode_engine.report import Report

EXIT_DONE, EXIT_WORK, EXIT_INPUT = 0, 1, 2


def run_job(job: str, spec: Any, report: Report) -> int:
    """Run `job` ("serve" or "train") to its end; returns the exit code."""
    try:
        _start(job, spec, report)
    except InputFault as fault:
        report("failed", kind="input", error=_one_line(fault))
        return EXIT_INPUT
    except WorkFault as fault:
        report("failed", kind="work", error=_one_line(fault))
        return EXIT_WORK
    except BaseException as error:
        if _disk_is_full(error):
            report(
                "failed",
                kind="work",
                error="no space left on device: free some disk space and run the same command again",
            )
        elif isinstance(error, MemoryError) or "out of memory" in str(error).lower():
            report("failed", kind="work", error=f"out of memory: {_one_line(error)}; a smaller batch needs less")
        else:
            report(
                "failed",
                kind="fault",
                error=f"{type(error).__name__}: {_one_line(error)}",
                traceback=traceback.format_exc(),
            )
        return EXIT_WORK
    return EXIT_DONE


def _start(job: str, spec: Any, report: Report) -> None:
    # Imported here: a standalone server should not pay for TRL, and nothing is paid twice under the warm host.
    if job == "serve":
        from mucode_engine import serve

        serve.run(spec, report)
    elif job == "train":
        kind = spec.get("kind") if isinstance(spec, dict) else None
        if kind == "generator":
            from mucode_engine import train_generator

            train_generator.run(spec, report)
        elif kind == "verifier":
            from mucode_engine import train_verifier

            train_verifier.run(spec, report)
        elif kind == "pretrain":
            from mucode_engine import pretrain

            pretrain.run(spec, report)
        else:
            raise InputFault(f'train spec, field "kind": {kind!r} is not one of "generator", "verifier", "pretrain"')
    else:
        raise InputFault(f'job {job!r} is not one of "serve", "train"')


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _disk_is_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if "No space left on device" in str(error):  # safetensors wraps the system's error in one of its own
            return True
        error = error.__cause__ or error.__context__
    return False
