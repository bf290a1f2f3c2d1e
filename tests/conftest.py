"""How the suite runs: in an environment of its own, file by file on all processors, and without a trace.

`make test` leaves out what is marked `slow`, which `make test-all` runs. docs/testing.md says what is where.
"""

import signal
from collections import Counter
from collections.abc import Generator

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests import environment, leftovers

environment.isolate()  # before any test module is imported

ENGINE = ("Stage", "Engine", "rehearse", "sweep")
"""Who imports one of these runs the real Pulumi engine."""
TOGETHER = ("tests/operations/review/",)
"""Folders whose files share what they have deployed."""
SLOW = {"available", "ogx"}
"""Fixtures that make whoever uses them slow: real Kafka and Milvus, the OGX server's environment."""
LEFT = pytest.StashKey[list[str]]()


class ByFile(LoadScopeScheduling):
    """One worker does a whole file, so that what a file deploys is deployed once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def pytest_configure(config: pytest.Config) -> None:
    """A run that is told to end, in the background too, ends what it has started first."""
    if not hasattr(config, "workerinput"):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    config.option.loadscopereorder = False  # it would begin with many tests, not with long ones
    return ByFile(config, log)


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what is slow or needs an engine; those first, so that in the end no worker waits for another."""
    for item in items:
        if SLOW.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
        if any(hasattr(getattr(item, "module", None), name) for name in ENGINE):
            item.add_marker(pytest.mark.engine)
    items.sort(key=lambda item: item.get_closest_marker("engine") is None)


@pytest.hookimpl(wrapper=True, trylast=True)  # within the summary, and after xdist has ended its workers
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    result = yield
    if not hasattr(session.config, "workerinput"):
        session.config.stash[LEFT] = leftovers.end()
        if session.config.stash[LEFT] and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reasons = Counter(str(report.longrepr[2]) for report in terminalreporter.getreports("skipped"))
    for reason, number in reasons.items():
        terminalreporter.line(f"left out: {number} tests; {reason.removeprefix('Skipped: ')}", yellow=True)
    if left := config.stash.get(LEFT, []):
        terminalreporter.section("processes that the tests have left running, now ended", red=True)
        for each in left:
            terminalreporter.line(each)
