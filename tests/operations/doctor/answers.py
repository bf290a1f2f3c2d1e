"""boto3's real clients with planned answers: requests are checked against AWS' own models, and answers as well.

It stands where moto does not know an operation (Service Quotas, EKS' and MSK's versions, simulation). botocore's
Stubber wants answers in order, which checks that run at the same time do not have.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

import boto3
from botocore.validate import ParamValidator

Planned = Mapping[str, Any] | Exception | Callable[[dict[str, Any]], Any]


class RefusalError(Exception):
    """An answer that is an error, by its code."""

    def __init__(self, code: str, message: str = "said AWS") -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Http:
    def __init__(self, status: int) -> None:
        self.status_code = status


class Answers:
    """A session whose every call is answered from `planned`, by `service.Operation`."""

    def __init__(self) -> None:
        self.planned: dict[str, Planned] = {}
        self.session: Any = cast(Any, boto3).Session("AKIDEXAMPLE", "planted", region_name="us-east-1")
        self.session.events.register("before-parameter-build", self._keep)
        self.session.events.register("before-call", self._answer)
        self.asked: list[str] = []

    def _keep(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["given"] = params

    def _answer(self, model: Any, context: dict[str, Any], **_: Any) -> tuple[Http, dict[str, Any]]:
        operation = f"{model.service_model.service_name}.{model.name}"
        self.asked.append(operation)
        if operation not in self.planned:
            raise AssertionError(f"nobody has planned an answer to {operation}")
        answer: Any = self.planned[operation]
        if callable(answer):
            answer = answer(context["given"])
        if isinstance(answer, RefusalError):
            return Http(400), {"Error": {"Code": answer.code, "Message": answer.message}}
        if isinstance(answer, Exception):
            raise answer
        report = cast(Any, ParamValidator)().validate(answer, model.output_shape)
        assert not report.has_errors(), f"{operation}: {report.generate_report()}"
        return Http(200), {**answer, "ResponseMetadata": {}}
