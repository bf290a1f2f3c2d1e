"""A validator of the jsonschema library for the dialect of JSON Schema in which published rules are written.

CloudFormation's registry schemas are Draft 7 with differences: they have keywords of their own, patterns in the syntax
of Java or ECMAScript, and numbers or booleans that may be given as text. They also have keywords beside `$ref`, which
count only since Draft 2019-09, so that draft is used. Values that the engine does not know yet are never judged.
"""

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import regex
from jsonschema import Draft201909Validator, ValidationError, validators

from planning import cron
from rehearsal.protocol.wire import UNKNOWNS, is_list, is_object, unknown
from rehearsal.published.keywords import KEYWORDS

Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]
LIBRARY = cast(Mapping[str, Keyword], Draft201909Validator.VALIDATORS)
DEEP = ("anyOf", "oneOf", "not", "if", "uniqueItems", "contains")
"""Keywords that combine or compare values. Their verdict may be wrong if any value below is not known yet."""

# Patterns of formats that schemas only name. Source: cfn-lint, src/cfnlint/rules/formats/*.py
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
    """A pattern with ECMAScript's meaning: digits and letters are ASCII only, `$` is the very end.

    None if it is invalid.
    """
    flags = 0 if "\\p{" in pattern else regex.ASCII  # the flag would limit Unicode's classes to ASCII, too
    try:
        return regex.compile(regex.sub(r"(?<!\\)\$(?=\)|\||$)", r"\\Z", pattern), flags)
    except regex.error:
        return None


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _matches(pattern, instance):
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


def _time_zone(name: str) -> str | None:
    try:
        return ZoneInfo(name).key
    except (KeyError, OSError):  # a folder of names, too
        raise ValueError("no such name") from None


_PARSERS: dict[str, Callable[[str], object]] = {
    "cron": cron.parse,
    "time-zone": _time_zone,
    "ipv4": ipaddress.IPv4Address,
    "ipv4-network": ipaddress.IPv4Network,
    "ipv6": ipaddress.IPv6Address,
    "ipv6-network": ipaddress.IPv6Network,
    "json": json.loads,
}


def _properties(validator: Any, known: Mapping[str, Any], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """Replaces the library's keyword, which does not report the path of a forbidden property."""
    for name, below in known.items() if is_object(instance) else ():
        if name in instance and below is False:
            yield ValidationError(f"{name} must not be given here", path=[name])
        elif name in instance:
            yield from validator.descend(instance[name], below, path=name, schema_path=name)


def _pattern_properties(
    validator: Any, known: Mapping[str, Any], instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    for pattern, below in known.items() if is_object(instance) else ():
        for name, value in instance.items():
            if _matches(pattern, name):
                yield from validator.descend(value, below, path=name, schema_path=pattern)


def _additional(validator: Any, below: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    known, patterns = schema.get("properties", ()), schema.get("patternProperties", ())
    for name in instance if is_object(instance) else ():
        if name in known or any(_matches(pattern, name) for pattern in patterns):
            continue
        if below is False:
            yield ValidationError(f"{name} must not be given here", path=[name])
        else:
            yield from validator.descend(instance[name], below, path=name)


def _matches(pattern: str, text: str) -> bool:
    found = compiled(pattern)
    return found is None or found.search(text) is not None


def _type(validator: Any, types: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """Follows CloudFormation, which accepts numbers and booleans given as text, and text given as a number."""
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
            return Draft201909Validator.TYPE_CHECKER.is_type(instance, type_)


def _present(names: list[str], instance: Any) -> list[str] | None:
    return [name for name in names if name in instance] if is_object(instance) else None


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
        for name, others in dependents.items() if is_object(instance) else ():
            for other in others if name in instance else ():
                if (other in instance) is not wanted:
                    yield ValidationError(f"{name} {'needs' if wanted else 'excludes'} {other}")

    return judge


def _enum_any_case(_validator: Any, allowed: list[str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if str(instance).lower() not in {each.lower() for each in allowed}:
        yield ValidationError(f"{instance!r} is none of {', '.join(allowed)}")


def _unique_keys(_validator: Any, keys: list[str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    items = instance if is_list(instance) else []
    named = [tuple(each.get(key) for key in keys) for each in items if is_object(each) and keys[0] in each]
    if len(set(named)) < len(named):
        yield ValidationError(f"two items have the same {', '.join(keys)}")


def _lenient(name: str, keyword: Keyword) -> Keyword:
    """The same keyword, but accepting values that are not known yet."""

    def judge(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        is_open = unknown(instance) if name in DEEP else isinstance(instance, str) and instance in UNKNOWNS
        if not is_open:
            yield from keyword(validator, value, instance, schema) or ()

    return judge


OWN: dict[str, Keyword] = {
    **KEYWORDS,
    "additionalProperties": _additional,
    "dependentExcluded": _dependent(False),
    "dependentRequired": _dependent(True),
    "enumCaseInsensitive": _enum_any_case,
    "format": _format,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "properties": _properties,
    "requiredOr": _required_any,
    "requiredXor": _required_one,
    "type": _type,
    "uniqueKeys": _unique_keys,
}
Validator: Any = cast(Any, validators).extend(
    Draft201909Validator,
    {name: _lenient(name, keyword) for name, keyword in {**LIBRARY, **OWN}.items() if name != "$ref"},
)
"""The validator's class, used as `Validator(schema).iter_errors(value)`."""


def reason(error: ValidationError) -> str:
    """A short sentence that says what is wrong with a value."""
    value: Any = error.instance
    shown, limit = shorten(repr(value)), cast(Any, error).validator_value
    match error.validator:
        case "maxLength" | "minLength":
            return (
                f"{len(value)} characters; AWS takes at {'most' if error.validator == 'maxLength' else 'least'} {limit}"
            )
        case "maximum" | "minimum":
            return f"{shown}; AWS takes at {'most' if error.validator == 'maximum' else 'least'} {limit}"
        case "enum":
            return f"{shown} is none of {shorten(', '.join(map(str, limit)))}"
        case _:
            return shorten(error.message, 300)


def shorten(text: str, longest: int = 120) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
