"""Lists the metrics that a release of Milvus exports, from the source of its Go module `pkg`.

`.venv/bin/python tools/milvus_metrics.py 2.6.20 > tests/planning/signals/exported/milvus-2.6.20.txt` writes the list
by which tests check every name in rules and dashboards. It needs Go, whose module proxy and checksum database vouch for
the source. Left out: metrics of Milvus' C++ parts (`internal_*`, `knowhere_*`), which this module does not define, and
which process registers a metric.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

MODULE = "github.com/milvus-io/milvus/pkg/v2"
DECLARED = re.compile(
    r"\bnew(\w*?)(Counter|Gauge|Histogram)(?:Vec)?\(\s*prometheus\.\w+Opts\{(.*?)\n\s*\}(.*?)\)\n",
    re.DOTALL | re.IGNORECASE,
)
"""One metric: the helper that adds its subsystem (nothing for `prometheus.NewGaugeVec`), type, options, labels."""
HELPERS = {
    "streamingcoord": "streamingcoord",
    "streamingserviceclient": "streaming",
    "streamingnode": "streamingnode",
    "wal": "wal",
}
"""Subsystems of the helpers at the end of streaming_service_metrics.go, all of which add the label `node_id`."""


def source(version: str) -> tuple[Path, str]:
    """Folder of the module, and the commit it comes from."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "go.mod").write_text("module metrics\n")
        command = ["go", "mod", "download", "-json", f"{MODULE}@v{version}"]
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True)
    said = json.loads(done.stdout)
    return Path(said["Dir"]), said["Origin"]["Hash"]


def exported(folder: Path) -> Iterator[str]:
    """A line for each metric: name, type, and labels."""
    files = [each for each in (folder / "metrics").glob("*.go") if not each.name.endswith("_test.go")]
    texts = [each.read_text(encoding="utf-8") for each in files]
    texts.append((folder / "util" / "typeutil" / "type.go").read_text(encoding="utf-8"))
    known = dict(pair for text in texts for pair in re.findall(r'^\s*(\w+)\s*=\s*["`]([^"`]*)["`]', text, re.MULTILINE))
    for _ in range(3):  # names for names of names
        known |= {
            name: known[other]
            for text in texts
            for name, other in re.findall(r"^\s*(\w+)\s*=\s*(\w+)$", text, re.MULTILINE)
            if other in known
        }
    for text in texts:
        for helper, kind, options, labels in DECLARED.findall(text):
            given = dict(re.findall(r"(Namespace|Subsystem|Name):\s*([^,\n]+)", options))
            yield _line(helper.lower(), kind.lower(), given, labels, known)


def _line(helper: str, kind: str, options: Mapping[str, str], labels: str, known: Mapping[str, str]) -> str:
    def value(written: str) -> str:
        return written.strip('"') if written.startswith('"') else known[written.removeprefix("typeutil.")]

    subsystem = HELPERS[helper] if helper else value(options["Subsystem"]) if "Subsystem" in options else ""
    name = "_".join(filter(None, ("milvus", subsystem, value(options["Name"]))))
    listed = re.findall(r'"?\b\w+\b"?', labels.removeprefix(", []string").strip())
    found = sorted({value(each) for each in listed if each not in ("string",)} | ({"node_id"} if helper else set()))
    return " ".join((name, kind, *found))


def main() -> None:
    (version,) = sys.argv[1:]
    folder, commit = source(version)
    print(f"# Metrics that Milvus {version} exports: name, type, labels. Made by tools/milvus_metrics.py from")
    print(f"# {MODULE}@v{version} (github.com/milvus-io/milvus, commit {commit}).")
    print("\n".join(sorted(set(exported(folder)))))


if __name__ == "__main__":
    main()
