"""What the contract leaves open about this vendor, and the answers its cloud can give.

Each name is a switch: ``cloud.set_guess(name, value)``. The first value is the default.
"""

from __future__ import annotations

from typing import Final

from sharebind.emulator import Guess

GUESSES: Final[tuple[Guess, ...]] = (
    Guess("limits", ("not kept", "kept"), why="how strictly the documented pace is held is unsaid; tests run faster"),
    Guess("over_limit", (412, "HTTP 403"), why="limits.over_limit names both, and not which limit gives which"),
    Guess(
        "error_http_status", (200, 400), why="error_envelope: the HTTP status that goes with an error is not reliable"
    ),
    Guess("bad_signature_code", (401, 400, 407), why="no list of codes says what a wrong signature is told"),
    Guess("unknown_app_code", (407, 401), why="no list of codes says what an app id that nobody knows is told"),
    Guess("expired_token_may_refresh", (True, False), why="refresh_token takes a token: unsaid whether an expired one"),
    Guess(
        "refresh_ends_access_token",
        (True, False),
        why="one app and account hold one token; the old one's fate is unsaid",
    ),
    Guess(
        "used_refresh_token_code", (401, 402), why="refresh_token is not idempotent; the code of a second use is unsaid"
    ),
    Guess("expired_refresh_token_code", (402, 401), why="402 says expired, but of which token is unsaid"),
    Guess("dead_oauth_code", (405, 400), why="oauth_token lists both codes, by inference"),
    Guess("enterprise_oauth", ("all", "subset"), why="unsaid whether OAuth narrows the calls of an enterprise app too"),
    Guess(
        "token_elsewhere",
        (401, 10004),
        why="10004 is documented for signing in; unsaid what a token of another region gets",
    ),
    Guess(
        "login_phone",
        ("either", "with country", "without"),
        why="login: unsaid whether phoneNumber repeats countryCode",
    ),
    Guess(
        "cross_region_share", (30008, 406), why="only said that it fails; 30008 is inferred (stated_reason_for_failure)"
    ),
    Guess(
        "share_with_signed_out",
        ("works", 30008),
        why="the FAQ names an offline shared account as a reason for failure; unsaid what offline means",
    ),
    Guess(
        "share_again", ("replaces", "keeps", 406), why="unverified: replaces permit and comment, does nothing, or fails"
    ),
    Guess("share_list", ("all or nothing", "each by itself"), why="unverified: whether a list is applied as a whole"),
    Guess("share_with_oneself", (406, 400, 30008), why="no code is named for it"),
    Guess("other_share_types", ("refused", "silent"), why="unverified: shareType values other than 1"),
    Guess("recipient_may_share", (False, True), why="unverified: whether a recipient may share further"),
    Guess("cancel_gone", (405, "works"), why="unverified: whether cancelling a share that is gone succeeds"),
    Guess(
        "updated_thing_name",
        ("documented", "updatedThing", "updatedThingList"),
        why="unverified: the name in the reference, or the changelog's for all three calls, or the list for all three",
    ),
    Guess(
        "contacts_shown", ("both", "email", "phone"), why="either may be absent; an account may have but one of them"
    ),
    Guess("received_in", ("current home", "every home"), why="unsaid in which home a received device is listed"),
    Guess("page_begins", ("after", "at"), why="unsaid whether beginIndex itself is on the page"),
    Guess("unpaged_above_30", ("answered", 500), why="above 30 things an unpaged call may time out, shown as 500"),
    Guess("absent_thing", (405, "left out"), why="get_things: unsaid what one unknown thing among others does"),
    Guess("item_type", ("must fit", "ignored"), why="get_things: unsaid what a wrong itemType does"),
    Guess("strange_home_code", (406, 405), why="no code is said for a home or room that is not the caller's"),
    Guess("foreign_device_code", (406, 405), why="no code is said for a device that somebody else owns, or nobody"),
    Guess("bound_elsewhere", (406, "moves"), why="add_device: unsaid what happens to a device of another account"),
    Guess(
        "bound_again", ("works", 406), why="add_device and add_gsm_device: unsaid for a device that one owns already"
    ),
    Guess("unknown_gsm_id", (400, 405), why="add_gsm_device: no code is said for an id that nobody knows"),
    Guess("delete_not_held", (405, 406), why="delete_device lists both"),
    Guess("delete_ends_shares", (True, False), why="unsaid what becomes of the shares of a device that is given up"),
    Guess("recipient_may_rename", (False, True), why="update_device_info: unsaid whether a recipient may"),
    Guess("recipient_reads_history", (True, False), why="device_history: unsaid whether a recipient may"),
    Guess(
        "from_includes", (True, False), why="messages and history: unsaid whether an entry of exactly `from` is listed"
    ),
    Guess("leaving_tells_owner", (False, True), why="unsaid whether an owner finds a message when a recipient leaves"),
)
"""Every guess switch of this cloud."""
