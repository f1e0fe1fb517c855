"""Which folders a program may read: where the interpreter and the system keep libraries, and nothing of the user's."""

import os
import sys
import sysconfig

DEVICES = ("null", "zero", "full", "random", "urandom")


def library_folders():
    """Folders of libraries, links among them; no folder lies inside another."""
    folders = {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo"}
    for prefix in {sys.base_prefix, sys.base_exec_prefix}:
        folders.add(os.path.join(prefix, "lib"))
    for name in ("stdlib", "platstdlib"):
        folders.add(sysconfig.get_path(name, vars={"base": sys.base_prefix, "platbase": sys.base_exec_prefix}))
    if os.path.realpath(sys.executable).startswith("/nix/store/"):
        folders.add("/nix/store")
    present = sorted(folder for folder in folders if os.path.isdir(folder))
    return [folder for folder in present
            if os.path.islink(folder) or not any(folder.startswith(other + "/") for other in present if other != folder
                                                 and not os.path.islink(other))]


def package_folders(folders):
    """Third-party packages under those folders: hidden, so that no program depends on what a machine has installed."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for folder in folders:
        for part in (version, "python3"):
            for name in ("site-packages", "dist-packages"):
                path = os.path.join(folder, part, name)
                if os.path.isdir(path):
                    yield path
