"""The command `.venv/bin/python -m planning`, as users type it."""

import json

import pytest

from planning.__main__ import main

MILLION = ["--vectors", "1e6", "--dim", "1024", "--index", "HNSW"]


def test_tables_end_with_the_price_and_the_minutes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*MILLION, "--tier", "production"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "USD a month" in text
    assert "47 minutes" in text
    assert "mixCoordinator" in text


def test_json_is_one_object_with_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*MILLION, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    keys = "loading_gib base_gib disk_gib mode roles nodes brokers usd_per_month minutes_to_ready"
    assert set(keys.split()) <= answer.keys()


def test_compare_shows_all_indexes_and_the_guides(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*MILLION, "--compare", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert list(answer["compare"]) == ["FLAT", "IVF_FLAT", "IVF_SQ8", "IVF_RABITQ", "SCANN", "HNSW", "DISKANN"]
    assert 1500 < answer["guides_usd_per_month"] < 1520
    assert main([*MILLION, "--compare"]) == 0
    text = capsys.readouterr().out
    assert "guides" in text
    assert "DISKANN" in text


def test_everything_wrong_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [
        "--vectors",
        "1.5",
        "--dim",
        "1",
        "--index",
        "tree",
        "--tier",
        "staging",
        "--growth",
        "many",
        "--refine-bits",
        "7",
    ]
    assert main(wrong) == 2
    errors = capsys.readouterr().err.splitlines()
    assert [line.removeprefix("error: ").split(" is ")[0] for line in errors] == [
        "--vectors",
        "--growth",
        "--dim",
        "--index",
        "--refine-bits",
        "--tier",
    ]
    assert "use one of FLAT, IVF_FLAT" in errors[3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--zones", "2", "--tier", "production"], "production needs 3"),
        (["--zones", "5"], "2 or 3"),
        (["--region", "eu-north-7"], "make prices"),
    ],
)
def test_what_cannot_be_planned_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*MILLION, *arguments]) == 2
    assert message in capsys.readouterr().err
