from pathlib import Path
from typing import Any

import pytest

from operations.new.answers import Draft, Kept, price
from operations.new.questions import BY_KEY

DRAFT = Draft("prod")
ANSWERS: dict[str, Any] = {
    "region": "us-east-1",
    "tier": "production",
    "workload.vectors": 1_000_000,
    "workload.dimension": 1024,
    "workload.replicas": 2,
}


@pytest.mark.parametrize(
    ("key", "value", "refusal"),
    [
        ("region", "mars", 'region: "mars" is not allowed: a region such as us-east-1'),
        ("region", "eu-wset-1", "no region that is known here; known are af-south-1, "),
        ("workload.vectors", 0, "workload.vectors: 0 is not allowed: at least 1."),
        ("workload.dimension", "abc", 'workload.dimension: "abc" is not allowed: a whole number.'),
        ("access.clientCidrs", ["10.0.0.0/33"], "access.clientCidrs[0]: "),
        ("cluster.publicAccessCidrs", ["0.0.0.0/0"], "open to the whole internet; name the networks that need it"),
        ("network.zones", ["us-east-1a", "us-east-1b"], "2 zones: production survives the loss of one; name three"),
        ("attu.exposure", "public", "attu.exposure: public needs access.clientCidrs"),
    ],
)
def test_an_answer_is_refused_in_the_words_of_the_settings(key: str, value: Any, refusal: str) -> None:
    assert refusal in DRAFT.refusal(BY_KEY[key], value, ANSWERS)


def test_what_cannot_be_planned_is_refused_at_the_answer_that_makes_it_so() -> None:
    earlier = {"region": "us-east-1", "tier": "production", "workload.vectors": 20_000_000_000}
    assert DRAFT.refusal(BY_KEY["workload.vectors"], 20_000_000_000, earlier) == ""  # in two dimensions it is little
    assert "vectors of this kind work" in DRAFT.refusal(BY_KEY["workload.dimension"], 32_768, earlier)


def test_what_a_later_question_asks_for_is_not_missing_yet() -> None:
    name = BY_KEY["access.domain.milvus"]
    assert DRAFT.refusal(name, "milvus.acme.io", ANSWERS) == ""
    assert "a host name in lower case" in DRAFT.refusal(name, "Not a name", ANSWERS)


def test_a_good_answer_is_not_blamed_for_an_older_fault() -> None:
    faulty = {**ANSWERS, "cluster.publicAccessCidrs": ["0.0.0.0/0"]}
    assert DRAFT.refusal(BY_KEY["workload.replicas"], 3, faulty) == ""


def test_defaults_are_the_tiers() -> None:
    assert DRAFT.default("attu.exposure", {"tier": "development"}) == "internal"
    assert DRAFT.default("attu.exposure", {"tier": "production"}) == "none"
    assert DRAFT.default("protect", {"tier": "production"}) is True
    assert DRAFT.default("access.domain.zoneId", {}) is None


def test_size_and_price_are_known_with_workload_tier_and_region_and_not_before() -> None:
    for key in ("region", "tier", "workload.vectors", "workload.dimension"):
        assert DRAFT.plan({name: value for name, value in ANSWERS.items() if name != key}) is None
    plan = DRAFT.plan(ANSWERS)
    assert plan
    assert price(plan).startswith(f"{plan.cost.usd:,.0f} USD a month (")
    assert "; the guides' fixed topology: 1,512. 6.9 GiB loaded, 6 nodes, 3 brokers kafka.m7g.large" in price(plan)


def test_what_reads_the_same_without_is_left_out() -> None:
    said: dict[str, Any] = {
        **ANSWERS,
        "workload.index": "HNSW",
        "attu.exposure": "none",
        "protect": True,
        "access.clientCidrs": [],
    }
    assert DRAFT.minimal(said) == ANSWERS
    assert "tier" not in DRAFT.minimal({**ANSWERS, "tier": "development"})


def test_placeholders_are_doubtful_and_not_refused() -> None:
    question = BY_KEY["cluster.publicAccessCidrs"]
    answers = {**ANSWERS, question.key: ["203.0.113.0/24"], "access.accountIds": ["210987654321"]}
    assert DRAFT.refusal(question, ["203.0.113.0/24"], ANSWERS) == ""
    assert [problem.key for problem in DRAFT.doubtful(answers)] == ["cluster.publicAccessCidrs[0]"]


def test_answers_are_kept_for_the_next_run_and_a_broken_file_stops_nobody(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "new" / "prod.json")
    assert kept.read() == {}
    kept.write({**ANSWERS, "no.such.key": 1})
    assert kept.read() == ANSWERS
    kept.file.write_text("{")
    assert kept.read() == {}
    kept.forget()
    kept.forget()
    assert not kept.file.exists()
