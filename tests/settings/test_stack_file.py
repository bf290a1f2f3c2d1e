"""`Pulumi.<stack>.yaml` is read as the Pulumi CLI reads it: the same words, the same values, the same refusals."""

import json
from pathlib import Path
from typing import Any

import pytest

from settings.stack_file import StackFileError, as_pulumi_hands_over, configuration, surprises, without_secrets
from tests.engine import SALT, Engine

WORDS = """
yes no on off y n Yes NO On OFF true True TRUE false null Null ~ '' "" 'yes' "0777" 2027-01-31 2027-1-5 2027-13-01
2027-02-30 2027-01-31T10:00:00Z 2027-01-31t1:2:3.120+02:00 2027-01-31T10:00:00 0777 0o17 0O17 0o8 08 00 012345678901
0x1F 0X1f 0xg 0b101 0B11 0b2 -0x10 +0o17 190:20:30 12:30 1_000 1__0 0_7 1_0.5 1e6 1e+06 1E3 12e03 1. .5 -.5 +1 -0 + 1.0
1.50 1.1.1 1e400 1e21 1e-7 100000000000000000000.0 123456789.123 9007199254740993 12345678901234567890
123456789012345678901234567890 -9223372036854775809 = <= 1,000 v1.2.3 10.0.0.0/16 !!str_12 !!int_"12" !!float_12
"""
"""One word each; behind a tag, _ stands for the space."""
OTHERS = """
    dated: 2027-01-31 10:00:00
    base: &base {x: 1, y: [2, on]}
    merged: {<<: *base, x: 3}
    0x1F: a
    1.50: b
    yes: c
    true: d
    2027-01-31: e
    text: |
      two
      lines
    nothing:
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = Engine.create(tmp_path_factory.mktemp("yaml") / "project")
    engine.configure("dev")
    return engine


def both(engine: Engine, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of milvus-on-aws:tags and of all top-level words, by the CLI and by us."""
    file = engine.folder / "Pulumi.dev.yaml"
    file.write_text(f"encryptionsalt: {SALT}\nconfig:\n{text}", encoding="utf-8")
    ours = as_pulumi_hands_over(configuration(file))
    printed = engine.pulumi("config", "--json", "--stack", "dev")
    theirs = {key: each["value"] for key, each in json.loads(printed[printed.index("{\n") :]).items()}
    return theirs, ours


def test_every_kind_of_word_has_the_value_that_the_cli_gives_it(engine: Engine) -> None:
    words = [word.replace("_", " ") if word.startswith("!!") else word for word in WORDS.split()]
    lines = "".join(f"    k{number}: {word}\n" for number, word in enumerate(words))
    theirs, ours = both(engine, f"  milvus-on-aws:tags:\n{lines}{OTHERS}")
    theirs, ours = (json.loads(each["milvus-on-aws:tags"]) for each in (theirs, ours))
    by_word = {f"k{number}": word for number, word in enumerate(words)}
    assert {by_word.get(key, key): repr(ours[key]) for key in ours} == {
        by_word.get(key, key): repr(value) for key, value in theirs.items()
    }
    assert ours["merged"] == {"x": 3, "y": [2, "on"]}
    assert ours[f"k{words.index('2027-01-31')}"] == "2027-01-31 00:00:00 +0000 UTC"


def test_words_at_the_top_are_text_as_the_cli_hands_them_over(engine: Engine) -> None:
    words = ["yes", "true", "0777", "1e6", "2027-01-31", "1.5", "'012'"]
    theirs, ours = both(engine, "".join(f"  milvus-on-aws:k{n}: {word}\n" for n, word in enumerate(words)))
    assert ours == theirs
    assert list(ours.values()) == ["yes", "true", "511", "1000000", "2027-01-31 00:00:00 +0000 UTC", "1.5", "012"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("  a:b: 1\n  a:b: 2\n", "Pulumi.x.yaml, line 3: a:b is there twice, first in line 2; remove one"),
        ("  a:tags: {x: 1, y: 2, x: 3}\n", "Pulumi.x.yaml, line 2: x is there twice"),
        ("  a:b: [1\n", "Pulumi.x.yaml, line 3: expected ',' or ']'"),
        ("  a:b: .inf\n", "Pulumi.x.yaml, line 2: .inf: JSON has no such number"),
        ("  a:b: {[1]: x}\n", "Pulumi.x.yaml, line 2: a key that is no word"),
        ("  a:b: !python/name:os.system x\n", "could not determine a constructor for the tag"),
        ("\tx: 1\n", "Pulumi.x.yaml, line 2: found character '\\t'"),
        ("  a:b: !!int x\n", "Pulumi.x.yaml, line 2: 'x' is no number"),
        ("  a:b: !!bool yes\n", "Pulumi.x.yaml, line 2: 'yes' is neither true nor false"),
        ("  - a\n", "Pulumi.x.yaml: has no keys under `config:`"),
    ],
)
def test_a_file_that_means_nothing_is_refused_by_line_and_reason(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "Pulumi.x.yaml"
    file.write_text(f"config:\n{text}")
    with pytest.raises(StackFileError) as error:
        configuration(file)
    assert reason in str(error.value)


def test_a_file_without_settings_has_none(tmp_path: Path) -> None:
    empty, other = tmp_path / "Pulumi.a.yaml", tmp_path / "Pulumi.b.yaml"
    empty.write_text("# nothing\n")
    other.write_text("encryptionsalt: x\nconfig:\n")
    assert [configuration(file) for file in (empty, other, tmp_path / "none.yaml")] == [{}, {}, {}]


def test_secrets_are_replaced_wherever_they_are() -> None:
    written = {"a": {"secure": "v1:x"}, "b": {"c": [{"secure": "v1:y"}, 1], "d": {"secure": "z", "e": 1}}}
    assert without_secrets(written, "?") == {"a": "?", "b": {"c": ["?", 1], "d": {"secure": "z", "e": 1}}}


def test_a_key_needs_no_namespace_if_it_is_the_projects(engine: Engine) -> None:
    theirs, ours = both(engine, "  target: aws\n  milvus-on-aws:region: us-east-1\n")
    assert theirs == ours == {"milvus-on-aws:target": "aws", "milvus-on-aws:region": "us-east-1"}


def test_a_setting_beside_config_is_refused_since_pulumi_drops_it(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.x.yaml"
    file.write_text("encryptionsalt: x\nmilvus-on-aws:region: us-east-1\n")
    with pytest.raises(StackFileError, match=r"milvus-on-aws:region stands beside `config:`"):
        configuration(file)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a: [012345670123]", [("line 2", "012345670123 is 1402433619 to YAML; write that, or quote it")]),
        ("a: 0x10", [("line 2", "0x10 is 16 to YAML; write that, or quote it")]),
        ("a: ['012345670123', 0, 10, 1_000, 1.5, us-east-1]", []),
        ("a: {clientSecret: hush}", [("a.clientSecret", "is a secret in plain text")]),
        ("a: {clientSecret: {secure: v1:x}, secretArn: arn}", []),
    ],
)
def test_what_a_file_says_and_nobody_means_is_told(tmp_path: Path, line: str, found: list[tuple[str, str]]) -> None:
    file = tmp_path / "Pulumi.x.yaml"
    file.write_text(f"config:\n  {line}\n".replace("  a:", "  milvus-on-aws:a:"))
    told = [(place.removeprefix("milvus-on-aws:"), reason) for place, reason in surprises(file)]
    assert [place for place, _ in told] == [place for place, _ in found]
    assert all(reason.startswith(expected) for (_, reason), (_, expected) in zip(told, found, strict=True))
