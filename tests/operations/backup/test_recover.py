"""A backup in another bucket is brought into a new stack's own, whole or not at all, and restored from there."""

import json
from collections.abc import Iterator

import pytest

from operations.backup import recover
from operations.backup.backups import newest
from operations.backup.bucket import Bucket
from operations.backup.compare import exit_code
from operations.backup.recover import brought, source
from operations.backup.restore import Wanted
from operations.stack import StackError
from tests.operations.backup.world import World

pytestmark = [
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]


@pytest.fixture
def new(world: World) -> Iterator[Bucket]:
    s3 = world.bucket.s3
    s3.create_bucket(Bucket="new-backups")
    yield Bucket(s3, "new-backups")
    for each in s3.list_objects_v2(Bucket="new-backups").get("Contents", []):
        s3.delete_object(Bucket="new-backups", Key=each["Key"])
    s3.delete_bucket(Bucket="new-backups")


def test_the_newest_backup_is_restored_from_the_new_stacks_own_bucket_and_proven(world: World, new: Bucket) -> None:
    said: list[str] = []
    old = source("s3://backups", world.side.contract)
    manifest = brought(old, new, "", said.append)
    name = newest(world.bucket)
    assert said == [f"copying 3 of 3 objects of backup {name} from backups to new-backups"]
    assert manifest.backup
    assert (manifest.backup.name, manifest.backup.bucket) == (name, "new-backups")
    assert new.damage(manifest) == []
    config = world.tool.config
    untouched = world.bucket.objects(name)
    there = config.with_name("new.yaml")
    there.write_text(config.read_text().replace("backups", "new-backups"))
    world.bucket, world.tool.config = new, there
    verdicts = world.restoring().restore(Wanted(backup=name, suffix="_r"))
    assert exit_code(verdicts) == 0
    assert new.verified(name)
    # Nothing was written where the old stack's backups are.
    assert (old.objects(name), old.verified(name)) == (untouched, None)


def test_a_killed_copy_goes_on_where_it_was_and_a_cut_object_is_copied_again(world: World, new: Bucket) -> None:
    said: list[str] = []
    name = brought(world.bucket, new, "", said.append).backup
    assert name
    new.s3.delete_object(Bucket=new.name, Key=f"backup/{name.name}/manifest.json")
    new.s3.put_object(Bucket=new.name, Key=f"backup/{name.name}/binlogs/default.parts", Body=b"cut")
    brought(world.bucket, new, name.name, said.append)
    assert said[1].startswith("copying 1 of 3 objects")
    assert new.damage(brought(world.bucket, new, "", said.append)) == []
    assert said[2].startswith("copying 0 of 3 objects")


def test_a_damaged_backup_is_not_copied(world: World, new: Bucket) -> None:
    name = newest(world.bucket)
    key = f"backup/{name}/binlogs/default.parts"
    content = world.bucket.s3.get_object(Bucket="backups", Key=key)["Body"].read()
    world.bucket.s3.delete_object(Bucket="backups", Key=key)
    try:
        with pytest.raises(StackError, match=rf"damaged, nothing was copied: object {key} is missing"):
            brought(world.bucket, new, name, print)
        with pytest.raises(StackError, match="there is no whole backup in backups"):
            brought(world.bucket, new, "", print)
        assert new.names() == []
    finally:
        world.bucket.s3.put_object(Bucket="backups", Key=key, Body=content)


def test_an_object_that_arrives_in_another_size_leaves_no_manifest(
    world: World, new: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_: Bucket, to: Bucket, key: str) -> None:
        to.s3.put_object(Bucket=to.name, Key=key, Body=b"cut")

    monkeypatch.setattr(recover, "_copy", cut)
    with pytest.raises(StackError, match=r"3 objects are not as in the old bucket: .*; run it again"):
        brought(world.bucket, new, "", print)
    assert new.manifest(newest(world.bucket)) is None


def test_a_bucket_that_is_not_there_or_has_no_such_backup_is_named(world: World, new: Bucket) -> None:
    with pytest.raises(StackError, match="the bucket nobodys can't be read: "):
        source("s3://nobodys", world.side.contract)
    with pytest.raises(StackError, match=r"backup none has no manifest in backups; there are http_127"):
        brought(world.bucket, new, "none", print)
    assert json.dumps(new.names()) == "[]"
