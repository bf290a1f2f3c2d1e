"""Makes the suite run in an environment of its own, file by file on all processors, and leave no process behind.

`make test` leaves out tests marked `slow`, which `make test-all` runs. docs/testing.md says which test is where.
"""

import os
import signal
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any, cast

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from rehearsal.warm import starter
from tests import environment, leftovers

environment.isolate()  # this comes before any test module is imported

ENGINE = ("Stage", "Engine", "rehearse", "sweep")
"""Names that mark a test module which imports them as one that runs the real Pulumi engine."""
TOGETHER = ("tests/operations/review/", "tests/testbed/kubernetes/")
"""Folders whose files share deployments, so that one worker must run them."""
SLOW = {"available", "ogx", "programs"}
"""Fixtures that make a test slow: real Kafka and Milvus, the OGX server's environment, and a real Kubernetes."""
LEFT = pytest.StashKey[list[str]]()


class ByFile(LoadScopeScheduling):
    """Gives each file to one worker, so that the deployments of a file are made once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def pytest_configure(config: pytest.Config) -> None:
    """Makes signals end the run as Ctrl-C does, also in the background, so that it first ends its own processes."""
    if not hasattr(config, "workerinput"):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Three at a time on two processors, because tests wait for servers for a third of their time, but no more engines
    than memory is likely to hold.
    """
    return min((os.cpu_count() or 1) * 3 // 2, 8)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    config.option.loadscopereorder = False  # else files with many tests would come before those with long ones
    return ByFile(config, log)


@pytest.hookimpl(tryfirst=True)  # before `-m` selects tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests that are slow or need an engine.

    The latter run first, so that no worker waits for another in the end.
    """
    for item in items:
        if SLOW.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
        if any(hasattr(getattr(item, "module", None), name) for name in ENGINE):
            item.add_marker(pytest.mark.engine)
    items.sort(key=lambda item: item.get_closest_marker("engine") is None)


@pytest.hookimpl(wrapper=True, trylast=True)  # before the summary, and after xdist has ended its workers
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    result = yield
    starter.end()
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


@pytest.fixture(autouse=True)
def _own_session(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction] - pytest uses it
    """boto3 keeps a session with the region and the credentials of whoever first made a client: an earlier test."""
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)


@pytest.fixture(scope="session")
def available() -> None:
    """The real data plane; skips the test where Java, Maven or the right to create namespaces is missing."""
    from rehearsal.run import UnavailableError
    from testbed import namespace, toolchain

    try:
        toolchain.provide()
        namespace.check()
    except UnavailableError as error:
        pytest.skip(f"no data plane: {error}")


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an emulated Secrets Manager."""
    import boto3
    from moto import mock_aws

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        yield cast(Any, boto3).client("secretsmanager", region_name="us-east-1")
