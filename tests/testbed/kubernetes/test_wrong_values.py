"""Wrong values, one at a time, in objects of the program: the real API server refuses each, and says why."""

from collections.abc import Generator
from typing import Any

import pytest

from rehearsal.cloud.resource import Resource
from testbed.kubernetes.admission import Admission
from testbed.kubernetes.api import Api
from testbed.kubernetes.behind import manifest_of
from tests.testbed.kubernetes.wrong_values import NAMESPACE, PATCH, WRONG, broken, objects


@pytest.fixture(scope="module")
def admission(api: Api) -> Generator[Admission]:
    """The API server with the namespace in it."""
    made = Admission(api)
    assert made.problems(manifest_of(objects()[NAMESPACE])) == []
    yield made
    made.clear()


def judged(admission: Admission, resource: Resource) -> list[str]:
    manifest = manifest_of(resource)
    return admission.patched(manifest) if resource.type == PATCH else admission.problems(manifest)


def test_every_object_of_the_program_is_taken(admission: Admission) -> None:
    for resource in objects().values():
        assert judged(admission, resource) == [], resource.name
    assert len(objects()) > 15


@pytest.mark.parametrize(("name", "path", "value", "where", "reason"), WRONG)
def test_a_wrong_value_is_refused_with_object_path_and_reason(
    admission: Admission, name: str, path: str, value: Any, where: str, reason: str
) -> None:
    wrong = broken(name, path, value)
    problems = judged(admission, wrong)
    assert any(wrong.inputs["metadata"]["name"] in each and where in each and reason in each for each in problems), (
        problems
    )


def test_there_are_forty_of_them() -> None:
    assert len(WRONG) >= 40
