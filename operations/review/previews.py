"""Writes the two previews of a pull request, as `make review` does: `.venv/bin/python -m operations.review.previews`.

One preview runs the base in a work tree of its own, with the packages that are installed here. The other runs the files
in this folder. Both are previews of the same stack: the deployed one, or with `--rehearsed` one that the base deploys
into an emulated AWS, without account, network or secrets. review.py judges them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations.review.changes import OWN_PRICE
from operations.stack import ROOT, StackError, cli
from rehearsal.progress import Progress
from settings.reading import resolved

if TYPE_CHECKING:
    from rehearsal.stage import Stage

PREVIEW = ("preview", "--json", "--show-sames")
LOG = "events.jsonl"
KEPT_TO = ("--policy-pack", str(ROOT / "policies"))


@contextmanager
def checked_out(reference: str) -> Generator[Path]:
    """A temporary work tree of another commit, with the toolchain of this one."""
    with tempfile.TemporaryDirectory(prefix="base-") as folder:
        base = Path(folder) / ROOT.name
        _git("worktree", "add", "--quiet", "--detach", str(base), reference)
        try:
            for name in (".venv", ".tools"):
                (base / name).symlink_to(ROOT / name)
            yield base
        finally:
            _git("worktree", "remove", "--force", str(base))


def _git(*command: str) -> None:
    """Runs git in this repository. Raises StackError if it fails."""
    answer = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True)
    if answer.returncode:
        raise StackError(f"git {' '.join(command)}: {answer.stderr.strip()}; in CI: check out with fetch-depth 0")


def of_deployed(stack: str, base: Path, out: Path) -> None:
    """Previews of the deployed stack, with the backend and credentials in the environment.
    Nothing is locked or changed."""
    with tempfile.TemporaryDirectory(prefix="previews-") as folder, Progress(2) as progress:
        log = Path(folder) / LOG
        for project, file, options in ((base, "base.json", ()), (ROOT, "head.json", KEPT_TO)):
            command = [cli(), *PREVIEW, "--stack", stack, "--non-interactive", "--event-log", str(log), *options]
            environment = {**os.environ, "PULUMI_DEBUG_COMMANDS": "true"}  # the CLI's condition for --event-log
            with (out / file).open("w") as writing, progress.step(f"preview of the {Path(file).stem}", log):
                # If it fails, its output says why.
                subprocess.run(command, cwd=project, stdout=writing, env=environment)
            if content := json_in((out / file).read_text()):
                _write(content, project, out / file)
    _add_price(out / "base.json", stack, base)


def _add_price(preview: Path, stack: str, base: Path) -> None:
    """Adds to the base's preview what the base's own program plans to cost: the head may plan otherwise."""
    command = [sys.executable, "-m", "operations", "estimate", "--stack", stack, "--json"]
    asked = subprocess.run(command, cwd=base, capture_output=True, text=True)
    try:
        content, usd = json.loads(preview.read_text(encoding="utf-8")), json.loads(asked.stdout)["usd_per_month"]
    except (ValueError, KeyError):  # a base without settings or estimate for this stack, or a preview that failed
        return
    preview.write_text(json.dumps({**content, OWN_PRICE: usd}), encoding="utf-8")


def of_rehearsed(stack: str, base: Path, out: Path) -> None:
    """Previews of a stack in an emulated AWS. Raises StackError if even the base can't be deployed there."""
    from rehearsal.stage import Stage  # only here, because previews of deployed stacks do not need it

    with (
        tempfile.TemporaryDirectory(prefix="rehearsal-") as folder,
        Stage(Path(folder), stack, project=base) as stage,
        Progress(4) as progress,
    ):
        with progress.step("up of the base, emulated", stage.log):
            first = stage.up()
        if not first.succeeded:
            raise StackError(f"the base itself can't be deployed: {'; '.join(first.errors) or first.text}")
        logged = ("--event-log", str(stage.log))
        with progress.step("preview of the base", stage.log, len(first.steps)):
            _written(stage.run(*PREVIEW, *logged).stdout, base, out / "base.json")
        stage.change_program(ROOT)
        with progress.step("preview of the head", stage.log, len(first.steps)):
            _written(stage.run(*PREVIEW, *logged, *KEPT_TO).stdout, ROOT, out / "head.json")
        with progress.step("up of the head on the deployed base", stage.log, len(first.steps)):
            refused = rolled_out(stage)
        (out / "rollout.json").write_text(json.dumps(refused))


def rolled_out(stage: "Stage") -> list[str]:
    """Rolls the head out on the deployed base, and returns what the cloud refuses and what does not work afterwards."""
    from rehearsal.run import no_longer_ready

    before = no_longer_ready(stage.cloud)
    done = stage.up()
    failed = [] if done.succeeded else done.errors or [done.text]
    return failed + [each for each in no_longer_ready(stage.cloud) if each not in before]


def _written(text: str, project: Path, file: Path) -> None:
    """Writes the JSON in the CLI's output without its other messages. Raises StackError if there is none."""
    content = json_in(text)
    if content is None:
        raise StackError(f"the preview for {file.name} failed:\n{text}")
    _write(content, project, file)


def json_in(text: str) -> dict[str, Any] | None:
    try:
        return json.JSONDecoder().raw_decode(text, text.index("{"))[0]
    except ValueError:
        return None


def _write(content: dict[str, Any], project: Path, file: Path) -> None:
    """Writes a preview, with the settings that its stack's file extends: the project's folder may be gone later."""
    config = resolved(content.get("config") or {}, project)
    file.write_text(json.dumps({**content, "config": config}), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m operations.review.previews", description=__doc__)
    parser.add_argument("--stack", required=True)
    parser.add_argument("--base", required=True, metavar="REF", help="a commit or branch")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="for base.json, head.json, and rollout.json"
    )
    parser.add_argument("--rehearsed", action="store_true", help="no deployed stack: the base deploys an emulated one")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        with checked_out(options.base) as base:
            (of_rehearsed if options.rehearsed else of_deployed)(options.stack, base, options.out)
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
