"""Renders Helm releases from a local folder of charts, which are in no package registry.

The folder may hold charts as folders or as packages (`milvus-5.0.19.tgz`), at any depth, for example checkouts of
zilliztech/milvus-helm and aws/eks-charts.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from testbed.render import Manifest, render
from tools.kubernetes import build

OPTIONS = ("--include-crds", "--skip-tests", "--kube-version", build.version())


class MissingChartError(Exception):
    """The folder holds no such chart; the message says which it holds."""


def rendered(folder: Path, release: Mapping[str, Any]) -> list[Manifest]:
    """The objects of a release, definitions first. `release` are the inputs of the Helm release.

    Raises MissingChartError; ValueError with Helm's message.
    """
    name, version = str(release["chart"]), str(release.get("version") or "")
    found = charts(folder)
    if (name, version) not in found:
        held = ", ".join(f"{each} {of}" for each, of in sorted(found)) or "none"
        raise MissingChartError(f"CHARTS: no chart {name} {version} in {folder}; the charts there: {held}")
    manifests = render(
        release.get("values") or {}, found[name, version], release["name"], release["namespace"], *OPTIONS
    )
    return sorted(manifests, key=lambda each: each["kind"] != "CustomResourceDefinition")


def charts(folder: Path) -> dict[tuple[str, str], Path]:
    """Charts in a folder, by name and version, without the charts inside of charts."""
    packages = {_split(each.stem): each for each in folder.rglob("*.tgz") if each.parent.name != "charts"}
    for file in folder.rglob("Chart.yaml"):
        if not (file.parent.parent.name == "charts" and (file.parent.parent.parent / "Chart.yaml").exists()):
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            packages[content["name"], str(content["version"])] = file.parent
    return packages


def _split(stem: str) -> tuple[str, str]:
    name, _, version = stem.rpartition("-")
    return name, version
