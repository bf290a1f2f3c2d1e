"""A manifest that is damaged, cut off or of another version is refused, and says why."""

from pathlib import Path

import pytest

from operations.backup.manifest import parse, read_file, settled
from operations.stack import StackError
from tests.operations.backup.sample import manifest


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(manifest().text(), encoding="utf-8")
    assert read_file(file) == manifest()


@pytest.mark.parametrize("length", [0, 1, 100, -2])
def test_one_that_was_cut_off_is_refused(length: int) -> None:
    with pytest.raises(StackError, match=r"x is damaged or cut off: .*; take another backup"):
        parse(manifest().text()[:length], "x")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"manifest_version": "1"', '"manifest_version": "2"', "x has manifest_version '2', this reads '1': use the"),
        ('"least": 100', '"least": "100"', "rows.least: Input should be a valid integer"),
        ('"least": 100', '"lowest": 100', "rows.least: Field required"),
        ('"default.documents"', '"documents"', "String should match pattern"),
        ('"backup": null', '"backup": null, "more": 1', "more: Extra inputs are not permitted"),
    ],
)
def test_what_it_does_not_say_clearly_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(StackError) as refused:
        parse(manifest().text().replace(old, new), "x")
    assert said in str(refused.value)


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(StackError, match="x is no manifest of a backup"):
        parse("[]", "x")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"nothing.json can't be read: No such file"):
        read_file(tmp_path / "nothing.json")


def test_between_two_manifests_that_agree_everything_is_sure() -> None:
    assert settled(manifest(), manifest()).collections == manifest().collections


def test_between_two_that_differ_only_what_both_say_is_sure() -> None:
    after = manifest(("rows/least", 120), ("rows/most", 120), ("rows/digest", "bb"), ("samples/0/digest", "new"))
    sure = settled(manifest(), after).collections["default.documents"]
    assert sure.rows
    assert (sure.rows.least, sure.rows.most, sure.rows.digest) == (100, 120, None)
    assert [sample.key for sample in sure.samples] == [2, 3]
    assert (sure.search, sure.partitions) == (None, None)


def test_a_collection_that_came_or_went_meanwhile_is_not_sure() -> None:
    empty = manifest(("/collections", {}))
    assert settled(empty, manifest()).collections == settled(manifest(), empty).collections == {}
