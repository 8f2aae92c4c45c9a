"""What the contract leaves open about this vendor, and the answers its cloud can give."""

from __future__ import annotations

from typing import Final

from sharebind.emulator import Guess

AS_CANCELLED: Final = "cancelled"
AS_IT_WAS: Final = "unchanged"
NOT_AT_ALL: Final = "vanishes"

GUESSES: Final[tuple[Guess, ...]] = (
    Guess(
        "unlisted_http_status",
        (400, 200, 403),
        why="no page gives the HTTP status of 9080 to 9101 and 9999; the call /errors would",
    ),
    Guess("error_code_written", ("number", "text"), why="the older edition shows error_code as a text"),
    Guess(
        "empty_answer",
        ("null", "object", "nothing"),
        why="what the body of a call is that returns nothing is not shown",
    ),
    Guess("requests_per_minute", (0, 5), why="9041 exists, its limits do not; 0 is no limit"),
    Guess("list_order", ("newest_first", "oldest_first"), why="no page gives the order of shares and messages"),
    Guess("bindings_page_default", (20, 10), why="only list_shares states how long a page is without limit"),
    Guess("largest_page", (0, 10), why="no page bounds limit; a larger one is cut to this, 0 cuts nothing"),
    Guess("phone_written", ("any", "national"), why="with or without its country, a phone is one text here"),
    Guess(
        "first_binder_role",
        ("special", "owner"),
        why="who binds first without set_owner is called both special and owner while sharing is on",
    ),
    Guess("late_claim", ("normal", "9092"), why="what set_owner does while a special user holds the device is open"),
    Guess("repeat_bind", ("succeeds", "9092", "9083"), why="nobody says what binding again does to who holds it"),
    Guess(
        "unbind_unbound", ("failed", "9017"), why="failed and 9017 both say it; the code only if nothing was unbound"
    ),
    Guess(
        "owner_unbind_shows",
        (AS_CANCELLED, AS_IT_WAS, NOT_AT_ALL),
        why="what status a share has after its owner unbound is open; answering it is 9090",
    ),
    Guess(
        "left_share_shows",
        (AS_CANCELLED, AS_IT_WAS, NOT_AT_ALL),
        why="what list_shares shows of a guest who left, was removed or became the owner is open",
    ),
    Guess(
        "use_end_shows",
        (AS_CANCELLED, AS_IT_WAS, NOT_AT_ALL),
        why="what becomes of a share at the end of duration is open; here the guest loses the device without a message",
    ),
    Guess("sharing_off_code", ("9039", "9081"), why="a product without sharing switched on has no code of its own"),
    Guess("unheld_share_code", ("9081", "9090"), why="sharing what one does not hold: not the owner, or unbound"),
    Guess("qr_admits", ("one", "many"), why="whether a QR code admits more than one guest is open"),
    Guess("unknown_code_code", ("9084", "9010"), why="inspecting lists both; 9010 is documented for other codes"),
    Guess("expired_code_code", ("9088", "9009"), why="inspecting lists both; 9009 is documented for other codes"),
    Guess("own_code_code", ("9080", "9096"), why="accepting lists both for an owner with a code of his own"),
    Guess(
        "expired_at_when_accepted",
        ("unchanged", "end_of_use", "null"),
        why="the docs do not say whether expired_at becomes the end of use; without duration it stays",
    ),
    Guess(
        "uid_of_pending_invite",
        ("recipient", "empty", "null"),
        why="which uid the owner sees before a name, e-mail or phone that he invited has accepted is open",
    ),
    Guess("pending_qr_listed", (False, True), why="a QR share is made without an id, so it may not be in list_shares"),
    Guess("accepted_qr_listed", (True, False), why="rows have a type, yet only list_guests is sure to show QR guests"),
    Guess("cancel_qr_code", ("9084", "9089"), why="a QR share cannot be cancelled; no page says which code tells so"),
    Guess("cancel_expired", ("cancels", "9088"), why="expired is no status, so a late withdrawal may go through"),
    Guess(
        "lists_by_special",
        ("answer", "9093"),
        why="whether guests and shares of a device are listed to who never shared",
    ),
    Guess("remove_without_uid", ("9015", "all_guests"), why="uid is optional, and nothing says what its lack means"),
    Guess("alias_by", ("either", "sharer"), why="9100 allows a note to `self` alone, and does not say who that is"),
    Guess(
        "shares_after_transfer",
        ("move", "void"),
        why="whether the former owner's shares become the new one's, or end while their guests stay, is open",
    ),
    Guess("deleted_messages_listed", (False, True), why="deleted is a status, so a deleted message may be listed"),
)
"""Every guess switch of this cloud; the first value is the default."""
