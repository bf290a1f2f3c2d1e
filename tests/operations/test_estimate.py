"""`make estimate` reads a stack's file as Pulumi does, and lists all mistakes in it in one message."""

from pathlib import Path

import pytest

from operations import estimate
from operations.stack import StackError
from settings.problems import SettingsError

HEAD = "config:\n  milvus-on-aws:target: aws\n  milvus-on-aws:region: us-east-1\n"
WORKLOAD = "  milvus-on-aws:workload: {vectors: 1e6, dimension: 768}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(estimate, "ROOT", tmp_path)
    return tmp_path


def test_an_unquoted_date_is_a_message_and_no_traceback(folder: Path) -> None:
    (folder / "Pulumi.x.yaml").write_text(f"{HEAD}{WORKLOAD}  milvus-on-aws:tags: {{expires: 2027-01-31}}\n")
    with pytest.raises(SettingsError, match=r'tags\.expires: .* date without quotes; write "2027-01-31"'):
        estimate.settings_of("x")


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ("{team: yes}", None),  # text, for Pulumi
        ("{cost: 0777}", "511 is not allowed: text"),
        ("{cost: 1e3}", "1000 is not allowed: text"),
        ("{cost: ~}", "null is not allowed: text"),
    ],
)
def test_words_are_what_they_are_for_pulumi(folder: Path, tags: str, said: str | None) -> None:
    (folder / "Pulumi.x.yaml").write_text(f"{HEAD}{WORKLOAD}  milvus-on-aws:tags: {tags}\n")
    if said is None:
        assert estimate.settings_of("x").tags == {"team": "yes"}
    else:
        with pytest.raises(SettingsError, match=said):
            estimate.settings_of("x")


def test_a_key_that_is_there_twice_is_refused_by_its_line(folder: Path) -> None:
    (folder / "Pulumi.x.yaml").write_text(f"{HEAD}{WORKLOAD}{WORKLOAD}")
    with pytest.raises(StackError, match=r"Pulumi\.x\.yaml, line 5: milvus-on-aws:workload is there twice"):
        estimate.settings_of("x")


def test_a_secret_needs_no_passphrase_to_be_estimated(folder: Path) -> None:
    names = "{certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/1', domain: {milvus: m.example.com,"
    oidc = (
        "{issuer: https://a.example.com, authorizationEndpoint: https://a.example.com, tokenEndpoint: "
        "https://a.example.com, userInfoEndpoint: https://a.example.com, clientId: x, clientSecret: {secure: v1:x}}"
    )
    (folder / "Pulumi.x.yaml").write_text(
        f"{HEAD}{WORKLOAD}  milvus-on-aws:access: {names} attu: a.example.com}}}}\n"
        f"  milvus-on-aws:attu: {{exposure: internal, oidc: {oidc}}}\n"
    )
    assert estimate.settings_of("x").attu.oidc is not None


def test_settings_of_an_extended_file_are_priced_and_looked_through_for_placeholders(folder: Path) -> None:
    (folder / "base.yaml").write_text(
        f"config:\n{WORKLOAD}  milvus-on-aws:cluster: {{publicAccessCidrs: [192.0.2.0/24]}}"
    )
    (folder / "Pulumi.x.yaml").write_text(f"{HEAD}  milvus-on-aws:extends: base.yaml\n")
    settings = estimate.settings_of("x")
    assert settings.workload
    assert settings.workload.vectors == 1e6
    assert estimate.settings_tree("x")["milvus-on-aws:cluster"] == {"publicAccessCidrs": ["192.0.2.0/24"]}
