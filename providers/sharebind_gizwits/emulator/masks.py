"""How people's names, e-mails and phones come back (contract: quirk masked_recipients)."""

from __future__ import annotations

from typing import Final

STARS: Final = "****"
SHORTEST_PHONE: Final = 8


def masked_name(name: str) -> str:
    """Return a user name of which little is left; an e-mail as a name keeps its domain."""
    return masked_email(name) if "@" in name else f"{name[:1]}{STARS}"


def masked_email(email: str) -> str:
    """Return an e-mail address with its first letter and its domain."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}{STARS}@{domain}"


def masked_phone(phone: str) -> str:
    """Return a phone with three digits in front and four at the end."""
    return f"{phone[:3]}{STARS}{phone[-4:]}" if len(phone) >= SHORTEST_PHONE else STARS
