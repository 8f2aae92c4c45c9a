"""What Quectel's documents leave open, and how this cloud answers it unless told otherwise.

Each name is a switch: ``cloud.set_guess(name, value)``. The first value is the default.
"""

from __future__ import annotations

from typing import Final

from sharebind.emulator import Guess

GUESSES: Final = (
    Guess(
        "invite_acceptance",
        ("active at once", "must be accepted"),
        why="shareByUid: no page says whether the invitee still has to accept",
    ),
    Guess("invite_returns_code", (True, False), why="shareByUid: data is a string of unsaid meaning, by type the code"),
    Guess("open_codes_listed", (True, False), why="deviceShareUserList: unsaid whether codes nobody took are listed"),
    Guess("ended_shares_listed", (False, True), why="deviceShareUserList: deleteTime exists, its entries are unsaid"),
    Guess("code_uses", ("one", "many"), why="shareDevice: unsaid whether several users may accept one code"),
    Guess("dead_code_on_accept", (5137, 5142), why="shareDevice lists 5137 only; 5142 means a lapsed share elsewhere"),
    Guess("accepting_again", (5049, 5137), why="shareDevice: unsaid what the holder of a used code is told"),
    Guess(
        "second_share_for_holder",
        ("refused", "added"),
        why="coverMark 2 lets shares coexist; unsaid whether two of one recipient do (refused: 5049)",
    ),
    Guess("owner_unbind_ends_shares", (True, False), why="unbundlingDeviceDk: the effect on shares is not documented"),
    Guess("replace_ends", ("all", "open codes"), why="coverMark 1: unsaid whether accepted shares end too"),
    Guess(
        "extend_covers",
        ("recipient", "device"),
        why="coverMark 3: unsaid whose shares it replaces: the recipient's and codes nobody took, or all of the device",
    ),
    Guess("unknown_invitee", (5033, 5134), why="shareByUid lists no code for a person whom nobody knows"),
    Guess("past_timestamp", (5145, "taken"), why="unsaid whether a moment that is over counts as malformed"),
    Guess("set_time_on_open_codes", (True, False), why="setShareTime: unsaid whether it works before acceptance"),
    Guess(
        "share_status_numbers",
        ("1 open 2 active 3 ended", "0 open 1 active 2 ended", "null"),
        why="shareStatus: values not documented",
    ),
    Guess("share_times", ("numbers", "strings"), why="ShareEntry times: numbers on the page, strings in SDK models"),
    Guess("verified_as", ("number", "string"), why="verified: a string on the page, a number in the guide's sample"),
    Guess(
        "binds_verified",
        (True, False),
        why="verified 0 is said for Bluetooth only; unsaid whether binding by key or serial, without a code, leaves it",
    ),
    Guess(
        "wrong_bluetooth_code",
        (5213, "bound unverified"),
        why="deviceBindingByPureBt: unsaid whether a wrong code is refused, or bound with verified 0",
    ),
    Guess("bluetooth_signature_code", (5421, 5420), why="deviceBindingByPureBt lists no code for a wrong signature"),
    Guess(
        "code_shows_device",
        (False, True),
        why="deviceInfo: its share code is for the recipient; unsaid whether it answers before the code is taken",
    ),
    Guess(
        "unique_taken_code", (5412, 5049), why="a unique product that is taken answers either, says the product page"
    ),
    Guess("name_limit", (64, 32, 256), why="5333 refuses long names; the limit is not documented"),
    Guess("home_mode", (False, True), why="an app's setting; its homes come from calls outside this contract"),
    Guess("refresh_ends_old", (False, True), why="refreshToken: unsaid whether the old refresh token stays valid"),
    Guess("logout_ends_token", (True, False), why="userLogout: unsaid whether the token is refused from then on"),
    Guess("http_status_of_refusals", (200, 400), why="the HTTP status of business errors is not documented"),
)
