"""What each of Gizwits' codes means for a caller.

One row per code of the vendor's list. ``source`` names the entries of the vendor's contract
(``docs/contracts/gizwits.yaml``) that list the code; the reading of each is ``docs/contracts/errors.yaml``.
"""

from __future__ import annotations

from typing import Final

from sharebind.provider import (
    AlreadyBoundError,
    AlreadySharedError,
    Code,
    Codes,
    ConflictError,
    DeviceNotFoundError,
    DeviceNotReadyError,
    EndReason,
    InvalidRequestError,
    NotBoundError,
    NotEntitledError,
    NotFoundError,
    Outcome,
    PermissionDeniedError,
    ProofRejectedError,
    ProviderError,
    QuotaExceededError,
    RateLimitedError,
    RecipientNotFoundError,
    SelfShareError,
    ShareEndedError,
    ShareNotFoundError,
    SignInError,
    UnavailableError,
)

CODES: Final = Codes(
    "gizwits",
    {
        "9001": Code(ConflictError, "mac already registered", source="errors"),
        "9002": Code(InvalidRequestError, "product key invalid", source="bind_mac"),
        "9003": Code(SignInError, "app id invalid", source="login"),
        "9004": Code(SignInError, "token invalid; renewing is signing in again", renew=True, source="list_bindings"),
        "9005": Code(
            RecipientNotFoundError,
            "user not exist",
            by_operation={"sign_in": SignInError, "share": RecipientNotFoundError},
            source="create_share",
        ),
        "9006": Code(SignInError, "token expired; renewing is signing in again", renew=True, source="list_bindings"),
        "9008": Code(UnavailableError, "server error", outcome=Outcome.UNKNOWN, later=True, source="errors"),
        "9009": Code(
            SignInError,
            "code expired; documented for verification codes",
            by_operation={"inspect": ShareEndedError, "accept": ShareEndedError},
            end_reason=EndReason.OFFER_EXPIRED,
            source="inspect_share_code",
        ),
        "9010": Code(
            SignInError,
            "code invalid; documented for verification codes",
            by_operation={"inspect": ShareEndedError, "accept": ShareEndedError},
            end_reason=EndReason.UNKNOWN,
            source="inspect_share_code",
        ),
        "9011": Code(QuotaExceededError, "sandbox scale quota exhausted", source="errors"),
        "9012": Code(QuotaExceededError, "production scale quota exhausted", source="errors"),
        "9013": Code(QuotaExceededError, "product has no request scale", source="errors"),
        "9014": Code(
            DeviceNotFoundError, "device not found", source="bind_mac, bind_latest, update_binding, and 1 more"
        ),
        "9015": Code(InvalidRequestError, "form invalid", source="login, bind_mac"),
        "9016": Code(ProofRejectedError, "device id and passcode do not fit", source="errors"),
        "9017": Code(
            NotBoundError,
            "device not bound; a recipient who leaves has left already",
            by_operation={"end": ShareNotFoundError, "unbind": NotBoundError, "rename": NotBoundError},
            over="seen_active",
            source="unbind, update_binding",
        ),
        "9020": Code(SignInError, "username password error", source="login"),
        "9023": Code(DeviceNotReadyError, "device disabled", source="bind_mac"),
        "9026": Code(InvalidRequestError, "user invalid", source="errors"),
        "9038": Code(SignInError, "application auth (app signature) invalid", source="errors"),
        "9039": Code(NotEntitledError, "not allowed call api", source="errors"),
        "9040": Code(ProofRejectedError, "bad QR code content", source="bind_latest"),
        "9041": Code(RateLimitedError, "request throttled", later=True, source="errors"),
        "9042": Code(DeviceNotReadyError, "device offline", source="errors"),
        "9043": Code(
            ProofRejectedError, "timestamp invalid; the clock is more than five minutes off", source="bind_mac"
        ),
        "9044": Code(ProofRejectedError, "signature invalid", source="bind_mac"),
        "9045": Code(ProviderError, "call withdrawn by the vendor; no class fits", source="errors"),
        "9046": Code(
            UnavailableError, "another registration of the device is under way", later=True, source="bind_mac"
        ),
        "9080": Code(SelfShareError, "cannot share to self", source="create_share, accept_share_code"),
        "9081": Code(PermissionDeniedError, "only owner can share", source="create_share"),
        "9082": Code(
            RecipientNotFoundError,
            "not found guest",
            by_operation={"end": ShareNotFoundError},
            over="seen_active",
            source="remove_guest, transfer_ownership",
        ),
        "9083": Code(AlreadySharedError, "guest already bound", source="create_share, accept_share_code"),
        "9084": Code(
            ShareNotFoundError,
            "not found sharing info",
            over="seen_active",
            source="cancel_share, answer_share, inspect_share_code, and 2 more",
        ),
        "9085": Code(NotFoundError, "message not found (inbox)", source="mark_message"),
        "9087": Code(
            AlreadySharedError, "an earlier invite still waits; it is the existing share", source="create_share"
        ),
        "9088": Code(
            ShareEndedError,
            "sharing is expired",
            by_operation={"inspect": ShareEndedError, "accept": ShareEndedError, "end": ShareNotFoundError},
            over="always",
            end_reason=EndReason.OFFER_EXPIRED,
            source="answer_share, inspect_share_code, accept_share_code",
        ),
        "9089": Code(
            ShareEndedError,
            "sharing is completed: answered before, or not pending any more; on end read back before believing",
            by_operation={"accept": ShareEndedError, "end": ConflictError},
            end_reason=EndReason.USED,
            source="cancel_share, answer_share, accept_share_code",
        ),
        "9090": Code(
            ShareEndedError,
            "invalid sharing because of unbinding",
            by_operation={"accept": ShareEndedError, "share": NotBoundError},
            end_reason=EndReason.OWNER_GONE,
            source="create_share, answer_share, accept_share_code",
        ),
        "9092": Code(
            AlreadyBoundError, "the device has an owner; only a share gives access", source="bind_mac, bind_latest"
        ),
        "9093": Code(
            PermissionDeniedError, "only owner can operate", source="list_guests, remove_guest, list_shares, and 2 more"
        ),
        "9094": Code(
            ShareEndedError,
            "sharing already cancelled",
            by_operation={"accept": ShareEndedError, "end": ShareNotFoundError},
            over="always",
            end_reason=EndReason.WITHDRAWN,
            source="cancel_share, answer_share",
        ),
        "9095": Code(InvalidRequestError, "the owner cannot remove himself as a guest", source="remove_guest"),
        "9096": Code(
            PermissionDeniedError,
            "only a guest can check the QR code; the owner used an own one",
            source="inspect_share_code, accept_share_code",
        ),
        "9098": Code(NotFoundError, "message already deleted (inbox)", source="mark_message"),
        "9099": Code(
            UnavailableError,
            "binding notify failed; the guest may be gone",
            outcome=Outcome.UNKNOWN,
            later=True,
            source="remove_guest",
        ),
        "9100": Code(
            PermissionDeniedError, "only self can modify alias (the note on a share)", source="set_share_alias"
        ),
        "9101": Code(PermissionDeniedError, "only the receiver can mark the message (inbox)", source="mark_message"),
        "9999": Code(ProviderError, "reserved", outcome=Outcome.UNKNOWN, source="errors"),
    },
)
