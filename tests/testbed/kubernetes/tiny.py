"""Writes charts that are as small as a chart can be. Not a test."""

from collections.abc import Mapping
from pathlib import Path


def write_chart(folder: Path, name: str, version: str, files: Mapping[str, str]) -> Path:
    """A chart with these files, by their path in it, in a new folder of its name."""
    chart = folder / name
    described = {"Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\n"}
    for path, text in {**described, **files}.items():
        (chart / path).parent.mkdir(parents=True, exist_ok=True)
        (chart / path).write_text(text, encoding="utf-8")
    return chart
