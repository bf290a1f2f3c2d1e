"""The dialect of JSON Schema in which published rules are written, as a validator of the jsonschema library.

CloudFormation's registry schemas are Draft 7 with some keywords of their own, with patterns as Java or ECMAScript read
them, and with numbers or booleans that may come as text. What the engine does not know yet is never judged.
"""

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, cast

import regex
from jsonschema import Draft7Validator, ValidationError, validators

from rehearsal.protocol.wire import UNKNOWNS, unknown

Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]
LIBRARY = cast(Mapping[str, Keyword], Draft7Validator.VALIDATORS)
DEEP = ("anyOf", "oneOf", "not", "if", "uniqueItems", "contains")
"""Keywords that combine or compare: they may be wrong if anything below is not known yet."""

# Where the format is only a name: cfn-lint, src/cfnlint/rules/formats/*.py
_ARN = r"^arn:(aws|aws-cn|aws-us-gov|aws-eusc|aws-iso(-[a-z])?):"
FORMATS = {
    "AWS::ACM::Certificate.Arn": _ARN + r"acm:[a-z0-9-]+:\d{12}:certificate/.+$",
    "AWS::EC2::Image.Id": r"^ami-(([0-9a-z]{8})|([0-9a-z]{17}))$",
    "AWS::EC2::SecurityGroup.Id": r"^sg-([a-fA-F0-9]{8}|[a-fA-F0-9]{17})$",
    "AWS::EC2::SecurityGroup.Name": r"^[a-zA-Z0-9 \._\-:\/()#\,@\[\]+=&;\{\}!\$\*]+$",
    "AWS::EC2::Subnet.Id": r"^subnet-(([0-9A-Fa-f]{8})|([0-9A-Fa-f]{17}))$",
    "AWS::EC2::VPC.Id": r"^vpc-(([0-9A-Fa-f]{8})|([0-9A-Fa-f]{17}))$",
    "AWS::IAM::Role.Arn": _ARN + r"iam::\d{12}:role/.+$",
    "AWS::KMS::Alias.AliasName": r"^(alias/)[a-zA-Z0-9/_-]+$",
    "AWS::KMS::Key.Arn": _ARN + r"kms:[a-z0-9-]+:\d{12}:key/.+$",
    "AWS::KMS::Key.Id": r"^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32}"
    r"|alias/[a-zA-Z0-9/_-]+)$",
    "AWS::Logs::LogGroup.Name": r"^[\.\-_\/#A-Za-z0-9]{1,512}$",
    "AWS::S3::Bucket.Name": r"^(?![.\-])(?!.*\.\.)(?!.*\-\.)(?!.*\.\-)[a-z0-9.\-]{3,63}(?<![.\-])$",
}


@cache
def compiled(pattern: str) -> "regex.Pattern[str] | None":
    """As ECMAScript reads it: digits and letters are ASCII's, and `$` is the very end. None if it can't be read."""
    try:
        return regex.compile(regex.sub(r"(?<!\\)\$(?=\)|\||$)", r"\\Z", pattern), regex.ASCII)
    except regex.error:
        return None


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    found = compiled(pattern)
    if isinstance(instance, str) and found and not found.search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern}")


def _format(_validator: Any, name: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    if name in FORMATS:
        yield from _pattern(_validator, FORMATS[name], instance, schema)
    elif name in _PARSERS:
        try:
            _PARSERS[name](instance)
        except ValueError as error:
            yield ValidationError(f"{instance!r} is no {name}: {error}")


_PARSERS: dict[str, Callable[[str], object]] = {
    "ipv4-network": ipaddress.IPv4Network,
    "ipv6-network": ipaddress.IPv6Network,
    "json": json.loads,
}


def _type(validator: Any, types: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """As CloudFormation takes values: a number or a boolean may come as text, and text as a number."""
    wanted = [types] if isinstance(types, str) else types
    if not any(_is_of(each, instance) for each in wanted):
        yield from LIBRARY["type"](validator, types, instance, schema)


def _is_of(type_: str, instance: Any) -> bool:
    match type_:
        case "string":
            return isinstance(instance, str | int | float)
        case "boolean":
            return isinstance(instance, bool) or instance in ("true", "false")
        case "integer" | "number":
            if isinstance(instance, bool) or not isinstance(instance, str | int | float):
                return False
            try:
                return type_ == "number" or float(instance) == int(instance)
            except ValueError:
                return False
        case _:
            return Draft7Validator.TYPE_CHECKER.is_type(instance, type_)


def _present(names: list[str], instance: Any) -> list[str] | None:
    return [name for name in names if name in instance] if isinstance(instance, dict) else None


def _required_one(_validator: Any, names: list[str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    present = _present(names, instance)
    if present is not None and len(present) != 1:
        yield ValidationError(f"exactly one of {', '.join(names)} is required, not {', '.join(present) or 'none'}")


def _required_any(_validator: Any, names: list[str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if _present(names, instance) == []:
        yield ValidationError(f"one of {', '.join(names)} is required")


def _dependent(wanted: bool) -> Keyword:
    def judge(
        _validator: Any, dependents: Mapping[str, list[str]], instance: Any, _schema: Any
    ) -> Iterator[ValidationError]:
        for name, others in dependents.items() if isinstance(instance, dict) else ():
            for other in others if name in instance else ():
                if (other in instance) is not wanted:
                    yield ValidationError(f"{name} {'needs' if wanted else 'excludes'} {other}")

    return judge


def _enum_any_case(_validator: Any, allowed: list[str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if str(instance).lower() not in {each.lower() for each in allowed}:
        yield ValidationError(f"{instance!r} is none of {', '.join(allowed)}")


def _lenient(name: str, keyword: Keyword) -> Keyword:
    """The keyword, except for what is not known yet."""

    def judge(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        is_open = unknown(instance) if name in DEEP else isinstance(instance, str) and instance in UNKNOWNS
        if not is_open:
            yield from keyword(validator, value, instance, schema) or ()

    return judge


OWN: dict[str, Keyword] = {
    "dependentExcluded": _dependent(False),
    "dependentRequired": _dependent(True),
    "enumCaseInsensitive": _enum_any_case,
    "format": _format,
    "pattern": _pattern,
    "requiredOr": _required_any,
    "requiredXor": _required_one,
    "type": _type,
}
Validator: Any = cast(Any, validators).extend(
    Draft7Validator, {name: _lenient(name, keyword) for name, keyword in {**LIBRARY, **OWN}.items() if name != "$ref"}
)
"""The class: `Validator(schema).iter_errors(value)`."""
