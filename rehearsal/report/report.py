"""The report of a rehearsal as data. Left out: how it is shown (terminal.py, page.py)."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from rehearsal.report.details import Details
from rehearsal.report.settled import Settled
from rehearsal.report.topology import Topology
from rehearsal.sweep import Sweep

PAGE_ONLY = ("details", "topology", "settled")


@dataclass
class Report:
    """The object that `.venv/bin/python -m rehearsal STACK --json` prints, without the fields in PAGE_ONLY."""

    stack: str
    resources: int = 0
    preview_seconds: float = 0.0
    seconds: float = 0.0
    """Duration of the whole rehearsal."""
    minutes_to_ready: float = 0.0
    lower_bound_minutes: float = 0.0
    guide_minutes: float = 0.0
    critical_path: list[str] = field(default_factory=list[str])
    minutes_to_destroy: float = 0.0
    destroy_waits_for: list[str] = field(default_factory=list[str])
    """Slowest resource of each level that takes half a minute or more. Levels are deleted one after the other."""
    estimate: dict[str, Any] | None = None
    """The stack's output `estimate`: planned sizes and monthly price."""
    second_up_changes: int = 0
    left_after_destroy: int = 0
    left: list[str] = field(default_factory=list[str])
    secrets_in_plaintext: int = 0
    faults: Sweep = field(default_factory=Sweep)
    judged_by: str = ""
    """The real service that judged objects, too; empty if there was none."""
    data_plane: dict[str, Any] | None = None
    """Results from the real data plane; None if none was asked for."""
    violations: list[str] = field(default_factory=list[str])
    """Reasons why the deployment would fail, or would only succeed by luck, each with the rule and its source."""
    details: Details | None = None
    """Timelines and outputs; None if `up` failed. This field and those below are for the page only."""
    topology: Topology | None = None
    """Network connections for the picture; None if no resource that has any was made."""
    settled: Settled | None = None
    """The cloud for the comparison with the next rehearsal; None if the preview failed."""

    @property
    def succeeded(self) -> bool:
        return not (self.violations or self.second_up_changes or self.secrets_in_plaintext)

    def as_json(self) -> str:
        return json.dumps({key: value for key, value in asdict(self).items() if key not in PAGE_ONLY}, indent=2)
