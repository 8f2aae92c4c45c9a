"""What the contract leaves open about this vendor, and the answers its cloud can give."""

from __future__ import annotations

from typing import Final

from sharebind.emulator import Guess

VALUE_WRONG: Final = "InvalidParameterValue"
USER_UNKNOWN: Final = "InvalidParameterValue.ErrorUserNotExists"

GUESSES: Final[tuple[Guess, ...]] = (
    Guess(
        "envelope",
        ("by_cmd", "documented", "wire", "both"),
        why="the pages show Response, every client reads code, msg and data; "
        "by_cmd sends those when the query has cmd; both sends all at once, for either reader, as no page forbids it",
    ),
    Guess("id_spelling", ("UserID", "UserId"), why="recorded payloads write UserID and MsgID, the pages UserId, MsgId"),
    Guess("unsure_results_at", ("sample", "top"), why="some samples nest in Data or data what clients read at the top"),
    Guess("room_list_key", ("RoomList", "Roomlist"), why="the room page says RoomList, the structure page Roomlist"),
    Guess("page_limits", ("soft", "hard"), why="clients ask for 999 and more where the pages allow 50 or 100"),
    Guess("unsent_limit", ("all", "default"), why="iOS leaves Limit out when it wants everything, a page says 10"),
    Guess("message_order", ("newest_first", "oldest_first"), why="no page gives the order of AppGetMessages"),
    Guess("access_token_ttl_s", (2_592_000, 86_400), why="the life of a token is read from ExpireAt, never stated"),
    Guess(
        "login_failure", ("nested", "direct"), why="a sample nests UserLoginFailed in InternalError, the list does not"
    ),
    Guess(
        "bad_signature_code",
        (VALUE_WRONG, "AuthFailure.SignatureFailure"),
        why="the related service API answers the first, Cloud API 3.0 the second",
    ),
    Guess(
        "unknown_app_code",
        ("InvalidParameterValue.InvalidAppKey", VALUE_WRONG),
        why="only Cloud API 3.0 lists a code for an AppKey that nobody knows",
    ),
    Guess(
        "timestamp_window_s", (0, 300), why="no page bounds Timestamp (0 checks nothing); Cloud API 3.0 allows 300 s"
    ),
    Guess("find_unknown_user_code", (USER_UNKNOWN, VALUE_WRONG), why="AppFindUser has no page, its text is observed"),
    Guess("invite_unknown_user_code", (VALUE_WRONG, USER_UNKNOWN), why="the invite's list names no code for it"),
    Guess("share_token_ttl_s", (86_400, 604_800), why="24 hours were observed, the documentation sample shows 7 days"),
    Guess("invite_ttl_s", (86_400, 604_800), why="the life of an invite is nowhere stated"),
    Guess("used_token_expires", (False, True), why="nobody says whether an accepted token can be described for ever"),
    Guess(
        "already_bound_code",
        ("InvalidParameterValue.DeviceBinded", "InvalidParameterValue.DeviecBinded"),
        why="the failure sample spells the first, the error table the second",
    ),
    Guess("repeat_accept", ("bound", "used"), why="either the device or the token is what the vendor looks at first"),
    Guess("shared_devices_per_user", (0, 1, 2), why="UserBindExceedLimit exists, its number does not; 0 is no limit"),
    Guess(
        "users_per_shared_device", (0, 1, 2), why="DeviceShareExceedLimit exists, its number does not; 0 is no limit"
    ),
    Guess("recipient_may_share_on", (False, True), why="no page says whether a recipient may share"),
    Guess(
        "list_users_by_others",
        (VALUE_WRONG, "InvalidParameterValue.NoPermission", "answer"),
        why="AppListShareDeviceUsers names no code for a caller who is not the owner",
    ),
    Guess("share_result_to", ("owner", "recipient", "both"), why="who receives message 300 is not stated"),
    Guess("owner_unbind_ends_shares", (True, False), why="the fate of shares is undocumented"),
    Guess(
        "unbind_unknown_code",
        (VALUE_WRONG, "InvalidParameterValue.AppDeviceNotExist", "OK"),
        why="AppDeleteDeviceInFamily names no code for a device that is not in the home",
    ),
    Guess("bound_elsewhere", ("refuse", "move"), why="no action says what happens to a device that is bound already"),
    Guess("pairing_token_ttl_s", (600, 60), why="a pairing token expires, after a time that no page gives"),
    Guess("pairing_usable_after_s", (0, 5), why="the emulated device takes that long to hand over its pairing token"),
    Guess(
        "pairing_state_names_device",
        (True, False),
        why="that the state names the device was observed, the page does not have it",
    ),
    Guess(
        "pairing_token_fits", ("any_device", "reported_device"), why="the code for a token that does not fit is cut off"
    ),
)
"""Every guess switch of this cloud; the first value is the default."""
