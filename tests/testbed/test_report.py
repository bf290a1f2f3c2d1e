"""The data plane's part of the report, and which of its results count as violations."""

import io
from dataclasses import asdict
from typing import Any, cast

import pytest
from rich.console import Console

from testbed import data_plane
from testbed.data_plane import OnDataPlane
from testbed.report import show
from testbed.trial import Outcome

WELL = Outcome("broker_killed", "survived", True, 2000, 2000, 0, "no write for 9 s", 37.8)
LOST = Outcome("milvus_killed", "survived", False, 2000, 1900, 100, "no write for 8 s [grpc]", 20.0)


class OfTarget:
    """The parts of a stage that the report reads."""

    def __init__(self, tmp_path: Any, target: str) -> None:
        self.folder, self.stack, self._target = tmp_path, "local", target

    def outputs(self) -> dict[str, Any]:
        return {"target": self._target}


def shown(result: dict[str, Any]) -> str:
    text = io.StringIO()
    show(result, Console(file=text, width=160))
    return text.getvalue()


def test_rows_records_objects_and_each_fault_are_shown() -> None:
    text = shown(
        {
            "rows_acknowledged": 2000,
            "rows_found": 2000,
            "kafka_offsets": 112,
            "s3_objects": 15,
            "seconds_to_green": 52.3,
            "faults": [asdict(WELL), asdict(LOST)],
            "differs": ["Kafka 3.9.2 instead of 3.8.x"],
        }
    )
    for line in (
        "rows acknowledged 2000",
        "rows found 2000",
        "kafka offsets 112",
        "s3 objects 15",
        "green after 52.3 s",
    ):
        assert line in " ".join(text.split())
    assert "broker_killed survived 2000 2000 0 38 no write for 9 s" in " ".join(text.split())
    assert "milvus_killed NOT AS EXPECTED 2000 1900 100 20 no write for 8 s [grpc]" in " ".join(text.split())
    assert "differs: Kafka 3.9.2 instead of 3.8.x" in text


def test_a_fault_that_loses_rows_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = OnDataPlane(lambda _: None)
    plane.result["differs"] = []
    monkeypatch.setattr(OnDataPlane, "_faults", lambda *_: [WELL, LOST])
    monkeypatch.setattr(data_plane.psutil, "process_iter", list)
    assert plane.after_destroy(cast(Any, None)) == [
        "fault milvus_killed: not survived, 100 rows lost; no write for 8 s [grpc]"
    ]


def test_a_stack_without_a_cloud_has_no_data_plane_and_no_faults(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane = OnDataPlane(lambda _: None)
    monkeypatch.setattr(data_plane.psutil, "process_iter", list)
    stage = cast(Any, OfTarget(tmp_path, "embedded"))
    assert plane.after_up(stage) == ["stack local has target embedded: only aws has a data plane to put behind it"]
    assert plane.after_destroy(stage) == []
    assert plane.result["faults"] == []
