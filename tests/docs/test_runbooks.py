"""Every alarm has a page that says what to do, every page an alarm, and its commands exist."""

import re
import shlex
from pathlib import Path
from typing import Any, cast

import botocore.session  # pyright: ignore[reportMissingTypeStubs] - has none
import pytest
from botocore import xform_name  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType] - has none

from planning.signals.prometheus import RULES
from planning.signals.table import TABLE, UNREACHABLE
from tests.docs.commands import commands
from tests.docs.pages import headings, links, name
from tests.engine import ROOT

FOLDER = ROOT / "docs" / "runbooks"
PAGES = sorted(FOLDER.glob("*.md"))
GLOBAL = {"query", "output", "region"}
"""Options of every command of the AWS CLI."""
MADE_BY_THE_CLI = {"eks": {"update-kubeconfig": {"name"}}}
"""Commands of the AWS CLI that are no API calls, with their options
(docs.aws.amazon.com/cli/latest/reference/eks/update-kubeconfig.html)."""


def test_every_alarm_has_a_page_and_every_page_an_alarm() -> None:
    assert sorted(page.stem for page in PAGES) == sorted([UNREACHABLE, *(each.name for each in (*TABLE, *RULES))])


def test_the_list_of_alarms_links_every_page_once() -> None:
    listed = [each for each in links(ROOT / "docs" / "runbooks.md") if each.startswith("runbooks/")]
    assert sorted(listed) == [f"runbooks/{page.name}" for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_says_what_users_feel_how_to_confirm_what_to_do_and_when_to_escalate(page: Path) -> None:
    found = [each for each in headings(page) if each != "Not a fault when"]
    assert found == [page.stem, "What users feel", "How to confirm", "What to do", "When to escalate"]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_of_the_aws_cli_exists_with_its_options(page: Path) -> None:
    session = cast(Any, botocore.session).get_session()
    typed = list(commands(name(page)))
    assert typed
    for command in [inner for each in typed for inner in (*re.findall(r"\$\((aws .*?)\)", each), each)]:
        words = shlex.split(command)
        if words[0] != "aws":
            continue
        service, operation = words[1:3]
        options = {word.removeprefix("--") for word in words[3:] if word.startswith("--")} - GLOBAL
        known = MADE_BY_THE_CLI.get(service, {}).get(operation)
        if known is None:
            model = session.get_service_model(service)
            calls = {cast(str, xform_name(call, "-")): call for call in model.operation_names}
            assert operation in calls, command
            shape = model.operation_model(calls[operation]).input_shape
            known = {cast(str, xform_name(member, "-")) for member in shape.members}
        assert options <= known, command
