"""Making, taking, changing, ending and listing shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from sharebind.emulator import User
from sharebind_quectel.emulator.call import Call, Desk, Handler, Refusal
from sharebind_quectel.emulator.world import ADD, EXTEND, REPLACE, Binding, Share, ended

DAY: Final = 86_400_000
COVERS: Final = {REPLACE, ADD, EXTEND}


class Shares:
    """Answer the calls of the group share."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._world = desk.world

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each call."""
        return {
            "shareInfo": self.make_code,
            "shareByUid": self.invite,
            "shareDevice": self.accept,
            "setShareTime": self.set_time,
            "ownerUserUnshareDevice": self.revoke,
            "shareUserUnshareDevice": self.give_back,
            "changeShareDeviceName": self.rename,
            "deviceShareUserList": self.list_shares,
        }

    def add_guest(self, product: str, device: str) -> User:
        """Let somebody made up hold a device through its first owner's share."""
        binding = next(
            (each for (_, pk, dk), each in self._world.bindings.items() if (pk, dk) == (product, device)), None
        )
        if binding is None:
            raise LookupError(f"nobody has bound {product}/{device}")
        guest, now = self._world.stranger(), self._desk.now()
        share = Share(
            number=self._world.next_number(),
            code=self._world.new_code(binding.uid),
            unit=binding.unit,
            owner=binding.uid,
            cover=ADD,
            made=now,
            updated=now,
            accept_by=now + DAY,
            recipient=guest.user_id,
            accepted=now,
            name=binding.name,
        )
        self._world.shares.append(share)
        return guest

    def make_code(self, call: Call) -> object:
        """Make a share code that somebody may take until acceptingExpireAt."""
        share = self._new(call, accept_by=call.number("acceptingExpireAt"))
        self._replace(share)
        self._world.shares.append(share)
        return share.code

    def invite(self, call: Call) -> object:
        """Share with a named user; whether they still have to accept is a guess."""
        share = self._new(call, accept_by=None)
        invitee = self._invitee(call)
        share.recipient = invitee.user_id
        if self._desk.guess("invite_acceptance") == "active at once":
            superseded = self._check_recipient(share, invitee.user_id)
            self._replace(share)
            ended(superseded, share.made, "superseded")
            share.accepted = share.made
        else:
            self._replace(share)
        self._world.shares.append(share)
        return share.code if self._desk.guess("invite_returns_code") else ""

    def _new(self, call: Call, *, accept_by: int | None) -> Share:
        """Judge the wish and return the share that would be made of it."""
        cover = call.number("coverMark")
        if cover is not None and cover not in COVERS:
            raise Refusal(5133)
        binding = self._world.binding(call.uid, call.text("pk"), call.text("dk"))
        if binding is None:
            raise Refusal(5135)
        now, use_until = self._desk.now(), call.number("sharingExpireAt")
        self._check_shareable(binding)
        self._desk.check_moment(accept_by, now)
        self._desk.check_moment(use_until, now)
        if accept_by is not None and use_until is not None and use_until <= accept_by:
            raise Refusal(5153)
        return Share(
            number=self._world.next_number(),
            code=self._world.new_code(call.uid),
            unit=binding.unit,
            owner=call.uid,
            cover=REPLACE if cover is None else cover,
            made=now,
            updated=now,
            accept_by=accept_by,
            use_until=use_until,
            name=binding.name,
            auth_key=call.text("authKey") or None,
        )

    def _check_shareable(self, binding: Binding) -> None:
        if not binding.unit.product.shareable:
            raise Refusal(5411)
        if not binding.verified:
            raise Refusal(5360)

    def _invitee(self, call: Call) -> User:
        """Return whom the call names; an owner who names himself is told 5139, the nearest of the general list."""
        found = self._desk.find_user(uid=call.text("shareUid"), email=call.text("email"), phone=call.text("phone"))
        if found is None:
            raise self._desk.refuse_by("unknown_invitee")
        if found.user_id == call.uid:
            raise Refusal(5139)
        return found

    def _replace(self, share: Share) -> None:
        """End what coverMark 1 replaces: the owner's earlier valid shares of the device, or its open codes only."""
        if share.cover != REPLACE:
            return
        earlier = self._world.given(share.owner, share.unit)
        if self._desk.guess("replace_ends") == "open codes":
            earlier = [each for each in earlier if each.accepted is None]
        ended(earlier, share.made, "superseded")

    def _check_recipient(self, share: Share, uid: str) -> list[Share]:
        """Refuse who may not get the share, and return those of theirs that it takes the place of.

        coverMark 3 is judged here, which is when the code is taken (contract: extension_is_judged_at_acceptance).
        """
        if self._world.binding(uid, share.unit.product.pk, share.unit.dk):
            raise Refusal(5049)
        held = self._world.held(uid, share.unit, self._desk.now())
        if share.cover == EXTEND:
            return self._outlived(share, uid, held)
        if not held:
            return []
        if share.cover == ADD:
            if self._desk.guess("second_share_for_holder") == "refused":
                raise Refusal(5049)
            return []
        return held

    def _outlived(self, share: Share, uid: str, held: list[Share]) -> list[Share]:
        """Return the live shares whose use the new one outlives, or refuse when one in use is not outlived.

        Of the owner's other shares of the device, those that count are a guess; of codes that wait, the earlier ones.
        """
        now, whole = self._desk.now(), self._desk.guess("extend_covers") == "device"
        rivals = held + [
            each
            for each in self._world.given(share.owner, share.unit)
            if each not in held
            and each.is_live(now)
            and each.code != share.code
            and (whole or each.accepted is None)
            and (whole or each.recipient in {None, uid})
            and (each.accepted is not None or each.number < share.number)
        ]
        if any(each.is_active(now) and not share.outlives(each) for each in rivals):
            raise Refusal(5151)
        return [each for each in rivals if share.outlives(each)]

    def accept(self, call: Call) -> object:
        """Take a code; no device comes back (contract: accept_returns_no_device)."""
        self._desk.check_name(call.text("deviceName"))
        share, now = self._open_code(call), self._desk.now()
        superseded = self._check_recipient(share, call.uid)
        if self._desk.guess("code_uses") == "many" and share.accept_by is not None:
            share = attrs.evolve(share, number=self._world.next_number())
            self._world.shares.append(share)
        ended(superseded, now, "superseded")
        share.recipient, share.accepted, share.updated = call.uid, now, now
        share.name = call.text("deviceName") or share.name
        return None

    def _open_code(self, call: Call) -> Share:
        """Return the share under a code that the caller may take."""
        now, shares = self._desk.now(), self._world.with_code(call.text("shareCode"))
        if not shares:
            raise Refusal(5137)
        if shares[0].owner == call.uid:
            raise Refusal(5139)
        if any(share.recipient == call.uid and share.is_active(now) for share in shares):
            raise self._desk.refuse_by("accepting_again")
        for share in shares:
            if share.state_at(now)[0] == "offered":
                if share.recipient not in {None, call.uid}:
                    raise Refusal(5138)
                return share
        raise self._desk.refuse_by("dead_code_on_accept")

    def set_time(self, call: Call) -> object:
        """Change the end of use; 5142 for a dead code is not listed here and taken from its neighbours."""
        until, now = call.number("sharingExpireAt"), self._desk.now()
        shares = self._as_owner(call)
        self._desk.check_moment(until, now)
        if not self._desk.guess("set_time_on_open_codes") and any(share.accepted is None for share in shares):
            raise Refusal(5041)
        for share in shares:
            share.use_until, share.updated = until, now
        return None

    def revoke(self, call: Call) -> object:
        """End a share, or withdraw a code, as its owner."""
        now = self._desk.now()
        for share in self._as_owner(call):
            share.end(now, "withdrawn" if share.accepted is None else "revoked")
        return None

    def _as_owner(self, call: Call) -> list[Share]:
        """Return the caller's live shares under a code."""
        shares, now = self._world.with_code(call.text("shareCode")), self._desk.now()
        if any(share.owner != call.uid for share in shares):
            raise Refusal(5041)
        live = [share for share in shares if share.is_live(now)]
        if not live:
            raise Refusal(5142)
        return live

    def give_back(self, call: Call) -> object:
        """End a share as its recipient."""
        self._as_recipient(call).end(self._desk.now(), "left")
        return None

    def rename(self, call: Call) -> object:
        """Rename a received device for the caller alone."""
        share = self._as_recipient(call)
        self._desk.check_name(call.text("deviceName"))
        share.name, share.updated = call.text("deviceName"), self._desk.now()
        return None

    def _as_recipient(self, call: Call) -> Share:
        """Return the share that the caller holds by a code; one that nobody took is nobody's to give back."""
        shares, now = self._world.with_code(call.text("shareCode")), self._desk.now()
        mine = [share for share in shares if share.recipient == call.uid and share.accepted is not None]
        for share in mine:
            if share.is_active(now):
                return share
        if shares and not mine:
            raise Refusal(5041)
        raise Refusal(5142)

    def list_shares(self, call: Call) -> object:
        """List the shares that the caller gave of a device; which kinds are listed is a guess."""
        if (call.text("pk"), call.text("dk")) in self._world.broken:
            raise Refusal(5000)
        binding = self._world.binding(call.uid, call.text("pk"), call.text("dk"))
        if binding is None:
            raise Refusal(5141)
        now = self._desk.now()
        listed = {
            "active": True,
            "offered": self._desk.guess("open_codes_listed"),
            "ended": self._desk.guess("ended_shares_listed"),
        }
        return [
            self._desk.rendering.share_entry(share, now)
            for share in self._world.given(call.uid, binding.unit)
            if listed[share.state_at(now)[0]]
        ]
