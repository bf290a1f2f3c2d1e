"""Errors that planning raises for a request that it cannot serve, so that callers can tell it from a bug."""


class PlanningError(ValueError):
    """The request cannot be served. The message says what was asked, which limit it breaks, and what to change."""

    def __init__(self, problem: str, setting: str = "workload") -> None:
        """`setting` is the key of the setting that asks for it."""
        super().__init__(problem)
        self.setting = setting


class TooMuchError(PlanningError):
    """The workload is too large, and a smaller one might work.

    estimate.py adds to the message how many vectors work, and `remedy`, which names the other changes that help.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.remedy = remedy
