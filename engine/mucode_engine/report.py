"""How a job talks to whoever started it: one JSON object a line on a descriptor that no library can print to."""

import json
import os
import sys
from typing import Any


class Report:
    """Writes events. A reader that has gone away is not an error: then the job ends by other means."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self, event: str, **fields: Any) -> None:
        line = json.dumps({"event": event, **fields}, ensure_ascii=False, allow_nan=False) + "\n"
        data = line.encode("utf-8", "replace")
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except BrokenPipeError:
            os._exit(1)


def private_stdout() -> int:
    """Keep standard output for events: returns a copy of it and points descriptor 1 at standard error."""
    sys.stdout.flush()
    descriptor = os.dup(1)
    os.dup2(2, 1)
    return descriptor
