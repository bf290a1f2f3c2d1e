"""Each page is linked from another one, no link is dead, and each file that a page names exists."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, EXAMPLES, PAGES, anchors, links, name, prose
from tests.engine import ROOT

TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    check=True,
    capture_output=True,
    text=True,
).stdout.splitlines()
FOLDERS = {parent.as_posix() for file in TRACKED for parent in Path(file).parents}
ROOMS = {file.split("/")[0] for file in TRACKED if "/" in file}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_lists_every_page_once_in_its_index() -> None:
    """But pages about single alarms, which docs/runbooks.md lists (test_runbooks.py)."""
    pages = [page for page in DOCS if page.parent.name != "runbooks"]
    index = (ROOT / "README.md").read_text().split("\n## Documentation\n")[1].split("\n## ")[0]
    listed = re.findall(r"^\| \[[^\]]+\]\(([^)]+)\) \| \S", index, re.MULTILINE)
    assert sorted(listed) == sorted([*map(name, pages), "CHANGELOG.md"])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_path_of_this_repository_that_a_page_names_exists(page: Path) -> None:
    for span in re.findall(r"`([^`\s]+)`", prose(page)):
        path = span.rstrip("/")
        if path.split("/")[0] in ROOMS and "/" in path and not re.search(r"[<>*{}$=|(]|\.\.\.|NAME", path):
            assert path in TRACKED or path in FOLDERS, f"{span} does not exist"


CODE = [
    ROOT / file
    for file in TRACKED
    if (file.endswith((".py", ".sh", ".yml", ".yaml", ".toml")) or file in ("Makefile", ".ci/run"))
    and not file.startswith("tests/")
    and (ROOT / file).is_file()
]
MENTION = re.compile(r"(?<![\w/.}])(docs/[\w-]+\.md)(#[\w-]+)?(?:, \"([^\"]+)\")?")
"""`docs/page.md`, `docs/page.md#anchor` or `docs/page.md, "Heading"`; not a path of others' documentation."""


def test_a_page_or_section_that_a_message_or_comment_names_exists() -> None:
    found = [(file, *match) for file in CODE for match in MENTION.findall(file.read_text())]
    assert len(found) > 10
    for file, path, anchor, heading in found:
        page = ROOT / path
        assert page.is_file(), f"{name(file)} names {path}"
        assert not anchor or anchor[1:] in anchors(page), f"{name(file)} names {path}{anchor}"
        assert not heading or heading in page.read_text(), f"{name(file)} names {path}, {heading}"


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        text = page.read_text()
        spans = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]
        for span in spans:
            for target in re.findall(r"(?:^|\n|\$\(|&& |=\S* )make (?:-s )?(?:-C \S+ )?([a-z][a-z-]*)", span):
                assert target in targets, f"{name(page)}: make {target}"


@pytest.mark.parametrize("page", [*DOCS, *EXAMPLES], ids=name)
def test_a_python_command_of_a_page_works_without_an_activated_environment(page: Path) -> None:
    commands = re.findall(r"(?:^|`|&& |=\S+ )(python -m .*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert [command for command in commands if " -> " not in command] == []
