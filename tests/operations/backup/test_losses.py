"""What comes back after the bucket's objects or etcd were lost, on a real Milvus 2.3.5, S3 with IAM enforced, and etcd.

All tests judge one run of losses_inside.py, which takes two minutes.
"""

import shutil
from typing import Any

import pytest

from tests.testbed.conftest import inside

SAME = {"default.documents": "same", "default.parts": "same", "default.texts": "same"}


@pytest.fixture(scope="module")
def said(available: None) -> dict[str, Any]:
    return inside("tests.operations.backup.losses_inside")


def test_a_nightly_backup_by_its_pods_role_is_proven_and_a_lie_about_it_is_found(said: dict[str, Any]) -> None:
    name = "default.documents as default.documents_night"
    assert said["night"]["honest"] == {"code": 0, "results": {name: "same"}, "problems": []}
    assert said["night"]["forgets the last rows"]["results"] == {name: "differs"}
    assert said["night"]["forgets the last rows"]["problems"][0] == f"{name}: 2698 rows, expected 2700"


def test_all_comes_back_after_the_buckets_objects_were_deleted(said: dict[str, Any]) -> None:
    assert said["objects"]["deleted"] > 0
    assert said["objects"]["readable"] == []
    assert (said["objects"]["code"], said["objects"]["problems"]) == (0, [])
    assert said["objects"]["results"] == SAME | {"users and roles": "same"}


def test_all_but_the_users_comes_back_after_etcd_was_wiped(said: dict[str, Any]) -> None:
    assert said["etcd"]["left"] == []
    # The tool backs users up since Milvus 2.4.10; `make grant` makes them again.
    assert said["etcd"]["results"] == SAME | {"users and roles": "differs"}
    assert said["etcd"]["problems"] == ["users and roles: user app is missing"]


def test_a_restored_snapshot_of_etcd_brings_back_what_docs_backup_bucket_md_says(said: dict[str, Any]) -> None:
    if not shutil.which("etcdctl"):
        pytest.skip("there is no etcdctl (Debian's package etcd-client), which restores snapshots")
    found = said["snapshot"]
    assert found.pop("seconds") < 60
    assert found == {
        "damaged file refused": True,
        "collections": {"documents": 2700, "parts": 3000, "texts": 3001},
        "flushed row": True,
        "row that was not flushed": True,
        "deleted row": False,
        "aliases": [],
        "users": ["app", "root"],
        "old password": True,
        "new password": False,
    }
