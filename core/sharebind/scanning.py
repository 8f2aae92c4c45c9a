"""Reading the texts of codes on devices, with the help of whichever provider knows them."""

from __future__ import annotations

from typing import Final

import attrs

from sharebind import logs
from sharebind.bindings import DeviceCode
from sharebind.errors import AmbiguousCodeError, InvalidRequestError, UnknownProviderError
from sharebind.registry import Registry
from sharebind.secrets import Secret
from sharebind.specs import ProviderSpec

TEXT_LIMIT: Final = 8192
"""Characters of a scanned text: a QR code holds no more than 7,089."""


def read_code(registry: Registry, text: Secret, provider: str | None) -> DeviceCode:
    """Read a text with one provider, or with every one that is installed.

    Raises:
        AmbiguousCodeError: several providers read it.
        InvalidRequestError: none does, or it is longer than a code can be.
        UnknownProviderError: there is no such provider.

    """
    if len(text.reveal()) > TEXT_LIMIT:
        raise InvalidRequestError(f"this text is longer than any code: more than {TEXT_LIMIT} characters")
    if provider is not None:
        read = _read(registry.spec(provider), text)
        if read is None:
            raise InvalidRequestError(f"{provider} reads no device code in this text", provider=provider)
        return read
    specs = [spec for name in registry.names() if (spec := _loaded(registry, name)) is not None]
    found = [read for spec in specs if (read := _read(spec, text)) is not None and read.certain]
    if len(found) > 1:
        choices = sorted(read.provider for read in found)
        raise AmbiguousCodeError(
            f"several providers read this text: {', '.join(choices)}; name one with provider=", choices=choices
        )
    if not found:
        asked = ", ".join(spec.name for spec in specs if spec.read_code is not None) or "none that reads codes"
        raise InvalidRequestError(
            f"no provider reads a device code in this text (asked: {asked}); "
            "a text without a mark of its vendor is read where provider= names it"
        )
    return found[0]


def _loaded(registry: Registry, name: str) -> ProviderSpec | None:
    try:
        return registry.spec(name)
    except UnknownProviderError:
        return None


def _read(spec: ProviderSpec, text: Secret) -> DeviceCode | None:
    """Ask one provider; one whose reading fails has not read it."""
    if spec.read_code is None:
        return None
    try:
        read = spec.read_code(text.reveal())
        return None if read is None else attrs.evolve(read, provider=spec.name)
    except Exception as broken:  # noqa: BLE001 - the plugin border: a text that one cannot read may be another's
        logs.warn("code.not_read", provider=spec.name, cause=type(broken).__name__)
        return None
