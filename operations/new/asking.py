"""Asks the questions on a terminal. If an answer is refused, the reason is shown and the question asked again."""

from collections.abc import Mapping
from typing import Any

import questionary

from operations.new.answers import Draft, Kept, price
from operations.new.questions import BY_KEY, QUESTIONS, Question, allowed, node, parsed, shown

BACK = "<"
"""The answer that leads back to the previous question."""


def ask(draft: Draft, given: Mapping[str, Any], offered: Mapping[str, Any], kept: Kept) -> dict[str, Any]:
    """Returns all answers. Those in `given` are not asked for; those in `offered`, of an earlier run or the existing
    file, are the defaults.

    Raises KeyboardInterrupt or EOFError if the user stops. The answers given until then are kept.
    """
    answers = {key: value for key, value in offered.items() if not BY_KEY[key].asked} | dict(given)
    shown_price = ""
    index = 0
    before: list[int] = []
    while index < len(QUESTIONS):
        question = QUESTIONS[index]
        if question.key in given or not question.asked:
            index += 1
            continue
        if not question.when(answers):
            answers.pop(question.key, None)
            index += 1
            continue
        value = one(draft, question, answers, {**offered, **answers}.get(question.key), first=not before)
        if value == BACK:
            index = before.pop()
            continue
        answers[question.key] = value
        kept.write(answers)
        for problem in draft.doubtful(answers, question.key):
            questionary.print(f"  {problem.key}: {problem.text}; `make up` refuses it", style="fg:ansiyellow")
        plan = draft.plan(answers)
        if plan and (line := price(plan)) != shown_price:
            questionary.print(f"  {line}", style="bold")
            shown_price = line
        before.append(index)
        index += 1
    return answers


def one(draft: Draft, question: Question, answers: Mapping[str, Any], offer: Any, *, first: bool = False) -> Any:
    """Asks one question until its answer is valid, and returns this answer or BACK."""
    earlier = {key: value for key, value in answers.items() if key != question.key}
    if offer is None or draft.refusal(question, offer, earlier):
        offer = draft.default(question.key, earlier) if not question.required else None
    text = shown(offer)
    while True:
        text = _asked(question, text, first)
        if text == BACK and not first:
            return BACK
        value = parsed(question, text)
        refused = draft.refusal(question, value, earlier)
        if question.required and not text.strip():
            refused = f"{question.key}: needs an answer: {allowed(question)}"
        if not refused:
            return value
        questionary.print(f"  {refused}", style="fg:ansired")


def change(draft: Draft, answers: dict[str, Any], kept: Kept) -> None:
    """Asks a question again that the user chooses. Raises the same errors as ask()."""
    questions = [each for each in QUESTIONS if each.asked and each.when(answers)]
    listed = [questionary.Choice(f"{each.key}: {shown(answers.get(each.key))}", value=each.key) for each in questions]
    question = BY_KEY[questionary.select("Which one?", listed).unsafe_ask()]
    value = one(draft, question, answers, answers.get(question.key))
    if value != BACK:
        answers[question.key] = value
        kept.write(answers)


def _asked(question: Question, default: str, first: bool) -> str:
    choices = node(question.key).get("enum") or (["yes", "no"] if node(question.key)["type"] == "boolean" else None)
    if not choices:
        instruction = f"({allowed(question)})" if first else f"({allowed(question)}; {BACK} goes back)"
        return questionary.text(question.text, default=default, instruction=instruction).unsafe_ask()
    listed = [questionary.Choice(str(choice), value=str(choice)) for choice in choices]
    if not first:
        listed.append(questionary.Choice("back", value=BACK))
    chosen = default if default in [choice.value for choice in listed] else None
    return questionary.select(question.text, listed, default=chosen).unsafe_ask()
