"""`python -m mucode_engine host | serve --spec FILE | train --spec FILE | count --model FOLDER`."""

import argparse
import json
import os
import sys

# Read by the OpenMP runtime and by libraries when they load, so they are set before any import of theirs.
# Idle threads sleep: two spinning threads beside any busy process cost a factor of 3 to 5.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # models are folders; nothing is looked up on a network
os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")  # asks the driver without starting CUDA, which can't fork
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def main() -> int:
    parent = os.getppid()
    parser = argparse.ArgumentParser(prog="mucode_engine", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("host", help="stay warm and fork a child per job; orders on stdin, events on stdout")
    for job, purpose in (("serve", "serve a model"), ("train", "train a model")):
        command = commands.add_parser(job, help=f"{purpose}; events on stdout")
        command.add_argument("--spec", required=True, help="JSON file, see docs/reference/engine.md")
    count = commands.add_parser("count", help="tokens of the conversations on stdin; a JSON list on stdout")
    count.add_argument("--model", required=True, help="model folder; its tokenizer is read, not its weights")
    arguments = parser.parse_args()

    if arguments.command == "host":
        from mucode_engine import host

        host.main(parent)
        return 0

    from mucode_engine.jobs import EXIT_INPUT, run_job
    from mucode_engine.report import Report, private_stdout

    descriptor = private_stdout()
    if arguments.command == "count":
        from mucode_engine import count as counting
        from mucode_engine.errors import InputFault

        try:
            with os.fdopen(descriptor, "w") as out:
                print(json.dumps(counting.run(arguments.model)), file=out)
        except InputFault as fault:
            print(fault, file=sys.stderr)
            return EXIT_INPUT
        return 0

    report = Report(descriptor)
    try:
        with open(arguments.spec, encoding="utf-8") as file:
            spec = json.load(file)
    except (OSError, ValueError) as error:
        report("failed", kind="input", error=f"{arguments.spec}: not a readable JSON file ({error})")
        return EXIT_INPUT
    return run_job(arguments.command, spec, report)


if __name__ == "__main__":
    sys.exit(main())
