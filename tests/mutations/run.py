"""Makes one mistake after the other in a copy of the tree, each in a process of its own, and notes who notices."""

import ast
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.mutations.table import Mistake

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / ".local" / "mutations" / "results.jsonl"
UNCHANGED = RESULTS.with_name("unchanged.json")
AS_IT_IS = ("rehearsal.published", "rehearsal.protocol")
"""Modules that import none of the rooms in which mistakes are made. What they have read from disk stays read."""
LONGEST = 600
"""Seconds after which a mistake counts as noticed: nobody would wait longer."""


@dataclass
class Result:
    """What was said about one mistake."""

    mistake: str
    meant: list[str] = field(default_factory=list[str])
    """What the checks that mean it said; those of the first stage that said anything."""
    frozen: list[str] = field(default_factory=list[str])
    """Tests that failed because they repeat the text that was replaced."""
    tested: bool = False
    """Whether tests and types were asked, too."""
    seconds: float = 0.0


def copied(into: Path) -> Path:
    """A copy of the files of the repository, with links to what is installed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    for name in listed.stdout.decode().splitlines():
        if (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, into / name)
    for name in (".venv", ".tools"):
        (into / name).symlink_to(ROOT / name)
    return into


class Made:
    """A copy of the tree with a mistake in it, until it is taken back. Raises ValueError if it fits no more."""

    def __init__(self, mistake: Mistake, tree: Path) -> None:
        self._file, edit = tree / mistake.edit.path, mistake.edit
        self._before, self._stat = self._file.read_text(encoding="utf-8"), self._file.stat()
        if self._before.count(edit.old) != 1:
            raise ValueError(
                f"{edit.path} has {edit.old!r} {self._before.count(edit.old)} times, not once: mend the table"
            )
        self._file.write_text(self._before.replace(edit.old, edit.new), encoding="utf-8")

    def take_back(self) -> None:
        self._file.write_text(self._before, encoding="utf-8")
        # Its bytecode is that of this text again.
        os.utime(self._file, ns=(self._stat.st_atime_ns, self._stat.st_mtime_ns))


def own(tree: Path) -> dict[str, Path]:
    """Imported modules of a tree, with their files."""
    files = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
    inside = {name: Path(file) for name, file in files.items() if file.startswith(f"{tree}/") and "/.venv/" not in file}
    return {name: file for name, file in inside.items() if name != "__main__"}


def importers(tree: Path) -> dict[str, set[str]]:
    """The modules that import each of the tree's imported modules, at their top or inside."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, file in own(tree).items():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                for each in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                    found[each].add(name)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.name].add(name)
    return found


def touched(path: str, graph: Mapping[str, set[str]]) -> set[str]:
    """The module of a file, and all that import it, directly or through others."""
    found: set[str] = set()
    todo = [path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += graph.get(name, ())
    return found


def forget(tree: Path, changed: Collection[str]) -> None:
    """Removes changed modules, so that they are imported again; of the others those that know where their tree is, and
    all rules of the cloud with the registry that holds them, if one of them is changed."""
    rooms = ["tests"]
    if any(name.startswith("rehearsal.") for name in changed):
        rooms.append("rehearsal")
    for name in own(tree):
        if name in changed or (name.split(".")[0] in rooms and not name.startswith(AS_IT_IS)):
            del sys.modules[name]
            package, _, last = name.rpartition(".")
            if package in sys.modules:  # which holds it, too
                vars(sys.modules[package]).pop(last, None)


def move_packages(old: Path, new: Path) -> None:
    """Lets packages that stay imported find their modules in another copy of the tree."""
    for module in list(sys.modules.values()):
        if paths := getattr(module, "__path__", None):
            moved = [
                str(new / Path(each).relative_to(old)) if Path(each).is_relative_to(old) else each for each in paths
            ]
            module.__path__ = moved


def in_the_cloud(path: str, base: Any, heard: Collection[str]) -> list[str]:
    """What the first check says that says anything. `heard` is what they say of the unchanged program."""
    try:
        from tests.mutations import checks

        for check in checks.checks(base, path):
            if said := [each for each in dict.fromkeys(check()) if each not in heard]:
                return said
    except Exception as error:  # whatever the program raises, it raises at every preview
        return [f"program: {type(error).__name__}: {str(error)[:200]}"]
    return []


def tested(result: Result, mistake: Mistake) -> None:
    """Asks tests and types about a mistake that nothing in the cloud has noticed."""
    from tests.mutations import checks, frozen

    jury = frozen.judged(mistake.edit, frozen.asked(mistake.edit.path))
    result.meant = [f"test {each}" for each in jury.meant] or list(checks.types(mistake.edit.path))
    result.frozen, result.tested = jury.frozen, True


@dataclass
class Child:
    """The forked process of one mistake, in a copy of the tree of its own."""

    mistake: Mistake
    tree: Path
    base: Any
    heard: Collection[str]
    graph: Mapping[str, set[str]]
    asked: Collection[str]
    """`cloud`, `tests`, or both."""

    def start(self, imported_from: Path) -> None:
        self._answer = self.tree.parent / f"{self.mistake.number}.json"
        self._made = Made(self.mistake, self.tree)
        self._end = time.monotonic() + LONGEST
        self._pid = os.fork()
        if not self._pid:
            code = 1
            try:
                self._ask(imported_from)
                code = 0
            finally:
                os._exit(code)

    def _ask(self, imported_from: Path) -> None:
        sys.dont_write_bytecode = True
        with self._log.open("w") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        begun = time.monotonic()
        forget(imported_from, touched(self.mistake.edit.path, self.graph))
        move_packages(imported_from, self.tree)
        enter(self.tree)
        result = Result(str(self.mistake))
        if "cloud" in self.asked:
            result.meant = in_the_cloud(self.mistake.edit.path, self.base, self.heard)
        if "tests" in self.asked and not result.meant:
            tested(result, self.mistake)
        result.seconds = round(time.monotonic() - begun, 1)
        self._answer.write_text(json.dumps(asdict(result)))

    @property
    def _log(self) -> Path:
        return self._answer.with_suffix(".log")

    def result(self) -> Result | None:
        """None as long as it runs."""
        late = time.monotonic() > self._end
        if late:
            os.kill(self._pid, signal.SIGKILL)
        if os.waitpid(self._pid, 0 if late else os.WNOHANG) == (0, 0):
            return None
        self._made.take_back()
        if late:
            return Result(str(self.mistake), [f"hang: longer than {LONGEST} s"], seconds=LONGEST)
        if not self._answer.exists():
            return Result(str(self.mistake), ["crash: " + self._log.read_text()[-300:]])
        return Result(**json.loads(self._answer.read_text()))


def enter(tree: Path) -> None:
    """Whatever is imported from now on comes from this copy."""
    here = str(Path.cwd())
    sys.path[:] = [str(tree), *(each for each in sys.path if each not in ("", here, str(ROOT)))]
    os.chdir(tree)


def unchanged(tree: Path) -> tuple[Any, Collection[str]]:
    """The deployed setups, and what the checks say of the program as it is: both are kept until a file changes."""
    from tests.mutations import checks

    checks.deploy("richest")  # imports, before the first fork, whatever a program imports
    contents = sorted(
        (str(file.relative_to(tree)), file.read_bytes()) for file in {*tree.rglob("*.py"), *tree.glob("Pulumi.*.yaml")}
    )
    state = hashlib.sha256(repr(contents).encode()).hexdigest()
    if UNCHANGED.exists() and (kept := json.loads(UNCHANGED.read_text()))["state"] == state:
        return kept["base"], kept["heard"]
    base = checks.bases()
    heard = [said for check in checks.checks(base, "network deployment") for said in check()]
    UNCHANGED.parent.mkdir(parents=True, exist_ok=True)
    UNCHANGED.write_text(json.dumps({"state": state, "base": base, "heard": heard}))
    return base, heard


def work(
    folder: Path, mistakes: Iterable[Mistake], asked: Collection[str], processes: int
) -> Iterator[tuple[Mistake, Result]]:
    """The results, as they come, of some processes side by side."""
    trees = [copied(folder / str(number)) for number in range(processes)]
    first = trees[0]
    enter(first)
    forget(ROOT, own(ROOT))
    from tests import environment

    environment.isolate()
    base, heard = unchanged(first)
    graph = importers(first)
    todo, running = iter(mistakes), list[Child]()
    while True:
        while trees and (mistake := next(todo, None)):
            child = Child(mistake, trees.pop(), base, heard, graph, asked)
            child.start(first)
            running.append(child)
        if not running:
            return
        for child in list(running):
            if result := child.result():
                running.remove(child)
                trees.append(child.tree)
                yield child.mistake, result
        time.sleep(0.05)


def known() -> dict[str, Result]:
    """Results so far, by the text of the mistake."""
    if not RESULTS.exists():
        return {}
    results = [Result(**json.loads(line)) for line in RESULTS.read_text().splitlines()]
    return {each.mistake: each for each in results}


def note(result: Result) -> None:
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a") as file:
        file.write(json.dumps(asdict(result)) + "\n")
