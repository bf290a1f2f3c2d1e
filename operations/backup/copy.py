"""`make copy FROM=.. TO=..`: copies what one stack holds to another, and proves it by a manifest of the first.

A second run goes on with a first one that was killed, and after a whole one it compares only.
"""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from operations import grant
from operations.backup.compare import DIFFERS, Expectation, exit_code
from operations.backup.copying import Copying, users
from operations.backup.manifest import Manifest
from operations.backup.measure import Say, measure
from operations.backup.progress import FOLDER, kept
from operations.backup.proof import prove, renamed, with_database
from operations.backup.report import show
from operations.backup.sides import Side, opened
from operations.stack import StackError

TOKENS = {"FROM": "FROM_TOKEN", "TO": "TO_TOKEN"}
"""Environment variables with `user:password`, for sides that are named by an address."""


def copy(
    from_: str,
    to: str,
    *,
    only: Sequence[str] | None,
    overwrite: Sequence[str],
    as_json: bool,
    say: Say,
    folder: Path = FOLDER,
) -> int:
    """Copies and compares. Returns 0 if both sides are the same, 1 if they differ, 2 if it can't be told."""
    if from_ == to:
        raise StackError(f"FROM and TO are both {to}: name two stacks")
    with (
        opened(from_, TOKENS["FROM"]) as source,
        opened(to, TOKENS["TO"]) as target,
        kept(from_, to, folder) as progress,
    ):
        there = [f"{each}.{name}" for each in source.databases() for name in source.client(each).list_collections()]
        wanted = [with_database(name) for name in only] if only else sorted(there)
        dropped = {with_database(name) for name in overwrite}
        copying = Copying(source, target, progress, dropped, say)
        manifest = _measured(copying, wanted)
        copying.refuse(manifest)
        copying.run(manifest)
        left = _users(manifest, target) if not only else []
        say(f"comparing {to} with what {from_} held")
        # Users are listed instead of compared: whose passwords nobody can read can't be copied.
        expectation = Expectation(new_keys=True, access=False, replicas=False)
        verdicts = prove(target, manifest, expectation, say=say)
        if exit_code(verdicts) == DIFFERS and measure(source, only=wanted).collections != (manifest.collections):
            left.append(
                f"{from_} has changed since the copy began: stop its writers, and copy again what differs, by OVERWRITE"
            )
    for line in left:
        print(f"note: {line}", file=sys.stderr)
    return show(verdicts, as_json=as_json, source=from_, target=to, notes=left)


def _measured(copying: Copying, wanted: Sequence[str]) -> Manifest:
    """What the source held when the copy of each collection began, which may have been an earlier run."""
    begun = copying.progress.begun()
    known = {name: each for name, each in begun.collections.items() if copying.goes_on(name)} if begun else {}
    manifest = measure(copying.source, only=[name for name in wanted if name not in known], say=copying.say)
    collections = known | manifest.collections
    copying.progress.begin(manifest.model_copy(update={"collections": collections}))
    chosen = manifest.model_copy(update={"collections": collections})
    return manifest.model_copy(
        update={"collections": {name: collections[name] for name in renamed(chosen, only=wanted)}}
    )


def _users(manifest: Manifest, target: Side) -> list[str]:
    """Grants the target's users what the source's may do, and says which are left."""
    grants, left = users(manifest)
    if target.contract.milvus_auth_secret_arn is None:
        return [*left, *(f"user {each.user} is not copied: {target.name} keeps no passwords" for each in grants)]
    for each in grants:
        with redirect_stdout(sys.stderr):  # it prints the ARN of the user's secret
            grant.run(target.contract, each)
    return left
