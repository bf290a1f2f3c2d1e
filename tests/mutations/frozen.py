"""Which tests are asked about a mistake, and which of those that fail mean it: a frozen literal does not.

A failing test counts unless its own source has a literal that the mistake took away: such a test repeats the program's
text, and whoever changes one changes the other. It always counts where it feeds wrong settings and expects a refusal,
or compares with a source outside (the official sizing tool). It never counts where it compares files that are made anew
from the code, or frozen renderings.
"""

import inspect
import re
from collections.abc import Sequence
from typing import Any

import pytest

from rehearsal.workspace import Edit

MEANT = ("tests/settings/", "tests/planning/test_sizing.py", "tests/iam/", "tests/test_priced.py")
NEVER = (
    "test_the_rendered_facts_are_those_of_todays_values",
    "test_generated_pages_are_those_the_code_makes_now",
    "test_the_tables_are_fresh",
    "test_the_page_lists_every_rule_as_it_is",
)
LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|\b\d+(?:\.\d+)?\b|\b(?:True|False|None)\b')

WHOLE = (
    "tests/test_accounts.py",
    "tests/test_prefix_lists.py",
    "tests/test_zones.py",
    "tests/test_contract_sources.py",
    "tests/test_program.py",
    "tests/test_priced.py",
    "tests/test_every_setting.py",
    "tests/test_existing_vpc.py",
    "tests/test_partitions.py",
    "tests/test_existing_kafka.py",
    "tests/policies/test_whole_stack.py",
)
"""Rules of the whole program."""
ROOMS = {
    "arguments": ["tests/components/contract", "tests/components/network/test_existing.py"],
    "components/backup": ["tests/components/backup", "tests/iam"],
    "components/cluster": ["tests/components/cluster", "tests/iam"],
    "components/contract": ["tests/components/contract"],
    "components/endpoints": ["tests/components/endpoints"],
    "components/identity/bucket_settings": ["tests/components/storage", "tests/components/backup"],
    "components/identity": ["tests/components/identity", "tests/iam"],
    "components/kafka": ["tests/components/kafka", "tests/iam"],
    "components/milvus": ["tests/components/milvus"],
    "components/network": ["tests/components/network", "tests/iam"],
    "components/observability": ["tests/components/observability", "tests/planning/signals"],
    "components/pods": ["tests/components/pods", "tests/components/milvus", "tests/components/endpoints/test_attu.py"],
    "components/storage": ["tests/components/storage", "tests/iam"],
    "planning/chart": ["tests/planning/chart", "tests/components/milvus", "tests/chart"],
    "planning": ["tests/planning", "tests/settings"],
    "settings": ["tests/settings", "tests/planning/test_overrides.py"],
}
"""Tests of the room of an edited file, by the beginning of its path; the first that fits."""
SECTIONS = {
    "network": ("network.",),
    "cluster": ("cluster.",),
    "kafka": ("kafka.",),
    "storage": ("bucket.",),
    "milvus": ("milvus.", "workload."),
    "chart": ("milvus.", "workload."),
    "endpoints": ("access.", "attu."),
    "identity": ("cluster.permissionsBoundary", "bucket."),
    "deployment": ("tags", "access.accountIds", "protect"),
    "aws": ("tags",),
    "existing": ("network.existing",),
    "flow_log": ("network.flow",),
    "model": ("tier", "network.", "kafka.", "bucket.", "cluster."),
    "sizing": ("workload.",),
}
"""Settings that are varied for a file (tests/test_every_setting.py), by a part of its path."""


def asked(path: str) -> list[str]:
    """Files and folders of the tests about an edited file."""
    return [*next((tests for room, tests in ROOMS.items() if path.startswith(room)), []), *WHOLE]


def literals(text: str) -> set[str]:
    """Literals of Python in a text, as they are written."""
    return {each.strip("\"'") for each in LITERAL.findall(text)} - {""}


class Jury:
    """A plugin of pytest: runs the tests that are asked, until one that means it fails."""

    def __init__(self, edit: Edit) -> None:
        self._path, self._gone = edit.path, literals(edit.old) - literals(edit.new)
        self._sections = [each for part in re.split(r"[/.]", edit.path) for each in SECTIONS.get(part, ())]
        self._session: pytest.Session | None = None
        self._sources: dict[str, str] = {}
        self.meant: list[str] = []
        self.frozen: list[str] = []

    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        self._session = session
        items[:] = [each for each in items if self._wanted(each)]
        for each in items:
            function: Any = getattr(each, "function", None)
            # What a test returns is no literal of it.
            self._sources[each.nodeid] = inspect.getsource(function).replace("-> None", "") if function else ""

    def _wanted(self, item: pytest.Item) -> bool:
        if item.get_closest_marker("engine"):
            return False
        if "test_every_setting" in item.nodeid and "[" in item.nodeid:
            return any(f"[{each}" in item.nodeid for each in self._sections)
        return not item.get_closest_marker("slow")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.failed:
            return
        if self._means_it(report.nodeid):
            self.meant.append(report.nodeid)
            if self._session:
                self._session.shouldstop = "noticed"
        else:
            self.frozen.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.meant.append(f"{report.nodeid} (cannot be imported)")

    def _means_it(self, nodeid: str) -> bool:
        if any(name in nodeid for name in NEVER):
            return False
        return nodeid.startswith(MEANT) or not self._gone & literals(self._sources.get(nodeid, ""))


def judged(edit: Edit, tests: Sequence[str]) -> Jury:
    """Runs the tests in this process."""
    jury = Jury(edit)
    options = ("-q", "--no-header", "--no-summary", "-p", "no:cacheprovider", "-p", "no:randomly", "--tb=no")
    pytest.main([*options, *tests], plugins=[jury])
    return jury
