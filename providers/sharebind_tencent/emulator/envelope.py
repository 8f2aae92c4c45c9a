"""How this vendor wraps an answer: as the pages show it, as every client reads it, or both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

BUSINESS_ERROR: Final = -1000


def wrapped(style: str, content: dict[str, Any]) -> dict[str, Any]:
    """Wrap an answer: `documented` in Response, `wire` in code, msg and data (quirk two_envelopes), or `both`."""
    documented = {"Response": content}
    if style == "documented":
        return documented
    error = content.get("Error")
    code, message = (0, "") if error is None else (BUSINESS_ERROR, error["Message"])
    wire = {"code": code, "msg": message, "data": content}
    return wire | documented if style == "both" else wire


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
