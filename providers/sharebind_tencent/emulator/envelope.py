"""How this vendor wraps an answer: as the pages show it, or as every client reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

BUSINESS_ERROR: Final = -1000


def wrapped(style: str, content: dict[str, Any]) -> dict[str, Any]:
    """Wrap an answer's content: `documented` in Response, `wire` in code, msg and data (quirk two_envelopes)."""
    if style == "documented":
        return {"Response": content}
    error = content.get("Error")
    if error is None:
        return {"code": 0, "msg": "", "data": content}
    return {"code": BUSINESS_ERROR, "msg": error["Message"], "data": content}


def error(code: str, message: str, *, nested: bool) -> dict[str, str]:
    """Return an Error, with the code hidden in the text of an InternalError when it is nested."""
    if nested:
        return {"Code": "InternalError", "Message": f"{code}|{message}"}
    return {"Code": code, "Message": message}


PAGE_SPELLING: Final = {"UserID": "UserId", "FromUserID": "FromUserId", "MsgID": "MsgId"}


def spelt_as_on_the_pages(value: Any) -> Any:
    """Return an answer with its ids written as the pages write them (quirk id_letter_case)."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {PAGE_SPELLING.get(name, name): spelt_as_on_the_pages(item) for name, item in fields.items()}
    if isinstance(value, list):
        return [spelt_as_on_the_pages(item) for item in cast("Sequence[Any]", value)]
    return value
