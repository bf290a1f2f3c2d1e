"""A real upgrade of Milvus, a step back, and a rotation of users, each under load."""

from typing import Any

import pytest

from rehearsal.run import UnavailableError
from testbed import namespace, toolchain
from tests.testbed.conftest import inside

pytestmark = pytest.mark.slow
LONGEST_GAP_SECONDS = 60
"""One process is away until it has started and loaded its data again, for 10 to 35 s on a busy machine."""


@pytest.fixture(scope="module")
def servers() -> None:
    try:
        namespace.check()
        for wheel in (toolchain.WHEEL, toolchain.OLDER_WHEEL):
            toolchain.provide_milvus(wheel)
    except UnavailableError as error:
        pytest.skip(f"no Milvus: {error}")


@pytest.fixture(scope="module")
def seen(servers: None) -> dict[str, Any]:
    return inside("tests.testbed.upgrade_inside")


@pytest.mark.parametrize("way", ["forwards", "back"])
def test_another_version_goes_on_with_the_same_data_and_nothing_that_was_acknowledged_is_lost(
    seen: dict[str, Any], way: str
) -> None:
    one = seen[way]
    print(one)
    for name, load in one["load"].items():
        assert load["gap_seconds"] < LONGEST_GAP_SECONDS, (name, load)
    assert (one["after"]["failed"], one["lost"]) == (0, 0)
    assert one["after"]["succeeded"] > 0
    assert one["acknowledged"] > 1000


def test_the_servers_are_what_they_are_called(seen: dict[str, Any]) -> None:
    older, newer = "v2.2-testing-20230824-68-ga34a9d6-lite", "v2.3.5-lite"  # 2.3.0 calls itself so
    assert [seen["back"]["version"], seen["forwards"]["version"]] == [older, newer]


def test_no_call_is_refused_while_an_applications_users_are_rotated(servers: None) -> None:
    rotation = inside("tests.testbed.rotation_inside")
    print(rotation)
    assert [line.split(",")[0] for line in rotation["said"]] == [
        "user app_b takes over from app",
        "user app takes over from app_b",
        "user app_b dropped; whoever is still connected as it is refused",
    ]
    for load in [*rotation["connected"], rotation["fresh"]]:
        assert load["failed"] == 0, load
        assert load["succeeded"] > 5
