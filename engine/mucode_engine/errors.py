"""The two kinds of failure that a person can act on; any other exception is a fault of ours and keeps its traceback."""


class InputFault(Exception):
    """Bad specification, model folder or data row: one line that says where, what is wrong and what would be right."""


class WorkFault(Exception):
    """The work failed for a reason outside the program: disk full, out of memory, training diverged."""
