"""Binding, unbinding, naming and reading devices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sharebind_quectel.emulator.call import Call, Desk, Handler, Refusal
from sharebind_quectel.emulator.rendering import page_of
from sharebind_quectel.emulator.world import ROTATION, UNIQUE, Binding, Product, Unit, ended

DEVICE_KEY: Final = re.compile(r"[0-9A-Za-z]{12,20}")
BY_SERIAL: Final = 1
BY_KEY: Final = 3


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
            "unbundlingDeviceDk": self.unbind,
            "setDeviceInfo": self.rename,
            "deviceInfo": self.read,
            "userDeviceList": self.list_devices,
        }

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

    def _bind(self, call: Call, unit: Unit, name: str, binding_type: int) -> None:
        self._check_home(call)
        self._check_free(call.uid, unit, taken=int(self._desk.guess("unique_taken_code")))
        if unit.product.bind_mode == ROTATION:
            for earlier in self._world.binders(unit):
                self._drop(earlier)
        self._world.bindings[call.uid, unit.product.pk, unit.dk] = Binding(
            uid=call.uid,
            unit=unit,
            name=name or unit.product.name,
            bound=self._desk.now(),
            binding_type=binding_type,
            verified=unit.product.binds_verified and bool(self._desk.guess("binds_verified")),
            fid=call.text("fid") or None,
            frid=call.text("frid") or None,
            capabilities=call.number("capabilitiesBitmask") or 1,
        )

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
            now = self._desk.now()
            for share in self._world.with_code(code):
                if share.recipient == call.uid and share.is_active(now):
                    return self._desk.rendering.received_device(share)
            raise Refusal(5141)
        binding = self._own(call)
        if binding is not None:
            return self._desk.rendering.own_device(binding)
        unit = self._world.units.get((call.text("pk"), call.text("dk")))
        raise Refusal(5141 if unit is not None and self._world.binders(unit) else 5052)

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


def _wanted(device: Mapping[str, Any], call: Call) -> bool:
    """Tell whether a device passes the filters; a name passes with a part of it (a guess)."""
    products = [pk.strip() for pk in call.text("pkList").split(",") if pk.strip()]
    return (
        (not products or device["productKey"] in products)
        and call.text("dk") in {"", device["deviceKey"]}
        and call.text("deviceName") in device["deviceName"]
        and call.text("secondItemCode") in {"", device["secondItemCode"]}
    )
