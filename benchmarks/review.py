"""Measures the rehearsed review of one pull request: `.venv/bin/python benchmarks/review.py [STACK]`.

It runs the commands of `make review REHEARSED=1`, with a base that has an older Milvus. The base is deployed into an
emulated AWS, the real CLI previews both sides, the head also with the policies, guard and rules judge them, and the
comment is written. It should take at most 30 s.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from operations.review.previews import of_rehearsed
from rehearsal.stage import ROOT
from rehearsal.workspace import Edit, link

STACK = "prod"
BASE = Edit("planning/versions.py", 'MILVUS = "2.6.20"', 'MILVUS = "2.6.19"')


def main() -> int:
    stack = sys.argv[1] if len(sys.argv) > 1 else STACK
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        base, out = Path(folder) / "base", Path(folder)
        link(ROOT, base, [BASE])
        (base / f"Pulumi.{stack}.yaml").write_text((ROOT / f"Pulumi.{stack}.yaml").read_text())
        start = time.monotonic()
        of_rehearsed(stack, base, out)
        previewed = time.monotonic()
        files = ["--base", str(out / "base.json"), "--head", str(out / "head.json")]
        answer = subprocess.run(
            [sys.executable, "-m", "operations", "review", *files], cwd=ROOT, capture_output=True, text=True
        )
        ended = time.monotonic()
    print(answer.stdout or answer.stderr)
    print(f"base deployed, two previews: {previewed - start:.1f} s; guard, rules, comment: {ended - previewed:.1f} s")
    print(f"review of one pull request of stack {stack}: {ended - start:.1f} s")
    return answer.returncode


if __name__ == "__main__":
    sys.exit(main())
