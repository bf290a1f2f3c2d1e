from typing import Any

import pytest

from operations.new.questions import BY_KEY, QUESTIONS, allowed, node, parsed, shown


def test_every_question_is_about_a_setting_and_has_a_flag_of_its_own() -> None:
    assert all(node(question.key) for question in QUESTIONS)
    assert len({question.flag for question in QUESTIONS}) == len(QUESTIONS) == len(BY_KEY)


def test_every_workload_setting_can_be_given() -> None:
    from settings.model import Settings

    workload = Settings.model_json_schema(by_alias=True)["$defs"]["Workload"]["properties"]
    assert {f"workload.{name}" for name in workload} <= BY_KEY.keys()


def test_a_script_must_choose_what_has_no_default_that_anybody_should_get_unasked() -> None:
    assert [question.flag for question in QUESTIONS if question.required] == [
        "--region",
        "--tier",
        "--vectors",
        "--dimension",
        "--public-access-cidrs",
        "--account-ids",
    ]


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("workload.vectors", "1e6", 1_000_000),
        ("workload.vectors", "2_000_000", 2_000_000),
        ("workload.vectors", "1.5", 1.5),  # for settings/ to refuse
        ("workload.vectors", "inf", "inf"),
        ("workload.vectors", "many", "many"),
        ("workload.growth", "1.5", 1.5),
        ("workload.index", "hnsw", "HNSW"),
        ("workload.refineBits", "8", 8),
        ("workload.mmap", "Yes", True),
        ("access.public", "no", False),
        ("access.accountIds", "012345678909, 210987654321", ["012345678909", "210987654321"]),
        ("access.clientCidrs", "none", []),
        ("access.clientCidrs", "", []),
        ("access.domain.zoneId", "none", None),
        ("region", " eu-west-1 ", "eu-west-1"),
    ],
)
def test_answers_are_read_as_people_write_them(key: str, text: str, value: Any) -> None:
    assert parsed(BY_KEY[key], text) == value


@pytest.mark.parametrize("value", [True, False])
def test_a_default_is_shown_as_it_would_be_typed(value: bool) -> None:
    assert parsed(BY_KEY["protect"], shown(value)) is value
    assert shown(["10.0.0.0/8", "172.16.0.0/12"]) == "10.0.0.0/8, 172.16.0.0/12"
    assert (shown(None), shown([]), shown(1_000_000)) == ("", "", "1000000")


def test_what_is_allowed_is_said_in_words() -> None:
    assert allowed(BY_KEY["tier"]) == "development, production"
    assert allowed(BY_KEY["workload.vectors"]) == "whole number 1 to 100,000,000,000"
    assert allowed(BY_KEY["access.public"]) == "yes or no"
    assert allowed(BY_KEY["access.accountIds"]) == "a list with commas, or none"
    assert allowed(BY_KEY["access.certificateArn"]) == "text, or none"
