"""The record of a stack's last rehearsal, a JSON file with which the next rehearsal is compared."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from rehearsal.cloud.cloud import Cloud
from rehearsal.report.origin import Origin
from rehearsal.report.report import Report
from rehearsal.report.settled import Inputs, Settled, flat


@dataclass(frozen=True)
class Record:
    when: str
    commit: str
    settings: dict[str, Any]
    """Value of each setting in the stack's file, by its path."""
    violations: list[str]
    usd_per_month: float | None = None
    minutes_to_ready: float | None = None
    minutes_to_destroy: float | None = None
    resources: Inputs | None = None
    """Inputs of all resources; None if the rehearsal ended before any was made."""

    @classmethod
    def load(cls, file: Path) -> Self | None:
        """Reads a record; None if there is no file, or only one that another version of this program wrote."""
        try:
            return cls(**json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def save(self, file: Path, before: Self | None) -> None:
        """Writes the record. Fields that this rehearsal did not get to keep their values from the record `before`."""
        content = {key: value for key, value in asdict(self).items() if value is not None}
        file.parent.mkdir(parents=True, exist_ok=True)
        partly = file.with_name(f"{file.name}.partly")
        partly.write_text(json.dumps((asdict(before) if before else {}) | content, sort_keys=True))
        partly.replace(file)


def record(report: Report, settings: Mapping[str, Any], origin: Origin) -> Record:
    came_up = report.details is not None
    settled = report.settled or Settled(Cloud(), ())
    return Record(
        when=origin.when,
        commit=str(origin),
        settings=dict(flat(settings)),
        violations=[settled.text(each) for each in report.violations],
        usd_per_month=(report.estimate or {}).get("usd_per_month"),
        minutes_to_ready=report.minutes_to_ready if came_up else None,
        minutes_to_destroy=report.minutes_to_destroy if came_up else None,
        resources=report.settled.inputs if report.settled else None,
    )
