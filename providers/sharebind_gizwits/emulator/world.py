"""The seeded world of this vendor's cloud, and the look-ups that its calls have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import attrs

from sharebind.emulator import Device, Dice, User
from sharebind_gizwits.emulator.calls import Call, RefusalError, Rulebook
from sharebind_gizwits.emulator.guesses import AS_CANCELLED, NOT_AT_ALL
from sharebind_gizwits.emulator.state import (
    ACCEPTED,
    CANCELLED,
    GUEST,
    KEEPERS,
    NORMAL,
    OWNER,
    PENDING,
    SPECIAL,
    Account,
    Binding,
    Message,
    Picture,
    Session,
    Share,
)

PEOPLE: Final = ("owner", "guest", "other")
DEVICES: Final = 12
SEEDED_TOKEN_LIFE: Final = timedelta(days=3650)
ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"
DID_LENGTH: Final = 22
PRODUCT_NAME: Final = "Lamp"
SERVER_ERROR: Final = "9008"
DEVICE_NOT_FOUND: Final = "9014"
NOT_BOUND: Final = "9017"
ONLY_OWNER_CAN_OPERATE: Final = "9093"

SHOWN_BY: Final = {
    "left": "left_share_shows",
    "revoked": "left_share_shows",
    "superseded": "left_share_shows",
    "owner_gone": "owner_unbind_shows",
    "use_expired": "use_end_shows",
}
"""Which guess says what list_shares shows of a share that ended without a call for this share."""


class World:
    """Hold the state of the cloud; `guess` gives its answers to what the contract leaves open."""

    def __init__(self, seed: int, now: datetime, rules: Rulebook, guess: Callable[[str], str | int | bool]) -> None:
        self.dice = Dice(seed)
        self.rules = rules
        self.guess = guess
        self.app = {
            "app_id": self.dice.hex(32),
            "app_secret": self.dice.hex(32),
            "product_key": self.dice.hex(32),
            "product_secret": self.dice.hex(32),
        }
        self.sharing_on = True
        self.accounts: list[Account] = []
        self.sessions: dict[str, Session] = {}
        self.devices: dict[str, Device] = {}
        self.passcodes: dict[str, str] = {}
        self.bindings: dict[tuple[str, str], Binding] = {}
        self.shares: list[Share] = []
        self.messages: list[Message] = []
        self.broken: set[str] = set()
        self.made_shares = 0
        for number, name in enumerate(PEOPLE, start=1):
            account = self.add_account(name, f"{name}@example.com", f"1380000{number:04}")
            account.user.password = f"Pass{self.dice.digits(6)}"
            account.user.token = self.open_session(account, now + SEEDED_TOKEN_LIFE)
        for _ in range(DEVICES):
            self.add_device()

    def add_account(self, name: str, email: str, phone: str) -> Account:
        """Register somebody, without a password and a token."""
        user = User(
            name=name,
            user_id=self.dice.hex(32),
            email=email,
            phone={"country": "86", "number": phone},
            password="",
            token="",
        )
        self.accounts.append(Account(user))
        return self.accounts[-1]

    def add_device(self) -> Device:
        """Make a device that nobody has bound; this vendor names it by its did alone."""
        proof = {
            "product_key": self.app["product_key"],
            "mac": self.dice.hex(12).upper(),
            "qr_content": self.dice.text(ALPHABET, 48),
        }
        device = Device("", self.dice.text(ALPHABET, DID_LENGTH), proof)
        self.devices[device.device] = device
        self.passcodes[device.device] = self.dice.text(ALPHABET, 10)
        return device

    def open_session(self, account: Account, ends_at: datetime) -> str:
        """Make a token; earlier ones stay good (contract: auth.old_token_after_login)."""
        token = self.dice.hex(32)
        self.sessions[token] = Session(account, ends_at)
        return token

    def picture(self) -> Picture:
        """Return a copy of what lists read and calls change; people stay the same objects."""
        bindings = {key: attrs.evolve(each, labels=list(each.labels)) for key, each in self.bindings.items()}
        shares = [attrs.evolve(share, notes=dict(share.notes)) for share in self.shares]
        return Picture(bindings, shares, [attrs.evolve(message) for message in self.messages])

    def show(self, picture: Picture) -> None:
        """Take a picture for the present."""
        self.bindings, self.shares, self.messages = picture.bindings, picture.shares, picture.messages

    def account_of(self, uid: str) -> Account | None:
        """Return the account with that uid."""
        return next((account for account in self.accounts if account.id == uid), None)

    def account_named(self, name: str) -> Account:
        """Return the account of that person; raise LookupError when there is none."""
        for account in self.accounts:
            if account.user.name == name:
                return account
        raise LookupError(f"nobody is called {name!r}")

    def account_by_name(self, name: str) -> Account | None:
        """Return the account with that user name or e-mail address."""
        return next((each for each in self.accounts if name in {each.username, each.user.email}), None)

    def account_by_phone(self, phone: str) -> Account | None:
        """Return the account with that phone, written as the guess allows."""
        prefixes = ("", "{country}", "+{country}") if self.guess("phone_written") == "any" else ("",)
        for account in self.accounts:
            if phone in {prefix.format(**account.user.phone) + account.phone for prefix in prefixes}:
                return account
        return None

    def check_device(self, did: str) -> None:
        """Refuse a did that nobody knows."""
        if did not in self.devices:
            raise RefusalError(DEVICE_NOT_FOUND)

    def binding(self, did: str, account: Account | None, now: datetime) -> Binding | None:
        """Return how somebody holds a device now."""
        found = self.bindings.get((did, account.id)) if account else None
        return found if found is not None and found.is_alive(now) else None

    def holders(self, did: str, now: datetime, *roles: str) -> list[Binding]:
        """Return who holds a device now, in one of the roles when some are named, the oldest first."""
        held = [each for each in self.bindings.values() if each.did == did and each.is_alive(now)]
        return [each for each in held if not roles or each.role in roles]

    def keeper(self, did: str, now: datetime) -> Binding | None:
        """Return the special user or the owner of a device."""
        return next(iter(self.holders(did, now, *KEEPERS)), None)

    def owned(self, did: str, call: Call) -> Binding:
        """Return the caller's binding as the owner, or refuse."""
        self.check_device(did)
        binding = self.binding(did, call.caller, call.now)
        if binding is None or binding.role != OWNER:
            raise RefusalError(ONLY_OWNER_CAN_OPERATE)
        return binding

    def check_lister(self, did: str, call: Call) -> None:
        """Refuse who may not list what comes of a device: everybody but its owner, the special user by a guess."""
        self.check_device(did)
        binding = self.binding(did, call.caller, call.now)
        may = KEEPERS if self.guess("lists_by_special") == "answer" else {OWNER}
        if binding is None or binding.role not in may:
            raise RefusalError(ONLY_OWNER_CAN_OPERATE)

    def bind(self, did: str, account: Account, role: str, now: datetime, until: datetime | None = None) -> Binding:
        """Give somebody a device."""
        binding = Binding(did, account, role, now, until)
        self.bindings.pop((did, account.id), None)  # one that ran out would keep its old place in the order
        self.bindings[did, account.id] = binding
        return binding

    def alias_of(self, share: Share, now: datetime) -> str:
        """Return what the sharer calls the device."""
        binding = self.binding(share.did, share.sharer, now)
        return binding.alias if binding else ""

    def claim(self, binding: Binding, now: datetime) -> None:
        """Make the special user the owner, and every normal user a guest (quirk invite_changes_other_users)."""
        binding.role = OWNER
        for each in self.holders(binding.did, now, NORMAL):
            each.role = GUEST

    def release(self, binding: Binding, now: datetime) -> None:
        """Take a device from whoever gives it up, with what follows for the others (contract: unbind)."""
        del self.bindings[binding.did, binding.account.id]
        if binding.role == OWNER:
            for share in self.shares:
                if share.did == binding.did and share.state_at(now)[0] != "ended":
                    share.end("owner_gone", now)
            for each in self.holders(binding.did, now):
                del self.bindings[each.did, each.account.id]
        elif binding.role == SPECIAL:
            for heir in self.holders(binding.did, now, NORMAL)[:1]:
                heir.role = SPECIAL

    def drop_guest(self, did: str, guest: Account, reason: str, now: datetime) -> None:
        """Take a device from a guest and end the share that gave it, whether or not one did."""
        self.bindings.pop((did, guest.id), None)
        for share in self.shares:
            if share.did == did and share.recipient is guest and share.state_at(now)[0] == "active":
                share.end(reason, now)

    def status_of(self, share: Share, now: datetime) -> int | None:
        """Return the status that a share's record shows, None when the record is gone (quirk expiry_is_not_a_status).

        What ended by a cancellation or an answer says so itself; for the rest a guess decides.
        """
        reason = share.state_at(now)[1]
        if share.status not in {PENDING, ACCEPTED} or reason not in SHOWN_BY:
            return share.status
        shown = self.guess(SHOWN_BY[reason])
        if shown == NOT_AT_ALL:
            return None
        return CANCELLED if shown == AS_CANCELLED else share.status

    def next_share_number(self) -> int:
        """Return the id of the next share's record."""
        self.made_shares += 1
        return self.made_shares

    def post(self, receiver: Account, content: str, now: datetime) -> None:
        """Put a message about a share into somebody's inbox."""
        self.messages.append(Message(self.dice.hex(24), receiver, content, now, now))
