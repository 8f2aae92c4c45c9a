"""What can go wrong, by what the caller does next.

::

    SharebindError
    ├── ConfigurationError            fix the settings           (not a ProviderError on purpose)
    ├── UnknownProviderError          not installed, blocked, or failed to load (with cause)
    ├── UnsupportedError              this account cannot say that; nothing was sent
    ├── PolicyDeniedError             a policy said no; nothing was sent
    ├── SpaceRequiredError            choose a home: choices
    ├── AmbiguousCodeError            this text may belong to several providers: choices
    ├── IncompleteListError           gaps: what could not be read
    └── ProviderError                 the vendor said no, or could not be asked
        ├── SignInError               ask for credentials again (retry_after, tries_left)
        ├── NotEntitledError          this credential or product may not do that
        ├── PermissionDeniedError     this user may not do that to this device
        ├── InvalidRequestError       fix the arguments
        ├── ProofRejectedError        the proof of possession is wrong, used or too old
        ├── DeviceNotReadyError       offline, unverified or disabled
        ├── NotFoundError             DeviceNotFoundError, RecipientNotFoundError, ShareNotFoundError, NotBoundError
        ├── ConflictError             AlreadyBoundError, AlreadySharedError, SelfShareError, UnexpectedRoleError
        ├── ShareEndedError           the code or offer was used, expired, withdrawn or replaced: reason
        ├── QuotaExceededError        limits that waiting does not lift
        ├── RateLimitedError          retry_after
        ├── WrongRegionError          region, where the vendor names it
        ├── UnavailableError          try later; nothing happened
        ├── MalformedReplyError       a read that cannot be understood; path of the field
        ├── OutcomeUnknownError       sent, not answered: read back before doing it again
        └── ResultLostError           done, but its result could not be read

The outcome follows the class: ``OutcomeUnknownError`` is the only one after which nobody knows, ``ResultLostError`` the
only one after which it is done, and after every other nothing happened.

Messages are for people, attributes for programs. Errors pickle and deep-copy, without ``raw``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar, Self

from sharebind.secrets import Raw
from sharebind.values import EndReason, Space


class Outcome(StrEnum):
    """What became of a wish."""

    NOTHING = "nothing"
    DONE = "done"
    UNKNOWN = "unknown"


class SharebindError(Exception):
    """The base of all that this library raises on purpose."""

    outcome: ClassVar[Outcome] = Outcome.NOTHING

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by message and attributes; the vendor's body stays behind."""
        attributes = {name: value for name, value in vars(self).items() if not isinstance(value, Raw)}
        return _rebuild, (type(self), self.args, attributes)


def _rebuild(kind: type[SharebindError], args: tuple[Any, ...], attributes: dict[str, Any]) -> SharebindError:
    error = kind.__new__(kind, *args)
    error.args = args
    vars(error).update(attributes)
    return error


class ConfigurationError(SharebindError):
    """The settings are wrong. Says file, line and path, and what was expected."""


class UnknownProviderError(SharebindError):
    """No such provider is loaded: not installed, blocked, or failed to load, then with the cause."""


class UnsupportedError(SharebindError):
    """This account cannot say that. No change was sent."""

    def __init__(self, message: str, *, provider: str, capability: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.provider = provider
        self.capability = capability
        self.reason = reason


class PolicyDeniedError(SharebindError):
    """A policy said no. Nothing was sent."""

    def __init__(self, message: str, *, policy: str, reason: str) -> None:
        super().__init__(message)
        self.policy = policy
        self.reason = reason


class SpaceRequiredError(SharebindError):
    """The vendor binds into a home, and there is none or more than one: pass ``space=`` with one of ``choices``."""

    def __init__(self, message: str, *, provider: str, choices: Iterable[Space] = ()) -> None:
        super().__init__(message)
        self.provider = provider
        self.choices = tuple(choices)


class AmbiguousCodeError(SharebindError):
    """Several providers read this text: name one of ``choices``."""

    def __init__(self, message: str, *, choices: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.choices = tuple(choices)


class IncompleteListError(SharebindError):
    """A list came to its end, but parts of it could not be read; ``gaps`` says which and why."""

    def __init__(self, message: str, *, gaps: Iterable[Any] = ()) -> None:
        super().__init__(message)
        self.gaps = tuple(gaps)


class ProviderError(SharebindError):
    """The vendor said no, or could not be asked.

    ``vendor_code`` and ``vendor_message`` are the vendor's own words; ``retry_after`` is the wait that the vendor
    states; ``raw`` holds its body. One that is ``transient`` comes of the network, a fault at the vendor's or too many
    calls, so that a pause may help; whether it is safe to ask again, ``outcome`` says. Raised as it is where no table
    knows the code of a read.
    """

    raw: Raw = Raw()

    def __init__(
        self,
        message: str,
        *,
        provider: str = "",
        account: str = "",
        operation: str = "",
        vendor_code: str | None = None,
        vendor_message: str | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
        retry_after: timedelta | None = None,
        transient: bool = False,
        raw: Raw | None = None,
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.account = account
        self.operation = operation
        self.transient = transient
        self.vendor_code = vendor_code
        self.vendor_message = vendor_message
        self.http_status = http_status
        self.request_id = request_id
        self.retry_after = retry_after
        if raw is not None:
            self.raw = raw

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        vars(self).update(state or {})

    def said_by(self, *, provider: str, account: str, operation: str) -> Self:
        """Fill in who was asked and for what, where that is still empty."""
        self.provider = self.provider or provider
        self.account = self.account or account
        self.operation = self.operation or operation
        return self


class SignInError(ProviderError):
    """The credentials or the token were refused; ``tries_left`` is how many more the vendor allows."""

    tries_left: int | None = None


class NotEntitledError(ProviderError):
    """This credential or product may not do that; the operator of the app has to act."""


class PermissionDeniedError(ProviderError):
    """This user may not do that to this device."""


class InvalidRequestError(ProviderError):
    """The arguments are wrong."""


class ProofRejectedError(ProviderError):
    """The proof of possession is wrong, used or too old."""


class DeviceNotReadyError(ProviderError):
    """The device is offline, unverified or disabled."""


class NotFoundError(ProviderError):
    """What was named is not there."""


class DeviceNotFoundError(NotFoundError):
    """The vendor knows no such device."""


class RecipientNotFoundError(NotFoundError):
    """The vendor knows no such person."""


class ShareNotFoundError(NotFoundError):
    """There is no such share."""


class NotBoundError(NotFoundError):
    """Nobody, or not this account, holds the device."""


class ConflictError(ProviderError):
    """It does not fit with what is already there."""


class AlreadyBoundError(ConflictError):
    """The device is bound already."""


class AlreadySharedError(ConflictError):
    """The person has access already."""


class SelfShareError(ConflictError):
    """Owner and recipient are the same account."""


class UnexpectedRoleError(ConflictError):
    """The account holds the device in another role than the caller expected."""


class ShareEndedError(ProviderError):
    """The code or offer was used, expired, withdrawn or replaced; ``reason`` says which, where that can be told."""

    reason: EndReason = EndReason.UNKNOWN


class QuotaExceededError(ProviderError):
    """A limit that waiting does not lift."""


class RateLimitedError(ProviderError):
    """Too many calls; wait ``retry_after``, where the vendor says how long."""


class WrongRegionError(ProviderError):
    """The account or device lives in another data centre; ``region`` names it, where the vendor does."""

    region: str | None = None


class UnavailableError(ProviderError):
    """The vendor cannot be reached or has a fault. Nothing happened; try later."""


class MalformedReplyError(ProviderError):
    """A read came back and cannot be understood; ``path`` is the field."""

    path: str = ""


class OutcomeUnknownError(ProviderError):
    """A change was sent and not answered in a way that tells what became of it. Read back before doing it again."""

    outcome: ClassVar[Outcome] = Outcome.UNKNOWN


class ResultLostError(ProviderError):
    """The change is done, but its result could not be read."""

    outcome: ClassVar[Outcome] = Outcome.DONE
