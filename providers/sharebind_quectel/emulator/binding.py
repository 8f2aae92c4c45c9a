"""Binding, unbinding, naming and reading devices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sharebind.emulator import Device, User
from sharebind_quectel.emulator.bluetooth import encrypted, is_vector, looks_encrypted, signed
from sharebind_quectel.emulator.call import Call, Desk, Handler, Refusal
from sharebind_quectel.emulator.rendering import page_of
from sharebind_quectel.emulator.world import ROTATION, UNIQUE, Binding, Product, Unit, ended

BT_PASSWORD: Final = re.compile(r"\d{8}")
DEVICE_KEY: Final = re.compile(r"[0-9A-Za-z]{12,20}")
BINDING_CODE: Final = re.compile(r"[0-9a-f]{16}")
BY_SERIAL: Final = 1
BY_WIFI: Final = 2
BY_KEY: Final = 3
BY_BLUETOOTH: Final = 4

PROVEN: Final = frozenset({BY_WIFI, BY_BLUETOOTH})
"""The ways that take a code which the device itself has reported."""

MATTER: Final = {
    "discriminator": 5879,
    "matterProductId": 5880,
    "matterVersion": 5881,
    "matterVendorId": 5882,
    "fabricId": 5883,
    "nodeId": 5885,
}
"""What a Matter device is bound with, and what the vendor says when it is missing."""


class Bindings:
    """Answer the calls of the group bind."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._world = desk.world

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each call."""
        return {
            "getDeviceInfoByBinding": self.preview,
            "bindDeviceDk": self.bind_by_key,
            "bindDeviceSn": self.bind_by_serial,
            "deviceBindingByWifi": self.bind_by_wifi,
            "deviceBindingByPureBt": self.bind_by_bluetooth,
            "unbundlingDeviceDk": self.unbind,
            "setDeviceInfo": self.rename,
            "deviceInfo": self.read,
            "userDeviceList": self.list_devices,
        }

    def add(self, user: User) -> Device:
        """Bind a device that was not there before to a user."""
        unit = self._world.another()
        given = {"fid": self._world.fid(user)} if self._desk.guess("home_mode") else {}
        self._bind(Call(given=given, uid=user.user_id), unit, "", BY_KEY)
        return self._world.device(unit)

    def preview(self, call: Call) -> object:
        """Tell whether the caller may bind the device."""
        product = self._product(call.text("pk"))
        if self._desk.guess("home_mode") and not call.text("fid"):
            raise Refusal(5618)
        dk = call.text("dk")
        if dk:
            unit = self._find(product, dk) if call.text("checkExistInCloud") != "false" else None
            if unit is not None:
                self._check_free(call.uid, unit, taken=5049)
        return {
            "activeBluetooth": False,
            "bindingMode": product.bind_mode,
            "productLogo": None,
            "productName": product.name,
        }

    def bind_by_key(self, call: Call) -> object:
        """Bind by product key and device key; the name's parameter is `name` here and `deviceName` elsewhere."""
        self._desk.check_name(call.text("name"))
        product = self._product(call.text("pk"))
        if not product.binds_by_key:
            raise Refusal(5499)
        unit = self._find(product, call.text("dk"))
        self._bind(call, unit, call.text("name"), BY_KEY)
        return {"authKey": unit.auth_key}

    def bind_by_serial(self, call: Call) -> object:
        """Bind by product key and serial."""
        self._desk.check_name(call.text("deviceName"))
        product = self._product(call.text("pk"))
        unit = next((unit for unit in self._world.units.values() if unit.sn == call.text("sn")), None)
        if unit is None:
            raise Refusal(5090)
        if unit.product is not product:
            raise Refusal(5553)
        self._bind(call, unit, call.text("deviceName"), BY_SERIAL)
        return {"authKey": unit.auth_key, "dk": unit.dk, "moduleType": None, "pk": product.pk}

    def bind_by_wifi(self, call: Call) -> object:
        """Bind by the code that the device has reported; a Matter device comes with what its fabric knows of it."""
        self._desk.check_name(call.text("deviceName"))
        unit = self._find(self._product(call.text("productKey")), call.text("deviceKey"))
        _check_form(call.text("bindingCode"))
        if call.text("bindingCode") != unit.binding_code:
            raise Refusal(5462)
        matter = _matter_of(call)
        self._bind(call, unit, call.text("deviceName"), BY_WIFI).matter = matter
        mode, name = unit.product.bind_mode, unit.product.name
        return {"authKey": unit.auth_key, "bindingMode": mode, "productLogo": None, "productName": name}

    def bind_by_bluetooth(self, call: Call) -> object:
        """Bind a device that has no link of its own; what it handed over is signed by the app."""
        self._desk.check_name(call.text("deviceName"))
        unit = self._find(self._product(call.text("pk")), call.text("dk"))
        plain, sealed, random = (call.text(name) for name in ("bindingCode", "encryptedBindingCode", "random"))
        self._check_signature(call, sealed or plain)
        if call.text("pwd") and not BT_PASSWORD.fullmatch(call.text("pwd")):
            raise Refusal(5357)
        secrets = ("encryptedNewBindingSecret", "encryptedOldBindingSecret")
        if not is_vector(random) or not all(looks_encrypted(call.text(name)) for name in secrets if call.text(name)):
            raise Refusal(5213)
        if plain:
            _check_form(plain)
        elif not looks_encrypted(sealed):
            raise Refusal(5213)
        right = plain == unit.binding_code or sealed == encrypted(unit.binding_code, unit.product.secret, random)
        if not right and self._desk.guess("wrong_bluetooth_code") != "bound unverified":
            raise self._desk.refuse_by("wrong_bluetooth_code")
        binding = self._bind(call, unit, call.text("deviceName"), BY_BLUETOOTH)
        binding.verified = binding.verified and right
        return {"verified": self._desk.rendering.verified(yes=binding.verified)}

    def _check_signature(self, call: Call, code: str) -> None:
        expected = signed(call.text("pk"), call.text("dk"), code, call.text("pwd"), self._world.user_domain_secret)
        if call.text("signature") != expected:
            raise self._desk.refuse_by("bluetooth_signature_code")

    def _product(self, pk: str) -> Product:
        product = self._world.products.get(pk)
        if product is None or not product.authorised:
            raise Refusal(5229)
        return product

    def _find(self, product: Product, dk: str) -> Unit:
        """Return the device; no page says which keys are malformed, so what looks like none of the samples is."""
        if not DEVICE_KEY.fullmatch(dk):
            raise Refusal(5361)
        unit = self._world.units.get((product.pk, dk))
        if unit is None:
            raise Refusal(5314)
        return unit

    def _check_free(self, uid: str, unit: Unit, *, taken: int) -> None:
        """Refuse who holds the device already, and everybody but one on a unique product."""
        if self._world.binding(uid, unit.product.pk, unit.dk):
            raise Refusal(5049)
        if self._world.held(uid, unit, self._desk.now()):
            raise Refusal(6040)
        if unit.product.bind_mode == UNIQUE and self._world.binders(unit):
            raise Refusal(taken)

    def _check_home(self, call: Call) -> None:
        fid = call.text("fid")
        if not self._desk.guess("home_mode"):
            if fid:
                raise Refusal(5624)
            return
        if not fid:
            raise Refusal(5636)
        user = self._world.user(call.uid)
        if user is None or fid != self._world.fid(user):
            raise Refusal(5041)

    def _bind(self, call: Call, unit: Unit, name: str, binding_type: int) -> Binding:
        self._check_home(call)
        self._check_free(call.uid, unit, taken=int(self._desk.guess("unique_taken_code")))
        if unit.product.bind_mode == ROTATION:
            for earlier in self._world.binders(unit):
                self._drop(earlier)
        binding = Binding(
            uid=call.uid,
            unit=unit,
            name=name or unit.product.name,
            bound=self._desk.now(),
            binding_type=binding_type,
            verified=unit.product.binds_verified
            and (binding_type in PROVEN or bool(self._desk.guess("binds_verified"))),
            fid=call.text("fid") or None,
            frid=call.text("frid") or None,
            capabilities=call.number("capabilitiesBitmask") or 1,
        )
        self._world.bindings[call.uid, unit.product.pk, unit.dk] = binding
        return binding

    def _drop(self, binding: Binding) -> None:
        """Take a binding away; whether the shares given by it end is a guess."""
        del self._world.bindings[binding.uid, binding.unit.product.pk, binding.unit.dk]
        if self._desk.guess("owner_unbind_ends_shares"):
            ended(self._world.given(binding.uid, binding.unit), self._desk.now(), "owner_gone")

    def unbind(self, call: Call) -> object:
        """Drop the caller's own binding; a received share is no binding here."""
        binding = self._own(call)
        if binding is None:
            raise Refusal(5052)
        self._drop(binding)
        return {"bindingSum": len(self._world.binders(binding.unit))}

    def rename(self, call: Call) -> object:
        """Rename the caller's own device."""
        binding = self._own(call)
        if binding is None:
            raise Refusal(5041)
        self._desk.check_name(call.text("deviceName"))
        binding.name = call.text("deviceName")
        return None

    def _own(self, call: Call) -> Binding | None:
        return self._world.binding(call.uid, call.text("pk"), call.text("dk"))

    def read(self, call: Call) -> object:
        """Return one device: the caller's own by its keys, a received one by its share code."""
        code = call.text("shareCode")
        if code:
            return self._read_by_code(call.uid, code)
        binding = self._own(call)
        if binding is not None:
            return self._desk.rendering.own_device(binding)
        unit = self._world.units.get((call.text("pk"), call.text("dk")))
        raise Refusal(5141 if unit is not None and self._world.binders(unit) else 5052)

    def _read_by_code(self, uid: str, code: str) -> object:
        """Return the device behind a code to who holds it; whether it is shown to anybody before is a guess."""
        now, shares = self._desk.now(), self._world.with_code(code)
        for share in shares:
            if share.recipient == uid and share.is_active(now):
                return self._desk.rendering.received_device(share)
        if self._desk.guess("code_shows_device"):
            for share in shares:
                if share.state_at(now)[0] == "offered":
                    return self._desk.rendering.received_device(share)
        raise Refusal(5141)

    def list_devices(self, call: Call) -> object:
        """List what the caller owns or received, the earliest first."""
        self._desk.check_name(call.text("deviceName"))
        now, rendering = self._desk.now(), self._desk.rendering
        devices = [rendering.own_device(each) for each in self._world.bindings.values() if each.uid == call.uid]
        devices += [
            rendering.received_device(share)
            for share in self._world.shares
            if share.recipient == call.uid and share.is_active(now)
        ]
        chosen = [device for device in devices if _wanted(device, call)]
        chosen.sort(key=lambda device: device["deviceBindTimeTs"])
        return page_of(chosen, call.number("page") or 1, call.number("pageSize") or 10)


def _check_form(code: str) -> None:
    """Refuse what is no binding code; their form is not documented, this cloud's are 16 hex digits."""
    if not BINDING_CODE.fullmatch(code):
        raise Refusal(5213)


def _matter_of(call: Call) -> dict[str, int | str] | None:
    """Return what the call says of a Matter device, None when it is none."""
    if call.text("isMatter") != "true":
        return None
    given = {name: call.text(f"matterInfo.{name}") for name in (*MATTER, "extra")}
    for name, code in MATTER.items():
        if not given[name]:
            raise Refusal(code)
    texts = {"matterVersion", "extra"}
    return {name: value if name in texts else int(value) for name, value in given.items() if value}


def _wanted(device: Mapping[str, Any], call: Call) -> bool:
    """Tell whether a device passes the filters; a name passes with a part of it (a guess)."""
    products = [pk.strip() for pk in call.text("pkList").split(",") if pk.strip()]
    return (
        (not products or device["productKey"] in products)
        and call.text("dk") in {"", device["deviceKey"]}
        and call.text("deviceName") in device["deviceName"]
        and call.text("secondItemCode") in {"", device["secondItemCode"]}
    )
