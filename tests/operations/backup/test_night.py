"""A nightly backup is proven by what its pod has read by REST before and after it, with the rights of its role."""

import dataclasses
import http.client
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from components.backup.bucket_script import backups as looked_after
from components.backup.bucket_script import delete, proof
from components.backup.content_script import Content, Refused
from components.backup.night_script import Unsealed, measure, seal
from components.pods.aws_script import Aws
from operations.backup.backups import has_rbac, listed
from operations.backup.compare import exit_code
from operations.backup.restore import Restoring, Wanted
from operations.stack import StackError
from tests.operations.backup import stand_in
from tests.operations.backup.rest import Rest, serving
from tests.operations.backup.world import World

pytestmark = [
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
TOKEN = "root:right"


@dataclasses.dataclass
class Night:
    """What the backup's pod has."""

    world: World
    rest: Rest
    content: Content
    aws: Aws
    folder: Path

    def backup(self, meanwhile: Any = lambda: None) -> str:
        """Runs the three containers, and returns the backup's name."""
        measure(self.content, self.aws, "backups", self.folder, "dev")
        self.world.tool.run("create")
        meanwhile()
        (name,) = seal(self.content, self.aws, "backups", self.folder, "dev")
        return name

    def read(self, key: str) -> bytes:
        return self.aws.read("backups", key)

    def restoring(self, lie: str = "") -> Restoring:
        tool = dataclasses.replace(self.world.tool, lie=lie)
        return dataclasses.replace(self.world.restoring(), tool=tool)


@pytest.fixture
def night(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    token = tmp_path / "token"
    token.write_text("eyJhbGciOiJSUzI1NiJ9.e30.c2ln")
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/backup")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    at = urlsplit(str(world.bucket.s3.meta.endpoint_url))
    here = partial(http.client.HTTPConnection, str(at.hostname), at.port, timeout=30)
    aws = Aws("us-east-1", "amazonaws.com", session="backup", seconds=30, connect=lambda _: here())
    rest = Rest(world.side.client, {"root": [], "app": ["public"]})
    with serving(rest, TOKEN) as url:
        contract = dataclasses.replace(world.side.contract, milvus_uri=url)
        world.side = dataclasses.replace(world.side, contract=contract, token=TOKEN)
        yield Night(world, rest, Content(url, TOKEN), aws, tmp_path)


def test_a_nightly_backup_is_listed_restored_and_proven(night: Night) -> None:
    name = night.backup()
    (found,) = (each for each in listed(night.world.bucket) if each.name == name)
    assert found.unread == ["default.parts"]
    assert (found.collections, found.rows, found.problem) == (2, 27, None)
    verdicts = night.restoring().restore(Wanted(backup=name, suffix="_r"))
    assert [(each.name, each.problems) for each in verdicts] == [
        ("default.documents as default.documents_r", []),
        ("default.parts as default.parts_r", []),
    ]
    # Nothing that is not loaded is loaded at night, so that its rows are not proven, and that is said.
    assert [each.result for each in verdicts] == ["same", "unproven"]
    assert verdicts[1].notes[0].startswith("its rows can't be read; the manifest: it is not loaded")
    (mark,) = (each for each in looked_after(night.aws.listed("backups", "backup/"), night.read) if each.name == name)
    assert (mark.proven, mark.provable) == ({"default.documents"}, {"default.documents"})


@pytest.mark.parametrize(
    "lie",
    [
        *("forgets the last rows", "loses dynamic fields", "builds another index"),
        *(
            pytest.param(lie, marks=pytest.mark.slow)
            for lie in (
                *("restores nothing into a bucket that is not Milvus' own", "forgets a collection"),
                *("brings deleted rows back", "shortens a text field", "loses a field of JSON"),
                *("restores vectors as zeros", "adds a field", "loses the switch for dynamic fields"),
            )
        ),
    ],
)
def test_a_lie_about_a_nightly_backup_is_found(night: Night, lie: str) -> None:
    name = night.backup()
    (verdict,) = night.restoring(lie).restore(Wanted(backup=name, suffix="_r", only=["documents"]))
    assert exit_code([verdict]) == 1
    aspect = "keys" if stand_in.LIES[lie] == "rows" and verdict.aspects["rows"] == "same" else stand_in.LIES[lie]
    assert verdict.aspects[aspect] == "differs", verdict
    assert night.world.bucket.verified(name) is None


def test_a_drill_of_a_nightly_backup_resets_the_alarm(night: Night) -> None:
    name = night.backup()
    (verdict,) = night.restoring().drill(name)
    assert (verdict.name, verdict.result) == ("default.documents as default.documents_drill", "same")
    last = proof(looked_after(night.aws.listed("backups", "backup/"), night.read)).last
    assert last
    assert last.name == name


def test_what_was_written_while_it_was_made_is_no_difference(night: Night) -> None:
    milvus = night.world.side.client()
    row: dict[str, Any] = {"pk": 1000, "tenant": "t", "vector": [0.5] * 8, "facts": {}, "numbers": [1]}
    try:
        name = night.backup(lambda: milvus.insert("documents", [row]))
        manifest = night.world.bucket.manifest(name)
        assert manifest
        rows = manifest.collections["default.documents"].rows
        assert rows
        assert (rows.least, rows.most) == (27, 28)
        assert has_rbac(manifest)
        (verdict,) = night.restoring().restore(Wanted(backup=name, suffix="_r", only=["documents"]))
        assert verdict.problems == []
    finally:
        milvus.delete("documents", ids=[1000])


def test_a_milvus_that_cannot_be_read_stops_no_backup_and_leaves_no_half_manifest(night: Night) -> None:
    night.rest.refuses = {"collections/describe"}
    with pytest.raises(Refused, match=r"collections/describe: code 65535: collections/describe is refused"):
        night.backup()
    night.world.tool.run("create")
    with pytest.raises(Unsealed, match="what Milvus held before the backup is not known"):
        seal(night.content, night.aws, "backups", night.folder / "empty", "dev")
    name = night.world.bucket.names()[-1]
    with pytest.raises(StackError, match=rf"backup {name} has no manifest .* UNPROVEN=1, with ONLY"):
        night.restoring().restore(Wanted(backup=name, suffix="_r"))


def test_a_backup_without_a_manifest_is_restored_by_a_word_that_says_so_and_counts(night: Night) -> None:
    night.world.tool.run("create")
    name = night.world.bucket.names()[-1]
    with pytest.raises(StackError, match="name the collections by ONLY"):
        night.restoring().restore(Wanted(backup=name, suffix="_r", unproven=True))
    (verdict,) = night.restoring().restore(Wanted(backup=name, suffix="_r", unproven=True, only=["documents"]))
    assert exit_code([verdict]) == 2
    assert verdict.notes[0].startswith("27 rows are there; no manifest says how many")
    (lie,) = night.restoring("forgets a collection").restore(
        Wanted(backup=name, suffix="_s", unproven=True, only=["documents"])
    )
    assert (exit_code([lie]), lie.problems) == (1, ["collection default.documents_s is missing"])
    assert night.world.bucket.verified(name) is None
    whole = night.backup()
    with pytest.raises(StackError, match="has a manifest, which proves its restore: leave out UNPROVEN"):
        night.restoring().restore(Wanted(backup=whole, suffix="_t", unproven=True, only=["documents"]))


def test_an_object_that_is_missing_is_found_in_a_nightly_backup_too(night: Night) -> None:
    name = night.backup()
    night.world.bucket.s3.delete_object(Bucket="backups", Key=f"backup/{name}/binlogs/default.parts")
    with pytest.raises(StackError, match=f"object backup/{name}/binlogs/default.parts is missing"):
        night.restoring().restore(Wanted(backup=name, suffix="_r"))


def test_of_two_nights_both_are_listed_and_when_one_is_deleted_the_other_is_whole(night: Night) -> None:
    first, second = night.backup(), night.backup()
    assert [each.problem for each in listed(night.world.bucket) if each.name in (first, second)] == [None, None]
    delete(night.aws, "backups", first)
    assert [each.name for each in listed(night.world.bucket) if each.name in (first, second)] == [second]
    (verdict,) = night.restoring().restore(Wanted(backup=second, suffix="_r", only=["documents"]))
    assert verdict.problems == []


def test_what_is_written_holds_no_password(night: Night) -> None:
    name = night.backup()
    for file in ("before.json", "after.json"):
        text = night.read(f"backup/{name}/{file}").decode()
        assert "right" not in text
        assert json.loads(text)["access"] == {"users": {"app": ["public"]}, "roles": {}}
