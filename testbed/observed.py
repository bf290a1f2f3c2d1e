"""Rules for Prometheus at thirty times their speed, and a real Prometheus that evaluates them.

Thresholds are as they are; only time is shorter: ranges, `for`, and the intervals of scrapes and evaluations alike, so
that a rule sees as many samples as it does in a cluster, and a fault of minutes is one of seconds.
"""

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from components.observability.prometheus import SCRAPE_SECONDS
from planning.signals.prometheus import groups, kept
from planning.signals.rule import Watched
from testbed.prometheus import program

FASTER = SCRAPE_SECONDS
"""How much faster time is: Prometheus scrapes once a second instead of every 30."""
SECONDS = {"s": 1, "m": 60, "h": 3600}
DURATION = re.compile(r"\[(\d+)([smh])\]")
PORT = 9099
READY_SECONDS = 30


def shorter(expression: str) -> str:
    """An expression whose ranges are as much shorter as time is faster."""
    return DURATION.sub(lambda found: f"[{int(found[1]) * SECONDS[found[2]] // FASTER}s]", expression)


def faster(watched: Watched) -> list[dict[str, Any]]:
    """The rules of a deployment, in shorter time."""

    def rule(made: Mapping[str, Any]) -> dict[str, Any]:
        minutes = {"for": f"{int(made['for'].removesuffix('m')) * 60 // FASTER}s"} if "for" in made else {}
        return {**made, "expr": shorter(made["expr"]), **minutes}

    return [{**group, "rules": [rule(each) for each in group["rules"]]} for group in groups(watched)]


class Prometheus:
    """A server that scrapes what a PodMonitor would, keeps what it would, and evaluates the rules."""

    def __init__(self, folder: Path, watched: Watched, targets: Sequence[Mapping[str, str]]) -> None:
        """`targets` are addresses (`__address__`) with the labels that a pod's series have."""
        folder.mkdir(parents=True)
        (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": faster(watched)}))
        jobs = [
            {
                "job_name": f"target-{number}",
                "static_configs": [
                    {
                        "targets": [target["__address__"]],
                        "labels": {name: value for name, value in target.items() if name != "__address__"},
                    }
                ],
                "metric_relabel_configs": [
                    {"source_labels": ["__name__"], "action": "keep", "regex": "|".join(kept())}
                ],
            }
            for number, target in enumerate(targets)
        ]
        settings = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": jobs,
        }
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(settings))
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    program("prometheus"),
                    f"--config.file={folder / 'prometheus.yaml'}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{PORT}",
                ],
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + READY_SECONDS
        while True:
            if self._ready():
                return
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Prometheus is not ready: {self.log.read_text()[-500:]}")
            time.sleep(0.2)

    def _ready(self) -> bool:
        try:
            self._ask("query", query="1")
        except OSError:
            return False
        return True

    def firing(self) -> dict[str, str]:
        """Alerts that fire, with their values."""
        return {
            each["labels"]["alertname"]: each["value"]
            for each in self._ask("alerts")["alerts"]
            if each["state"] == "firing"
        }

    def values(self, expression: str) -> list[float]:
        """The values of an expression now; none if nothing matches."""
        return [float(each["value"][1]) for each in self._ask("query", query=expression)["result"]]

    def _ask(self, what: str, **parameters: str) -> Any:
        url = f"http://127.0.0.1:{PORT}/api/v1/{what}?{urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)["data"]

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
