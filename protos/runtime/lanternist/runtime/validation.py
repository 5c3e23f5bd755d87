"""The contract's shape rules, enforced: lengths, ranges, required fields.

The rules are annotations in `protos/lanternist/v1`; this module only runs them and turns violations
into an `InvalidArgumentError` that names every wrong field. Policy does not belong here.
"""

from __future__ import annotations

import re

import protovalidate
from google.protobuf.message import Message

from lanternist.runtime.errors import FieldViolation, InvalidArgumentError

_LEADING_FIELD = re.compile(r"^([a-z_][a-z0-9_.]*): (.+)$", re.DOTALL)


def _path(violation: protovalidate.Violation) -> str:
    """Field path in the form `scene.subjects[1].noun`."""
    field = violation.proto.field
    if field is None:
        return ""
    path = ""
    for element in field.elements:
        path += f".{element.field_name}" if path else element.field_name
        if element.subscript is not None:
            path += f"[{element.subscript.value}]"
    return path


def _violation(violation: protovalidate.Violation) -> FieldViolation:
    message = violation.proto.message
    if violation.proto.rule_id == "string.pattern":
        message = "holds characters that are not allowed here, or has the wrong form"
    path = _path(violation)
    # Rules over a whole message name their field in the message: "prompt: give a prompt or …".
    if not path and (named := _LEADING_FIELD.match(message)):
        return FieldViolation(named[1], named[2])
    return FieldViolation(path or "request", message)


def validate(message: Message) -> None:
    """Checks a request against the contract, about 10 µs for a small one.

    Raises:
        InvalidArgumentError: Names every field that breaks a rule.
    """
    violations = protovalidate.collect_violations(message)
    if violations:
        first, *rest = [_violation(violation) for violation in violations]
        raise InvalidArgumentError(first.field, first.description, more=tuple(rest))
