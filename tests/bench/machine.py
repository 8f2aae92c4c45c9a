"""What the bench knows of the machine: which core a process stays on, how much it has used, what is installed."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import resource
import sys
from pathlib import Path

PACKAGES = ("aiohttp", "attrs", "yarl", "uvloop", "orjson", "httpx", "requests")


def stay_on(core: int) -> None:
    """Keep this process on one core, where the system has that many and allows it."""
    if sys.platform == "linux":
        allowed = sorted(os.sched_getaffinity(0))
        if core < len(allowed):
            with contextlib.suppress(OSError):
                os.sched_setaffinity(0, {allowed[core]})


def cpu_seconds() -> float:
    """Give the seconds that this process has spent computing, in the system too."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident() -> int:
    """Give the bytes of memory that this process holds now."""
    if sys.platform == "linux":
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()
    return peak()  # other systems tell the highest mark only


def peak() -> int:
    """Give the most bytes of memory that this process has held at once."""
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024


def open_files() -> int:
    """Count what this process holds open, sockets among them; -1 where the system does not tell."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else -1


def described() -> str:
    """Say what kind of machine this is and what runs on it, without naming it."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {platform.system()} on {platform.machine()}, {os.cpu_count()} cores"


def versions() -> str:
    """Say which versions of the packages that matter are installed."""
    found = []
    for package in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{package} {importlib.metadata.version(package)}")
    return ", ".join(found)
