"""What names, fields and rows may be."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from components.embedded.as_milvus.messages import RefusedError, common, schemas, values

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
VARCHAR_BYTES, JSON_BYTES, DIMENSION, FIELDS = 65_535, 65_536, 32_768, 64
"""Milvus' longest VARCHAR and JSON, most dimensions, most fields of a collection (milvus.io/docs/limitations.md)."""


def check_name(kind: str, name: str) -> None:
    if not NAME.fullmatch(name):
        raise RefusedError(
            f"Invalid {kind} name: {name}. It can only contain numbers, letters and underscores, up to 255 of them, "
            "and must begin with a letter or an underscore"
        )


def check_schema(schema: Any) -> None:
    """Checks the fields of a new collection."""
    if len(schema.fields) > FIELDS:
        raise RefusedError(f"maximum field's number should be limited to {FIELDS}")
    if schema.struct_array_fields:
        raise RefusedError("Milvus Lite does not support arrays of structs, and would leave them out without a word")
    for field in schema.fields:
        check_field(field)


def check_field(field: Any) -> None:
    check_name("field", field.name)
    params = values(field.type_params)
    if "multi_analyzer_params" in params:
        raise RefusedError(
            "Milvus Lite does not support multi_analyzer_params, and would leave them out without a word"
        )
    kind = schemas.DataType.Name(field.data_type)
    if kind == "VarChar" and not 0 < int(params.get("max_length") or 0) <= VARCHAR_BYTES:
        raise RefusedError(
            f"the maximum length specified for the field({field.name}) should be in (0, {VARCHAR_BYTES}], but got "
            f"{params.get('max_length', 'none')} instead"
        )
    if kind == "FloatVector" and not 2 <= int(params.get("dim") or 0) <= DIMENSION:
        raise RefusedError(
            f"invalid dimension: {params.get('dim', 'none')} of field {field.name}. float vector dimension should be "
            f"in range 2 ~ {DIMENSION}"
        )


def check_values(data: Any, field: Any) -> None:
    """Checks the values of one field of inserted rows."""
    kind = field.dtype.name
    if kind == "FLOAT_VECTOR" and not np.isfinite(np.asarray(data.vectors.float_vector.data, np.float32)).all():
        raise RefusedError(f"field {field.name}: value 'NaN' or 'Inf' is not a number")
    if kind == "JSON":
        check_lengths("json field", field.name, data.scalars.json_data.data, JSON_BYTES)
    if kind == "VARCHAR" and field.max_length:
        texts = (text.encode() for text in data.scalars.string_data.data)
        check_lengths("varchar field", field.name, texts, field.max_length)
    if kind == "ARRAY":
        for row in data.scalars.array_data.data:
            texts = (text.encode() for text in row.string_data.data)
            if field.max_length:
                check_lengths("varchar array field", field.name, texts, field.max_length)


def check_lengths(kind: str, name: str, contents: Iterable[bytes], longest: int) -> None:
    """Refuses what is too long; lengths are of bytes."""
    for row, value in enumerate(contents):
        if len(value) > longest:
            raise RefusedError(
                f"length of {kind} {name} exceeds max length, row number: {row}, length: {len(value)}, "
                f"max length: {longest}"
            )


def check_query(group: bytes, name: str, collection: Any) -> None:
    """Refuses to search a field of float vectors by vectors of another dimension."""
    (field,) = (field for field in collection.schema.fields if field.name == name)
    if field.dtype.name != "FLOAT_VECTOR" or not group:
        return
    for placeholder in common.PlaceholderGroup.FromString(group).placeholders:
        for vector in placeholder.values:
            if placeholder.type == common.PlaceholderType.FloatVector and len(vector) != 4 * field.dim:
                raise RefusedError(
                    f"vector dimension mismatch, expected vector size(byte) {4 * field.dim}, actual {len(vector)}"
                )
