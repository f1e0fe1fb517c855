"""Why a layer can't be made, and what to do about it. A refusal is never followed by a weaker layer."""


class Refusal(Exception):
    """A layer could not be made: which step, what the kernel said, what to do about it."""

    def __init__(self, step, error, fix):
        super().__init__(step)
        self.step, self.error, self.fix = step, error, fix


def _read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ""


WEAKER = 'or take the weaker tier "fork", which needs no namespaces'


def namespace_fix():
    if _read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        return ("this system's AppArmor forbids user namespaces to ordinary users (Ubuntu 23.10 and newer): "
                "run `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, " + WEAKER)
    if _read("/proc/sys/kernel/unprivileged_userns_clone") == "0":
        return "run `sudo sysctl -w kernel.unprivileged_userns_clone=1`, " + WEAKER
    if _read("/proc/sys/user/max_user_namespaces") == "0":
        return "run `sudo sysctl -w user.max_user_namespaces=15000`, " + WEAKER
    return ("in a container, start it with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined` "
            "(Docker, Podman) or a profile that allows user namespaces and mounts, " + WEAKER)


def filter_fix():
    return ("the container's profile must allow seccomp and a change of user (Docker's default profile does); "
            "macOS and Windows need another tier")


def step(name, action, *arguments, fix=namespace_fix):
    try:
        return action(*arguments)
    except OSError as error:
        raise Refusal(name, str(error), fix()) from None
