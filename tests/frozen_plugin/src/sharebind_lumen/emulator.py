"""Lumen's cloud as a local server, written from the vendor's documents alone."""

from typing import Any

import attrs
from sharebind.emulator import Answer, Call, Dice, RefusalError, RoutedCloud, route

OF_DEVICES = frozenset({"bad_token", "bad_parameter", "no_device", "not_owner", "wrong_pin", "bound_already"})


@attrs.define
class Lent:
    share: str
    device: str
    owner: str
    code: str
    until: int | None
    guest: str | None = None
    ended: bool = False


class LumenCloud(RoutedCloud):
    provider = "lumen"
    CODES = OF_DEVICES | {"no_share", "has_it", "code_over"}
    TOKEN_HEADER = "X-Lumen-Token"

    def reset(self) -> None:
        super().reset()
        self.owners: dict[str, str] = {}
        self.lent: list[Lent] = []

    def proof(self, dice: Dice) -> dict[str, str]:
        return {"pin": dice.digits(6)}

    def success(self, data: object) -> Answer:
        return Answer(body={"ok": True, "data": data})

    def refusal(self, code: str, message: str) -> Answer:
        return Answer(body={"ok": False, "error": {"code": code, "message": message}})

    def holdings(self) -> list[dict[str, str]]:
        own = [{"device": device, "user_id": owner, "role": "owner"} for device, owner in self.owners.items()]
        taken = [each for each in self.lent if each.guest is not None and self._state(each) == "taken"]
        return own + [{"device": e.device, "user_id": str(e.guest), "role": "guest", "share": e.share} for e in taken]

    @route("GET", "/devices")
    def list_devices(self, call: Call) -> object:
        return {"devices": [each for each in self.holdings() if each["user_id"] == call.caller.user_id]}

    @route("POST", "/devices", body={"device": "string", "pin": "string"}, changes=True)
    def bind(self, call: Call) -> object:
        device = self.device(call.given["device"])
        if device.device in self.owners:
            raise RefusalError("bound_already")
        if call.given["pin"] != device.proof["pin"]:
            raise RefusalError("wrong_pin")
        self.owners[device.device] = call.caller.user_id
        return {"device": device.device, "role": "owner"}

    @route("DELETE", "/devices/{device}", changes=True)
    def unbind(self, call: Call) -> None:
        device = self._own(call)
        del self.owners[device]
        self.lent = [attrs.evolve(each, ended=each.ended or each.device == device) for each in self.lent]

    @route("GET", "/shares", query={"side": "string"})
    def list_shares(self, call: Call) -> object:
        side = "owner" if call.given["side"] == "given" else "guest"
        return {"shares": [self._shown(e, call) for e in self.lent if getattr(e, side) == call.caller.user_id]}

    @route("POST", "/shares", body={"device": "string", "until": "int?"}, changes=True)
    def share(self, call: Call) -> object:
        made = Lent(self.dice.hex(12), self._own(call), call.caller.user_id, self.dice.hex(16), call.given.get("until"))
        self.lent.append(made)
        return self._shown(made, call)

    @route("POST", "/shares/accept", body={"code": "string"}, changes=True)
    def accept(self, call: Call) -> object:
        lent = next((each for each in self.lent if each.code == call.given["code"]), None)
        if lent is None:
            raise RefusalError("no_share")
        if self._state(lent) != "open":
            raise RefusalError("code_over")
        if any(h["device"] == lent.device and h["user_id"] == call.caller.user_id for h in self.holdings()):
            raise RefusalError("has_it")
        lent.guest = call.caller.user_id
        return self._shown(lent, call)

    @route("DELETE", "/shares/{share}", changes=True)
    def end(self, call: Call) -> object:
        lent = next((each for each in self.lent if each.share == call.given["share"]), None)
        if lent is None or call.caller.user_id not in (lent.owner, lent.guest):
            raise RefusalError("no_share")
        lent.ended = True
        return self._shown(lent, call)

    def _own(self, call: Call) -> str:
        device = self.device(call.given["device"]).device
        if self.owners.get(device) != call.caller.user_id:
            raise RefusalError("not_owner")
        return device

    def _state(self, lent: Lent) -> str:
        if lent.ended or (lent.until is not None and lent.until <= self.clock.now().timestamp()):
            return "over"
        return "open" if lent.guest is None else "taken"

    def _shown(self, lent: Lent, call: Call) -> dict[str, Any]:
        state = self._state(lent)
        code = lent.code if state == "open" and lent.owner == call.caller.user_id else None
        return {**attrs.asdict(lent), "state": state, "code": code}
