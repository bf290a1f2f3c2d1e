"""A restore is believed if its content is that of the manifest, and never because the tool says so.

The tool is a stand-in, which lies in every way that was seen of the real one. Milvus is Milvus Lite, which keeps two
lies from being told: it loads by itself, and has no two rows with one key. real_inside.py tells them to Milvus.
"""

import pytest

from operations.backup.backups import backup, listed, newest
from operations.backup.compare import exit_code
from operations.backup.tool import CommandTool
from operations.stack import StackError
from tests.engine import ROOT
from tests.operations.backup import collections, stand_in
from tests.operations.backup.collections import client
from tests.operations.backup.world import World

pytestmark = [
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
OF = {
    "forgets a partition": "parts",
    "puts all rows into one partition": "parts",
    "restores nothing into a bucket that is not Milvus' own": "parts",
    "searches by another metric": "parts",
}
"""Collections about which a lie can be told, where it is not `documents`."""
TOLD_ALWAYS = {"loses dynamic fields", "forgets a partition", "builds another index"}
"""The others are slow, since each is a restore; test_compare.py has what each of them makes differ."""
NOT_HERE = {"restores a segment twice", "builds no index"}


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(lie, marks=[] if lie in TOLD_ALWAYS else pytest.mark.slow)
        for lie in stand_in.LIES
        if lie not in NOT_HERE
    ],
)
def test_every_lie_is_found(world: World, lie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_LIE", lie)
    (verdict,) = world.restore(only=[OF.get(lie, "documents")])
    assert exit_code([verdict]) == 1
    assert verdict.aspects[stand_in.LIES[lie]] == "differs", verdict
    assert world.bucket.verified(newest(world.bucket)) is None


def test_an_honest_restore_is_not_refused(world: World) -> None:
    verdicts = world.restore()
    assert [(verdict.name, verdict.problems) for verdict in verdicts] == [
        ("default.documents as default.documents_r", []),
        ("default.parts as default.parts_r", []),
    ]
    assert exit_code(verdicts) == 0
    assert world.bucket.verified(newest(world.bucket))
    assert world.tool.calls[1][:6] == (
        *("restore", "-n", newest(world.bucket), "--rebuild_index", "--filter"),
        "default.documents_r,default.parts_r",
    )


def test_what_is_there_is_not_overwritten_unless_it_is_named(world: World) -> None:
    milvus, name = world.side.client(), newest(world.bucket)
    with pytest.raises(StackError, match=r"has default.documents, default.parts already; nothing was restored. Rest"):
        world.restore(suffix="")
    with pytest.raises(StackError, match=r"has default.documents already"):
        world.restore(suffix="", overwrite=["parts"])
    assert world.tool.calls == []
    milvus.delete("documents", ids=[1])
    assert exit_code(world.restore(suffix="", overwrite=["documents"], only=["documents"])) == 0
    assert world.tool.calls[1][-1] == "--drop_exist_collection"
    assert milvus.query("documents_now", filter="pk == 1", output_fields=["note"])[0]["note"] == "n1 again"
    assert newest(world.bucket) == name


def test_a_restore_into_another_database(world: World) -> None:
    assert exit_code(world.restore(suffix="", database="other", only=["parts"])) == 0
    other = client(world.side.name, database="other")
    assert other.list_collections() == ["parts"]
    other.drop_collection("parts")


def test_a_restore_that_failed_may_be_run_again_and_drops_only_what_it_made(world: World) -> None:
    collections.texts(world.side.client(), 3, "documents_r")
    with pytest.raises(StackError, match=r"has default\.documents_r already"):
        world.restore()
    world.side.client().drop_collection("documents_r")
    world.tool.fails = "restore"
    with pytest.raises(StackError, match="milvus-backup restore failed: it fails"):
        world.restore()
    collections.texts(world.side.client(), 3, "documents_r")  # as if the tool had begun
    world.tool.fails = ""
    assert exit_code(world.restore()) == 0
    with pytest.raises(StackError, match=r"has default\.documents_r, default\.parts_r already"):
        world.restore()


def test_what_a_failed_restore_was_to_overwrite_is_not_dropped_by_a_run_that_does_not_name_it(world: World) -> None:
    collections.texts(world.side.client(), 3, "documents_r")
    world.tool.fails = "restore"
    for _ in range(2):
        with pytest.raises(StackError, match="milvus-backup restore failed"):
            world.restore(only=["documents"], overwrite=["documents_r"])
    with pytest.raises(StackError, match=r"has default\.documents_r already"):
        world.restore(only=["documents"])
    assert "documents_r" in world.side.client().list_collections()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("delete", "object backup/{name}/binlogs/default.parts is missing"),
        pytest.param("change", "object backup/{name}/binlogs/default.parts has changed", marks=pytest.mark.slow),
        pytest.param("add", "object backup/{name}/binlogs/more is new", marks=pytest.mark.slow),
        pytest.param("list", "objects.jsonl of backup {name} is not the one that was written", marks=pytest.mark.slow),
        pytest.param("no list", "objects.jsonl of backup {name} is missing", marks=pytest.mark.slow),
        ("cut", "the manifest of backup {name} is damaged or cut off"),
        pytest.param(
            "no manifest",
            "backup {name} has no manifest in backups, so that nothing could be proven",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_damaged_backup_is_refused_before_anything_is_restored(world: World, harm: str, said: str) -> None:
    name = backup(world.side, world.bucket, world.tool, say=lambda _: None).backup
    assert name
    world.tool.calls.clear()
    folder, s3 = f"backup/{name.name}", world.bucket.s3
    key = {"add": "binlogs/more", "list": "objects.jsonl", "no list": "objects.jsonl"}.get(
        harm, "binlogs/default.parts"
    )
    key = "manifest.json" if harm in ("cut", "no manifest") else key
    if harm in ("delete", "no list", "no manifest"):
        s3.delete_object(Bucket="backups", Key=f"{folder}/{key}")
    else:
        content = s3.get_object(Bucket="backups", Key=f"{folder}/manifest.json")["Body"].read()[:-9]
        s3.put_object(Bucket="backups", Key=f"{folder}/{key}", Body=content)
    with pytest.raises(StackError) as refused:
        world.restore(backup=name.name)
    assert said.format(name=name.name) in str(refused.value)
    assert world.tool.calls == []
    problems = {each.name: each.problem for each in listed(world.bucket)}
    assert problems[name.name]


def test_a_drill_proves_one_collection_after_the_other_and_leaves_nothing(world: World) -> None:
    name = backup(world.side, world.bucket, world.tool, say=lambda _: None).backup
    assert name
    collections.texts(world.side.client(), 3, "documents_drill")  # a killed drill left it
    for collection in ("documents", "parts"):
        (verdict,) = world.restoring().drill(name.name)
        assert (verdict.name, verdict.result) == (f"default.{collection} as default.{collection}_drill", "same")
    assert world.side.client().list_collections() == ["documents", "parts"]
    (found,) = (each for each in listed(world.bucket) if each.name == name.name)
    assert (found.verified, found.problem) == (["default.documents", "default.parts"], None)


def test_a_drill_that_fails_takes_the_mark_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name = newest(world.bucket)
    assert exit_code(world.restoring().drill(name, "parts")) == 0
    assert world.bucket.verified(name)
    monkeypatch.setenv("STAND_IN_LIE", "forgets the last rows")
    assert exit_code(world.restoring().drill(name, "parts")) == 1
    assert world.bucket.verified(name) is None
    assert world.side.client().list_collections() == ["documents", "parts"]


def test_a_backup_that_fails_leaves_nothing(world: World) -> None:
    before = world.bucket.names()
    world.tool.fails = "create"
    with pytest.raises(StackError, match="milvus-backup create failed: it fails"):
        backup(world.side, world.bucket, world.tool, say=lambda _: None)
    assert world.bucket.names() == before
    assert [call[0] for call in world.tool.calls] == ["check", "create", "delete"]


def test_a_backup_that_fails_in_the_second_of_another_one_deletes_only_its_own(world: World) -> None:
    def make() -> str:
        made = backup(world.side, world.bucket, world.tool, say=lambda _: None).backup
        assert made
        return made.name

    first, second = make(), make()
    assert first != second
    world.tool.fails = "create"
    with pytest.raises(StackError, match="milvus-backup create failed"):
        make()
    assert {first, second} <= {*world.bucket.names()}


def test_the_tool_as_a_command(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = CommandTool(
        [str(ROOT / ".venv/bin/python"), "-m", "tests.operations.backup.stand_in"], str(world.tool.config)
    )
    with pytest.raises(StackError, match=r"milvus-backup restore failed: \[ERROR\] backup nothing is not there"):
        command.run("restore", "-n", "nothing")
