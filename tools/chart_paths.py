"""Lists the values that the Milvus chart knows: `.venv/bin/python -m tools.chart_paths CHART`.

CHART is the folder of zilliztech/milvus-helm's charts/milvus at the pinned version, with its subcharts. The list is
written into tests/chart/known_paths.json; the chart itself is not kept in this repository. Helm silently ignores
misspelt values, so tests compare the program's values with the list.
"""

import json
import re
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml

SUBCHARTS = ("etcd",)
"""Subcharts that this program enables. For all others it sets only `enabled`."""
REFERENCE = re.compile(r"\.Values\.([A-Za-z0-9_.]+[A-Za-z0-9_])")


def leaves(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, bool]]:
    """Each path to a leaf, and whether it is open: an empty map, a list or null, below which anything may be set."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(cast("Mapping[str, Any]", value), (*path, key))
        else:
            yield ".".join((*path, key)), value is None or isinstance(value, list | Mapping)


def templated(texts: Iterator[str]) -> Iterator[str]:
    """Paths that templates read, some of which are missing in values.yaml (streamingNode.topologySpreadConstraints)."""
    for text in texts:
        yield from REFERENCE.findall(text)


def known(chart: Path) -> dict[str, bool]:
    """All paths of the chart and its enabled subcharts, each with whether it is open."""
    found = dict.fromkeys(templated(file.read_text() for file in sorted((chart / "templates").iterdir())), True)
    found |= dict(leaves(yaml.safe_load((chart / "values.yaml").read_text())))
    for name in SUBCHARTS:
        (package,) = (chart / "charts").glob(f"{name}-*.tgz")
        with tarfile.open(package) as archive:
            files = {m.name: archive.extractfile(m) for m in archive.getmembers() if m.isfile()}
            texts = {path: file.read().decode() for path, file in files.items() if file}
        own = dict.fromkeys(templated(t for p, t in texts.items() if p.startswith(f"{name}/templates/")), True)
        own |= dict(leaves(yaml.safe_load(texts[f"{name}/values.yaml"])))
        found |= {f"{name}.{path}": is_open for path, is_open in own.items()}
    return found


def main() -> None:
    chart = Path(sys.argv[1])
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    conditions = yaml.safe_load((chart / "requirements.yaml").read_text())["dependencies"]
    unused = {d.get("alias", d["name"]) for d in conditions} - set(SUBCHARTS)
    paths = {
        path: is_open
        for path, is_open in known(chart).items()
        if path.split(".")[0] not in unused or path.endswith(".enabled")
    }
    # A path that is a part of others is neither a value nor open.
    paths = {path: is_open for path, is_open in paths.items() if not any(p.startswith(f"{path}.") for p in paths)}
    facts = {
        "chart": f"{about['name']} {about['version']}",
        "values": sorted(path for path, is_open in paths.items() if not is_open),
        "open": sorted(path for path, is_open in paths.items() if is_open),
    }
    sys.stdout.write(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
