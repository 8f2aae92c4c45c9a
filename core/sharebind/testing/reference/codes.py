"""What the codes of the reference cloud mean."""

from __future__ import annotations

from typing import Final

from sharebind.provider import (
    AlreadyBoundError,
    Code,
    Codes,
    ConflictError,
    DeviceNotFoundError,
    DeviceNotReadyError,
    EndReason,
    NotBoundError,
    NotFoundError,
    PermissionDeniedError,
    ProofRejectedError,
    RecipientNotFoundError,
    SelfShareError,
    ShareEndedError,
    ShareNotFoundError,
    SignInError,
    UnavailableError,
    UnexpectedRoleError,
)

PROVIDER: Final = "reference"

_ENDED: Final = {
    f"ended.{reason}": Code(ShareEndedError, f"this share is over: {reason}", end_reason=reason, over="always")
    for reason in EndReason
}

CODES: Final = Codes(
    PROVIDER,
    {
        "token.dead": Code(SignInError, "the token is not good, or not any more", renew=True),
        "sign_in.wrong": Code(SignInError, "nobody signs in with this e-mail address and password"),
        "person.unknown": Code(RecipientNotFoundError, "nobody is known by that name"),
        "device.unknown": Code(DeviceNotFoundError, "there is no such device"),
        "device.bound": Code(AlreadyBoundError, "the device has an owner already"),
        "device.not_ready": Code(DeviceNotReadyError, "the device has not used its pairing token yet"),
        "proof.wrong": Code(ProofRejectedError, "the proof is not that of a device, or too old"),
        "space.unknown": Code(NotFoundError, "this account has no such home or room"),
        "not.bound": Code(NotBoundError, "this account does not hold the device"),
        "not.yours": Code(PermissionDeniedError, "that is somebody else's"),
        "other.role": Code(UnexpectedRoleError, "the device is held in another role"),
        "own.share": Code(SelfShareError, "owner and recipient are the same person"),
        "no.longer.use": Code(ConflictError, "an earlier share may be used just as long; nothing was ended"),
        "share.unknown": Code(ShareNotFoundError, "there is no such share"),
        "part.broken": Code(UnavailableError, "this part cannot be read now"),
        **_ENDED,
    },
)
