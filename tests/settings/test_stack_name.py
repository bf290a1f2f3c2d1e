"""Names that follow from the stack's name are checked before anything is created."""

import pytest

from settings.problems import SettingsError
from tests.settings.written import AWS, accepted, problems, settings

HERE = "the stack's name"


@pytest.mark.parametrize(
    ("stack", "text"),
    [
        ("team.dev", "team.dev makes the EKS cluster's name milvus-on-aws-team.dev (22 characters), which may have"),
        ("x" * 87, "(101 characters), which may have letters, digits, - and _, at most 100 in all"),
        ("team_1", "team_1 makes the prefix milvus-team_1 of Kafka's topics and S3's objects"),
        ("Team", "Team makes the prefix milvus-Team"),
        ("x" * 34, "at most 40 in all; set milvus.prefix, or name the stack with at most 33 of these"),
        ("a-partition-b", "Milvus stops on topics with -partition-"),
    ],
)
def test_a_stack_whose_names_aws_or_milvus_refuse_is_refused(stack: str, text: str) -> None:
    assert text in problems(AWS, stack)[HERE]


@pytest.mark.parametrize("stack", ["dev", "team-1", "x" * 33, "0"])
def test_other_names_are_taken(stack: str) -> None:
    assert accepted(AWS, stack)


@pytest.mark.parametrize("stack", ["team_1", "Team", "x" * 86, "a-partition-b"])
def test_a_prefix_of_its_own_leaves_the_cluster_to_follow_from_the_stack(stack: str) -> None:
    assert accepted({**AWS, "milvus": {"prefix": "milvus-team"}}, stack)


def test_a_stack_on_this_machine_may_be_called_anything() -> None:
    assert accepted({"target": "embedded"}, "team.dev")


def test_the_message_does_not_invent_a_key() -> None:
    with pytest.raises(SettingsError) as error:
        settings(AWS, "team.dev")
    assert "\n  the stack's name: team.dev makes " in str(error.value)
