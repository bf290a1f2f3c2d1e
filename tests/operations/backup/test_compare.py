"""Every way in which a copy may be wrong is said in words; what rightly differs is not."""

from typing import Any

import pytest

from operations.backup.compare import Expectation, Verdict, compare, exit_code
from tests.operations.backup.sample import DOCUMENTS, manifest

INDEX = "indexes/vector/vector"


def verdicts(*changes: tuple[str, Any], expected: tuple[tuple[str, Any], ...] = (), **options: Any) -> list[Verdict]:
    return compare(manifest(*expected), manifest(*changes), Expectation(**options))


def problems(*changes: tuple[str, Any], **options: Any) -> list[str]:
    return [problem for verdict in verdicts(*changes, **options) for problem in verdict.problems]


def test_the_same_is_the_same() -> None:
    found = verdicts()
    assert exit_code(found) == 0
    assert found[0].aspects == dict.fromkeys(("rows", "keys", "search", "schema", "index", "loaded", "aliases"), "same")
    assert found[1].aspects == {"access": "same"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("/collections", {})], "collection default.documents is missing"),
        ([("rows/least", 0), ("rows/most", 0)], "0 rows, expected 100"),
        ([("rows/least", 97), ("rows/most", 97)], "97 rows, expected 100"),
        ([("rows/digest", "ab")], "as many rows as expected (100), but not the same: their digests differ"),
        ([("rows/digest", None), ("rows/read", 90)], "10 of 100 rows share a key with another row"),
        ([("partitions", {"_default": 100})], "partition archive: no rows, expected 40"),
        ([("partitions/_default", 61), ("partitions/archive", 39)], "partition _default: 61 rows, expected 60"),
        ([("samples/1/digest", "x")], "the row with key 2 is another one"),
        ([("samples", [])], "the row with key 1 is missing"),
        ([("search", None)], "there is no search to compare with: no rows, or no index"),
        ([("search/hits", [])], "a search by vector finds 0 of 10 expected rows"),
        ([("schema/fields/1/params/max_length", 50)], "schema: fields.text.params.max_length is 50, expected 100"),
        ([("schema/fields", DOCUMENTS["schema"]["fields"][:1])], "schema: fields.text is missing, expected {"),
        ([("schema/enable_dynamic_field", None)], "schema: enable_dynamic_field is missing, expected True"),
        ([("schema/consistency_level_name", "Bounded")], "schema: consistency_level_name is Bounded, expected Strong"),
        ([(f"{INDEX}".replace("vector/vector", "x"), {})], "index: x is new: {}"),
        ([("indexes", {})], "index: vector/vector is missing"),
        ([("loaded", False)], "it is not loaded, expected loaded"),
        ([("loaded", ["archive"])], "it is loaded in part (archive), expected loaded"),
        ([("replicas", 2)], "2 replicas in memory, expected 1"),
        ([("aliases", [])], "alias current is missing"),
        ([("aliases", ["current", "old"])], "alias old is new"),
        ([("/access/users", {})], "user app is missing"),
        ([("/access/users/app", [])], "user app: lacks ['default_rw'], has nothing besides"),
        ([("/access/roles", {})], "role default_rw is missing"),
        ([("/access/users/eve", ["default_rw"])], "user eve is new"),
        ([("/access/roles/default_rw", [])], "role default_rw: lacks [["),
    ],
)
def test_a_difference_is_said_in_words(changes: list[tuple[str, Any]], said: str) -> None:
    found = problems(*changes)
    assert any(each.startswith(said) for each in found), found
    assert exit_code(verdicts(*changes)) == 1


def test_a_rebuilt_index_may_find_some_other_rows_but_not_many() -> None:
    def found(*keys: int) -> list[str]:
        return problems(("search/hits", [{"key": key, "distance": 9.0} for key in keys]))

    assert found(0, 1, 2, 3, 4, 5, 6, 7, 55, 56) == []
    assert found(0, 1, 2, 3, 4, 5, 6, 50, 51, 52) == ["a search by vector finds 7 of 10 expected rows"]


def test_rows_at_the_same_distance_stand_for_each_other() -> None:
    assert problems(("search/hits", [{"key": 90 + key, "distance": key / 10 + 0.0005} for key in range(10)])) == []


def test_a_backup_made_under_load_bounds_its_rows() -> None:
    moving = (("rows/least", 90), ("rows/most", 110), ("rows/digest", None))
    assert problems(("rows/least", 104), ("rows/most", 104), ("partitions", None), expected=moving) == []
    assert problems(("rows/least", 89), ("rows/most", 89), ("partitions", None), expected=moving) == [
        "89 rows, expected 90 to 110"
    ]


def test_rows_that_expire_may_be_fewer_but_not_more() -> None:
    ttl = (("schema/properties", {"collection.ttl.seconds": "60"}),)
    assert problems(*ttl, ("rows/least", 3), ("rows/most", 3), ("samples", []), ("search", None), expected=ttl) == []
    assert problems(*ttl, ("rows/least", 101), ("rows/most", 101), expected=ttl) == ["101 rows, expected 100"]


def test_rows_that_share_a_key_may_count_once_in_a_copy() -> None:
    doubled = (("rows/read", 95), ("rows/digest", None), ("partitions", None))
    assert problems(("rows/least", 95), ("rows/most", 95), ("rows/read", 95), expected=doubled) == []
    assert problems(("rows/least", 94), ("rows/most", 94), ("rows/read", 94), expected=doubled) == [
        "94 rows, expected 100"
    ]


def test_a_copy_under_another_name_has_no_aliases() -> None:
    actual = manifest(("aliases", []))
    restored = actual.model_copy(
        update={"collections": {"default.documents_r": actual.collections["default.documents"]}}
    )
    names = {"default.documents": "default.documents_r"}
    (verdict,) = compare(manifest(), restored, Expectation(names=names, access=False))
    assert (verdict.name, verdict.result) == ("default.documents as default.documents_r", "same")


def test_generated_keys_are_not_compared_in_a_copy() -> None:
    generated = (("schema/fields/0/auto_id", True),)
    others: Any = (("samples", []), ("search/hits", [{"key": 90 + key, "distance": key / 10} for key in range(10)]))
    assert problems(*generated, *others, expected=generated, new_keys=True) == []
    assert "the row with key 1 is missing" in problems(*generated, *others, expected=generated)


def test_milvus_lite_is_judged_by_what_it_can_tell() -> None:
    lite = (
        ("/server/lite", True),
        ("/access", None),
        ("indexes", {"vector/other_name": {"index_type": "HNSW", "metric_type": "L2"}}),
        ("schema/num_shards", 2),
        ("replicas", None),
    )
    assert problems(*lite) == []
    assert problems(*lite[:-2], ("indexes", {"vector/v": {"index_type": "HNSW", "metric_type": "IP"}})) == [
        "index: vector.metric_type is IP, expected L2"
    ]


def test_what_could_not_be_read_is_unproven_and_not_the_same() -> None:
    unread: Any = (("rows", None), ("samples", []), ("search", None), ("unread", "it can't be loaded: no index"))
    found = verdicts(*unread, expected=unread)
    assert exit_code(found) == 2
    assert found[0].notes == ["its rows can't be read; the manifest: it can't be loaded: no index"]
    assert problems(*unread) == ["its rows can't be read; here: it can't be loaded: no index"]


def test_nothing_compared_proves_nothing() -> None:
    assert exit_code([]) == 2
