"""JSON <-> frozen dataclasses, with every type checked. Unknown fields are ignored, NaN and infinities are refused."""

import json
import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from functools import cache
from typing import Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import ProtocolError

T = TypeVar("T")


def loads(raw: bytes, code: str) -> Any:
    """Strict JSON: UTF-8, no NaN, no infinity (``1e999`` is one).

    Raises:
        ProtocolError: with `code`, for anything else, including nesting deeper than the interpreter can follow.
    """

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    def number(text: str) -> float:
        value = float(text)
        if not math.isfinite(value):
            raise ValueError(f"{text} is not finite")
        return value

    try:
        return json.loads(str(raw, "utf-8"), parse_constant=refuse, parse_float=number)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(code, f"the {code} is not valid JSON: {str(error)[:120]}") from error


def dumps(value: Any, code: str = "body") -> bytes:
    """Compact ASCII JSON of plain values or of a dataclass."""
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    try:
        return json.dumps(plain, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(
            code, f"the {code} cannot be written as JSON: {str(error)[:120]}", "Send finite numbers and plain values."
        ) from error


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def read(kind: type[T], value: Any, where: str = "body") -> T:
    """Builds a `kind` (a dataclass) from JSON, checking every field against its annotation.

    Raises:
        ProtocolError: ``body``, naming the field, when one is missing or has another type.
    """
    if not isinstance(value, dict):
        raise ProtocolError("body", f"{where} must be an object")
    hints, found = _hints(kind), {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name in value:
            found[field.name] = _value(hints[field.name], value[field.name], f"{where}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ProtocolError("body", f"{where}.{field.name} is missing")
    return kind(**found)


def _value(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if is_dataclass(kind) and isinstance(kind, type):
        return read(kind, value, where)
    if origin in (Union, types.UnionType):
        return _one_of(arguments, value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_value(arguments[0], item, f"{where}[{index}]") for index, item in enumerate(value))
    if origin is Mapping and isinstance(value, dict):
        return {key: _value(arguments[1], item, f"{where}.{key}"[:200]) for key, item in value.items()}
    if origin is Literal and isinstance(value, str) and value in arguments:
        return value
    if kind is float and type(value) in (int, float):
        return _finite(value, where)
    # type() rather than isinstance: JSON's true must not pass for the number 1.
    if kind in (bool, int, str, types.NoneType) and type(value) is kind:
        return value
    raise ProtocolError("body", f"{where} must be {_name(kind)}, not {type(value).__name__}")


def _one_of(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and types.NoneType in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not types.NoneType)
    if len(kinds) == 1:
        return _value(kinds[0], value, where)
    for kind in kinds:
        try:
            return _value(kind, value, where)
        except ProtocolError:
            continue
    raise ProtocolError("body", f"{where} must be {' or '.join(map(_name, kinds))}, not {type(value).__name__}")


def _finite(value: float, where: str) -> float:
    try:
        number = float(value)
    except OverflowError as error:
        raise ProtocolError("body", f"{where} is too large a number") from error
    if not math.isfinite(number):
        raise ProtocolError("body", f"{where} must be finite")
    return number


def _name(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) and get_origin(kind) is None else str(kind).replace("typing.", "")
