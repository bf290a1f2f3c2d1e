#!/usr/bin/env python3
"""Replaces GitHub's gh on PATH: it records calls and standard input, and answers from $FOLDER/answers.json by
prefix.
"""

import json
import os
import sys
from pathlib import Path

folder = Path(os.environ["FOLDER"])
call = " ".join(sys.argv[1:])
reads_input = any(argument in ("body=@-", "-") for argument in sys.argv)
with (folder / "calls.jsonl").open("a") as log:
    print(json.dumps([call, sys.stdin.read() if reads_input else ""]), file=log)
for prefix, answer in json.loads((folder / "answers.json").read_text()).items():
    if call.startswith(prefix):
        print(answer)
        break
