"""What each of eWeLink's codes means for a caller.

One row per code of the vendor's sign-in, device, home and share families. ``source`` names the entries of the vendor's
contract that list the code, by inference where its table of errors is general. No code was tried against a live server.
"""

from __future__ import annotations

from typing import Final

import attrs

from sharebind.provider import (
    AlreadyBoundError,
    Code,
    Codes,
    ConflictError,
    DeviceNotFoundError,
    DeviceNotReadyError,
    InvalidRequestError,
    NotBoundError,
    NotEntitledError,
    NotFoundError,
    Outcome,
    PermissionDeniedError,
    ProofRejectedError,
    QuotaExceededError,
    RecipientNotFoundError,
    ShareNotFoundError,
    SignInError,
    UnavailableError,
    WrongRegionError,
)

PROVIDER: Final = "ewelink"
EVICTED: Final = "401"
ABSENT: Final = "405"
WRONG_REGION: Final = "10004"

_EVICTION: Final = Code(
    SignInError,
    "the token is not accepted any more, mostly because another sign-in with this app and account has ended the "
    "session, else because it is of another region; let all processes share one TokenStore, open the account anew to "
    "take the session back, or set take_over where it holds what it takes to sign in",
    evicted=True,
    source="errors; every call with a token; quirk session_eviction",
)

CODES: Final = Codes(
    PROVIDER,
    {
        "400": Code(InvalidRequestError, "parameter missing or wrong", source="errors"),
        EVICTED: _EVICTION,
        "402": Code(SignInError, "access token expired", renew=True, source="errors; every call with a token"),
        "403": Code(
            InvalidRequestError,
            "unknown path; the adapter's own mistake, or the vendor changed",
            source="errors; quirk http_403_means_two_things",
        ),
        ABSENT: Code(
            NotFoundError,
            "what was named is not there",
            by_operation={
                "sign_in": SignInError,
                "share": DeviceNotFoundError,
                "end": ShareNotFoundError,
                "change": ShareNotFoundError,
                "unbind": NotBoundError,
                "rename": DeviceNotFoundError,
                "bindings": DeviceNotFoundError,
            },
            over="seen_active",
            source="errors; get_things, delete_device, update_device_info, and the share calls",
        ),
        "406": Code(PermissionDeniedError, "no permission for the action or the resource", source="errors"),
        "407": Code(NotEntitledError, "the app may not do that", source="errors; quirk oauth_cannot_share"),
        "412": Code(QuotaExceededError, "the quota of calls is spent", source="errors; limits.over_limit"),
        "500": Code(
            UnavailableError, "internal server error", outcome=Outcome.UNKNOWN, later=True, source="errors; list_things"
        ),
        "4002": Code(DeviceNotReadyError, "the device is offline", source="errors"),
        "10001": Code(SignInError, "wrong password", source="login"),
        "10003": Code(
            RecipientNotFoundError,
            "the user does not exist",
            by_operation={"sign_in": SignInError},
            source="login",
        ),
        WRONG_REGION: Code(
            WrongRegionError, "the account lives in another region", source="login; quirk region_moves_the_host"
        ),
        "20001": Code(
            UnavailableError,
            "the first home could not be created",
            outcome=Outcome.UNKNOWN,
            later=True,
            source="errors",
        ),
        "20002": Code(QuotaExceededError, "too many homes or rooms for the plan", source="errors"),
        "20003": Code(ConflictError, "the only home cannot be deleted", source="errors"),
        "30003": Code(
            UnavailableError,
            "the GSM device could not be told to leave its temporary connection",
            outcome=Outcome.UNKNOWN,
            later=True,
            source="add_gsm_device",
        ),
        "30007": Code(AlreadyBoundError, "the GSM device was added by another user", source="add_gsm_device"),
        "30008": Code(
            RecipientNotFoundError,
            "the recipient does not exist here; an account in another region, or one that is offline, "
            "may look the same, and no other host helps",
            source="share_devices; quirks sharing_stays_in_one_region, stated_reason_for_failure",
        ),
        "30009": Code(QuotaExceededError, "too many groups for the plan", source="errors"),
        "30010": Code(InvalidRequestError, "the device's id is malformed", source="add_device"),
        "30011": Code(DeviceNotFoundError, "no factory data of the device", source="add_device"),
        "30012": Code(DeviceNotFoundError, "no extra field in the factory data", source="add_device"),
        "30013": Code(DeviceNotFoundError, "no brand in the factory data", source="add_device"),
        "30014": Code(InvalidRequestError, "the chip's id is wrong", source="add_device"),
        "30015": Code(ProofRejectedError, "the digest is wrong", source="add_device"),
        "30016": Code(NotEntitledError, "the app is not known where devices are added", source="add_device"),
        "30017": Code(
            NotEntitledError, "the app may not add devices of this brand", source="add_device, add_gsm_device"
        ),
        "30018": Code(DeviceNotFoundError, "no device with this id", source="delete_device, share_devices"),
        "30019": Code(DeviceNotFoundError, "no product model in the factory data", source="add_device"),
        "30022": Code(DeviceNotReadyError, "the device is offline", source="errors"),
    },
)

CODES_TAKING_OVER: Final = attrs.evolve(
    CODES, rows={**CODES.rows, EVICTED: attrs.evolve(_EVICTION, evicted=False, renew=True)}
)
"""The same for an account that signs in again when it was evicted."""
