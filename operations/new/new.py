"""Writes `Pulumi.prod.yaml` from answers or flags: `make new STACK=prod`.

It creates nothing else and needs no login.
"""

import argparse
import re
import sys
from collections.abc import Mapping
from typing import Any

import yaml

from operations.new import writing
from operations.new.answers import Draft, Kept, price
from operations.new.questions import QUESTIONS, Question, allowed, node, parsed
from operations.stack import ROOT, StackError, is_local
from planning.__main__ import show as show_estimate
from settings.problems import Problem, SettingsError


def add_flags(command: argparse.ArgumentParser) -> None:
    """Adds a flag for each question."""
    command.add_argument("--force", action="store_true", help="write over a file that is there")
    for question in QUESTIONS:
        kind = node(question.key).get("type", "")
        how: dict[str, Any] = {"boolean": {"nargs": "?", "const": "yes"}, "array": {"action": "append"}}.get(kind, {})
        help_ = f"{question.key}: {allowed(question)}{'' if question.asked else ' (never asked)'}"
        command.add_argument(question.flag, dest=question.key, metavar="VALUE", help=help_, **how)


def run(options: argparse.Namespace) -> int:
    """Returns the exit code: 0 if the file was written, 1 if an existing file was kept, 2 if flags are missing or
    wrong, and 130 after an interruption. Raises StackError for a bad stack name or an unreadable file.
    """
    stack: str = options.stack
    _check_name(stack)
    file = ROOT / f"Pulumi.{stack}.yaml"
    kept = Kept(ROOT / ".local" / "new" / f"{stack}.json")
    try:
        content = writing.existing(file)
    except yaml.YAMLError as error:
        raise StackError(f"{file.name} is there and can't be read, nothing was changed: {error}") from error
    there = writing.settings_in(content)
    draft = Draft(stack, writing.others_in(there))
    given = {question.key: _flag(question, vars(options)[question.key]) for question in QUESTIONS}
    given = {key: value for key, value in given.items() if value is not None}
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not on_terminal and (lacks := _lacks(draft, given)):
        problems = draft.problems(given)
        kept.write({key: value for key, value in given.items() if not any(_about(each, key) for each in problems)})
        print(f"error: {file.name} was not written; without a terminal to ask on, flags say it all:", file=sys.stderr)
        print("\n".join(f"  {lack}" for lack in lacks), file=sys.stderr)
        return 2
    if on_terminal:
        try:
            written = _interview(draft, given, writing.answers_in(there) | kept.read(), kept, content, options.force)
        except (KeyboardInterrupt, EOFError):
            print(f"\nNothing was written; what you have answered is offered again by `make new STACK={stack}`.")
            return 130
    else:
        written = _unattended(draft, given, content, options.force)
    if written is None:
        return 1
    temporary = file.with_suffix(".part")
    temporary.write_text(written)
    temporary.replace(file)
    kept.forget()
    print(_next_steps(stack))
    return 0


def _check_name(stack: str) -> None:
    if is_local(stack):
        raise StackError(f"stack {stack} runs on this machine and needs no answers; name another: make new STACK=prod")
    if not re.fullmatch(r"[A-Za-z0-9_][-A-Za-z0-9_.]{0,99}", stack):
        raise StackError(f"{stack!r} is no name of a stack: letters, digits, - _ and . only, up to 100, such as prod")


def _flag(question: Question, value: str | list[str] | None) -> Any:
    if value is None:
        return None
    text = ",".join(value) if isinstance(value, list) else value
    return parsed(question, text)


def _lacks(draft: Draft, given: Mapping[str, Any]) -> list[str]:
    """Lines about all flags that are missing or wrong."""
    lines = [
        f"{question.flag} is missing: {question.text} Allowed: {allowed(question)}"
        for question in QUESTIONS
        if question.required and question.key not in given
    ]
    of_region = draft.problems({key: value for key, value in given.items() if key == "region"})
    lines += [f"--region: {problem.text}" for problem in of_region]
    for problem in draft.problems(given):
        if problem in of_region:
            continue
        flags = [question.flag for question in QUESTIONS if question.key in given and _about(problem, question.key)]
        lines.append(f"{', '.join(flags) or 'settings'}: {problem.key}: {problem.text}")
    return lines


def _about(problem: Problem, key: str) -> bool:
    return f"{problem.key}.".startswith((f"{key}.", f"{key}[")) or key.startswith(f"{problem.key}.")


def _unattended(draft: Draft, given: Mapping[str, Any], content: Mapping[str, Any], force: bool) -> str | None:
    text = writing.text(draft, given, content)
    for problem in draft.doubtful(given):
        print(f"note: {problem.key}: {problem.text}; `make up` refuses it", file=sys.stderr)
    changes = _changes(text, content)
    if content and not force:
        said = "\n".join(f"  {line}" for line in changes) or "  nothing but its comments"
        print(
            f"error: Pulumi.{draft.stack}.yaml is there and stays as it is; --force would change:\n{said}",
            file=sys.stderr,
        )
        return None
    if plan := draft.plan({"tier": "development", **given}):
        print(price(plan))
    return text


def _interview(
    draft: Draft,
    given: Mapping[str, Any],
    offered: Mapping[str, Any],
    kept: Kept,
    content: Mapping[str, Any],
    force: bool,
) -> str:
    """Asks the questions and returns the text to write. Raises KeyboardInterrupt or EOFError if the user stops."""
    import questionary

    from operations.new import asking

    if offered:
        print("What was answered before, or stands in the file, is offered as the default.")
    answers = asking.ask(draft, given, offered, kept)
    while True:
        try:
            text = writing.text(draft, answers, content)
        except SettingsError as error:
            print(error)
            text = None
        else:
            if plan := draft.plan(answers):
                show_estimate(plan)
            print(f"\nPulumi.{draft.stack}.yaml:\n\n{text}")
            if content and not force:
                print(f"Pulumi.{draft.stack}.yaml is there; this changes, beside its comments:")
                print("\n".join(f"  {line}" for line in _changes(text, content)) or "  nothing")
        over = "write over the file that is there" if content and not force else "write it"
        choices = [*([over] if text else []), "change an answer", "stop; the answers are kept"]
        chosen = questionary.select("And now?", choices).unsafe_ask()
        if text and chosen == over:
            return text
        if chosen != "change an answer":
            raise KeyboardInterrupt
        asking.change(draft, answers, kept)


def _changes(text: str, content: Mapping[str, Any]) -> list[str]:
    return writing.differences(writing.settings_in(content), writing.settings_in(yaml.safe_load(text)))


def _next_steps(stack: str) -> str:
    return f"""Pulumi.{stack}.yaml is written. Next, without an account:
  make rehearse STACK={stack}
then, with AWS credentials and your Pulumi backend:
  make pulumi ARGS="login" STACK={stack}
  make pulumi ARGS="stack init {stack}" STACK={stack}
  make up STACK={stack}"""
