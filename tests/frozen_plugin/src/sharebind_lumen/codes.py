"""Lumen's codes, and what each means for a caller."""

import sharebind.provider as sb

PROVIDER = "lumen"

CODES = sb.Codes(
    PROVIDER,
    {
        "bad_token": sb.Code(sb.SignInError, "the token is not accepted"),
        "bad_parameter": sb.Code(sb.InvalidRequestError, "a field is missing or wrong"),
        "no_device": sb.Code(sb.DeviceNotFoundError, "there is no such device"),
        "wrong_pin": sb.Code(sb.ProofRejectedError, "that is not the PIN of the device"),
        "bound_already": sb.Code(sb.AlreadyBoundError, "somebody holds the device"),
        "not_owner": sb.Code(sb.NotBoundError, "the caller does not own the device"),
        "no_share": sb.Code(sb.ShareNotFoundError, "the caller has no such code or share"),
        "has_it": sb.Code(sb.AlreadySharedError, "the caller can use the device already"),
        "code_over": sb.Code(sb.ShareEndedError, "the code was used or withdrawn, or its time is up"),
    },
)
ENVELOPE = sb.Envelope(CODES, flag="ok", data="data", code="error.code", message="error.message")
