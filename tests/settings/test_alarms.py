"""The section `alarms`: a canary needs alarms, and a way to CloudWatch."""

import pytest

from tests.settings.written import AWS, accepted, problems

TOLD = {"emails": ["ops@corp.internal"]}


def test_a_canary_is_accepted_where_somebody_is_told() -> None:
    assert accepted({**AWS, "alarms": {**TOLD, "canary": True}})


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"alarms": {"enabled": False, "canary": True}}, "true has no effect without alarms"),
        ({"alarms": {"canary": True}}, "true has no effect without alarms"),
        (
            {"alarms": {**TOLD, "canary": True}, "network": {"nat": "none", "interfaceEndpoints": True}},
            "its success cannot reach CloudWatch",
        ),
    ],
)
def test_a_canary_that_nobody_hears_is_refused(sections: dict[str, object], said: str) -> None:
    assert said in str(problems({**AWS, **sections}))
