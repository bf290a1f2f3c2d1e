"""A linked copy of a project, in which files are edited on purpose."""

from pathlib import Path

import pytest

from rehearsal.workspace import PLANTED, Edit, configuration, link


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "components").mkdir(parents=True)
    (folder / "components" / "kafka.py").write_text("brokers = 3\nzones = 3\n")
    (folder / "components" / "bucket.py").write_text("bucket = 1\n")
    (folder / "__main__.py").write_text("main\n")
    (folder / "Pulumi.dev.yaml").write_text("encryptionsalt: x\nconfig:\n  p:a: {b: {secure: v1:abc}, c: [1]}\n")
    return folder


def test_only_what_is_edited_is_a_file_of_its_own(project: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    link(project, copy, [Edit("components/kafka.py", "brokers = 3", "brokers = 4")])
    assert (copy / "components" / "kafka.py").read_text() == "brokers = 4\nzones = 3\n"
    assert (project / "components" / "kafka.py").read_text() == "brokers = 3\nzones = 3\n"
    assert (copy / "components" / "bucket.py").is_symlink()
    assert (copy / "__main__.py").is_symlink()
    assert not (copy / "Pulumi.dev.yaml").exists()


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (Edit("components/kafka.py", "= 3", "= 4"), "has '= 3' 2 times, not once"),
        (Edit("components/kafka.py", "gone", ""), "has 'gone' 0 times, not once"),
        (Edit("components/other.py", "a", "b"), "no file other.py"),
    ],
)
def test_an_edit_that_no_longer_fits_is_an_error(project: Path, tmp_path: Path, edit: Edit, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        link(project, tmp_path / "copy", [edit])


def test_encrypted_settings_are_replaced_by_a_planted_secret(project: Path) -> None:
    assert configuration(project / "Pulumi.dev.yaml") == {"p:a": {"b": PLANTED, "c": [1]}}
    assert configuration(project / "Pulumi.none.yaml") == {}
