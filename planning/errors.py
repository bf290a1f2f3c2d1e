"""What planning refuses: kinds of error, so that callers can tell a bad request from a bug."""


class PlanningError(ValueError):
    """Says what was asked, which limit it breaks, and what to change."""


class TooMuchError(PlanningError):
    """Less data would do. estimate.py adds how much less, and `remedy`, what else to change."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.remedy = remedy
