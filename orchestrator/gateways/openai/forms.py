"""Forms with a file: `multipart/form-data`, checked field by field.

Files are kept in memory up to 1 MB and in the system's temporary directory beyond; they have no
name there, and the name that the caller gave is never used.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from orchestrator.gateways.openai.answering import require_type
from orchestrator.gateways.openai.fields import RequestError
from orchestrator.gateways.refusals import HttpError

_MOST_FIELDS = 100
_MOST_FILES = 4
_MOST_FIELD_BYTES = 64 * 1024


@dataclass
class Form:
    """A form that was read.

    Attributes:
        values: Texts by name, lists of them for fields that may be there several times.
        files: Files by name, at their beginning.
    """

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, UploadFile] = field(default_factory=dict)

    async def close(self) -> None:
        """Frees the files. Idempotent."""
        for file in self.files.values():
            await file.close()


async def form_of(
    request: Request,
    *,
    files: Sequence[str],
    lists: Sequence[str],
    optional: Sequence[str] = (),
    arrays: Sequence[str] = (),
) -> Form:
    """Reads a form.

    Args:
        request: The request.
        files: Fields that are files; each is required.
        lists: Fields that may come several times, as `name` or `name[]`.
        optional: Fields that may be files.
        arrays: Files that may be named `name[]`, too; one of them is taken all the same.

    Raises:
        HttpError: 415, it is no form; 400, it is broken.
        RequestError: A field is a file and should not be, or the other way round, or comes
            twice.
    """
    require_type(request, "multipart/form-data")
    try:
        read = await request.form(
            max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_MOST_FIELD_BYTES
        )
    except HTTPException as error:
        raise HttpError(400, f"The form is broken: {error.detail}", "MALFORMED_FORM") from None
    form = Form()
    try:
        for key, value in read.multi_items():
            bare, is_file = key.removesuffix("[]"), isinstance(value, UploadFile)
            name = bare if bare in (arrays if is_file else lists) else key
            if is_file:
                wanted = name in files or name in optional
                _put(form.files, name, value, wanted=wanted, kind="a text")
            elif name in lists:
                form.values.setdefault(name, []).append(value)
            else:
                _put(form.values, name, value, wanted=name not in files, kind="a file")
        for name in files:
            if name not in form.files:
                raise RequestError(name, "is required.", reason="MISSING_FIELD")
    except BaseException:
        with suppress(OSError):
            await read.close()
        raise
    return form


def _put(into: dict[str, Any], name: str, value: Any, *, wanted: bool, kind: str) -> None:
    shown = name[:100] or "form"
    if not wanted:
        raise RequestError(shown, f"must be {kind}.")
    if name in into:
        raise RequestError(shown, "is given twice; one is taken.")
    into[name] = value
