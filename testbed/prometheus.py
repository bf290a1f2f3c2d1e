"""Prometheus and its promtool: those on PATH, or Debian's, unpacked once into .tools/testbed/prometheus/."""

import shutil
import subprocess
from pathlib import Path

from rehearsal.run import UnavailableError
from testbed.toolchain import CACHE, once


def program(name: str) -> Path:
    """The executable `prometheus` or `promtool`. Raises UnavailableError."""
    if found := shutil.which(name):
        return Path(found)
    folder = CACHE / "prometheus"
    if not folder.exists() and not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise UnavailableError(f"there is no {name} on PATH, and no apt-get to fetch Debian's package prometheus with")
    once(folder, _fetch)
    return folder / "usr" / "bin" / name


def _fetch(folder: Path) -> None:
    """Downloads Debian's package, whose signature apt checks, and unpacks it."""
    for command in (("apt-get", "download", "prometheus"), ("sh", "-c", "dpkg-deb --extract prometheus_*.deb .")):
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise UnavailableError(f"{command[0]} failed: {done.stdout.strip()[-300:]}")
