"""A Milvus Lite with two collections, one backup of them in an emulated S3, and the tool's stand-in."""

import dataclasses
from pathlib import Path
from typing import Any

from operations.backup.backups import newest
from operations.backup.bucket import Bucket
from operations.backup.compare import Verdict
from operations.backup.restore import Restoring, Wanted
from operations.backup.sides import Side
from operations.backup.tool import judge
from tests.operations.backup import stand_in


@dataclasses.dataclass
class InProcess:
    """The stand-in, called instead of started, which takes two seconds each time."""

    config: Path
    calls: list[tuple[str, ...]] = dataclasses.field(default_factory=list[tuple[str, ...]])
    fails: str = ""
    lie: str = ""

    def run(self, *arguments: str) -> None:
        self.calls.append(arguments)
        asked = [*arguments, "--config", str(self.config)]
        code = 1 if arguments[0] == self.fails else stand_in.main(asked, self.lie)
        judge(arguments, code == 0, "it fails")


@dataclasses.dataclass
class World:
    side: Side
    bucket: Bucket
    tool: InProcess
    folder: Path

    def restoring(self) -> Restoring:
        return Restoring(self.side, self.bucket, self.tool, lambda _: None, self.folder)

    def restore(self, **wanted: Any) -> list[Verdict]:
        defaults: dict[str, Any] = {"backup": newest(self.bucket), "suffix": "_r"}
        return self.restoring().restore(Wanted(**(defaults | wanted)))
