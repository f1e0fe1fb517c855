"""numpy in the warm worker: loaded once, shared by every program that asks for it.

Only the package's own folders are opened to programs, and its site folder never stays on the path: what else a machine
has installed beside it is not there.
"""

import os
import sys

import values

_PARTS = ("fft", "linalg", "ma", "polynomial", "random", "typing", "ctypeslib", "lib.stride_tricks", "core", "strings")


def load_numpy(site):
    """Loads numpy from that site folder. Returns the folders that programs may read. Raises ImportError."""
    sys.path.append(site)
    import numpy

    for part in _PARTS:
        try:
            __import__("numpy." + part)
        except ImportError:
            pass  # this version has no such part
    sys.path.remove(site)
    numpy.random.seed(0)
    values.add_numpy(numpy)
    folders = [os.path.dirname(os.path.realpath(numpy.__file__)), os.path.join(site, "numpy.libs")]
    return [folder for folder in folders if os.path.isdir(folder)]


def move_packages(places):
    """Tells the loaded modules of those folders, {where it was: where it is now}, so that what they load later is found."""

    def moved(path):
        for old, new in places.items():
            if path == old or path.startswith(old + "/"):
                return new + path[len(old):]
        return path

    for path in list(sys.path_importer_cache):
        if moved(path) != path:
            del sys.path_importer_cache[path]
    for module in list(sys.modules.values()):
        spec = getattr(module, "__spec__", None)
        if spec is None or not isinstance(spec.origin, str) or moved(spec.origin) == spec.origin:
            continue
        spec.origin = module.__file__ = spec.loader.path = moved(spec.origin)
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations[:] = [moved(path) for path in spec.submodule_search_locations]
            module.__path__ = spec.submodule_search_locations


def address_space_mb():
    """What this process maps now, MiB; 0 where nobody limits it (macOS)."""
    if sys.platform != "linux":
        return 0
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE") >> 20
