"""Every way to bind at Quectel, asking before, and the code on a device."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from typing import Any, cast

import attrs
import pytest

from sharebind import (
    Account,
    AlreadyBoundError,
    ByBindingCode,
    ByIdentity,
    BySerial,
    ByText,
    DeviceRef,
    InvalidRequestError,
    OutcomeUnknownError,
    Proof,
    ProofRejectedError,
    ResultLostError,
    Role,
    Secret,
    Sharebind,
    SignInError,
    Space,
    UnsupportedError,
)
from sharebind.emulator import Clouds, Recorded
from sharebind_quectel import AccessTag, ByBluetooth, ByMatter, Privilege
from sharebind_quectel.emulator import QuectelCloud

from .scene import Asked, Said, account_at, quectel_ok


@attrs.frozen
class Workshop:
    """A cloud, an account whose settings hold the app's secret, and one whose settings do not."""

    cloud: QuectelCloud
    clouds: Clouds
    owner: Account
    plain: Account
    guest: Account

    def device(self, number: int = 0) -> DeviceRef:
        """Give a device that nobody has bound."""
        free = self.cloud.devices[number]
        return DeviceRef(free.device, free.product)

    def proof(self, kind: str, number: int = 0, **change: Any) -> Proof:
        """Give what shows that somebody may bind it."""
        known = self.cloud.devices[number].proof
        match kind:
            case "serial":
                return BySerial(known["serial"], self.cloud.devices[number].product)
            case "binding_code":
                return ByBindingCode(known["binding_code"])
            case "matter":
                ids = {name: int(known[name]) for name in ("vendor_id", "product_id", "discriminator")}
                wish = {"code": known["binding_code"], "fabric_id": 1, "node_id": 2, "version": "1.2", **ids}
                return ByMatter(**{**wish, **change})
            case _:
                names = ("encrypted_binding_code", "encrypted_new_secret", "random")
                return ByBluetooth(**{**{name: Secret(known[name]) for name in names}, **change})

    def sent(self) -> Recorded:
        """Give the latest request."""
        return self.cloud.requests[-1]

    def holders(self) -> list[tuple[str, str]]:
        """Say who holds what, by the cloud itself."""
        bindings = cast("list[dict[str, str]]", self.cloud.state()["bindings"])
        return [(each["device"], each["user_id"]) for each in bindings]


@pytest.fixture
async def workshop(clouds: Clouds) -> AsyncGenerator[Workshop]:
    """Open the accounts."""
    cloud = cast("QuectelCloud", clouds["quectel"])

    def settings(name: str, **more: str) -> dict[str, str]:
        return {"base_url": cloud.base_url, "token": cloud.user(name).token, **more}

    async with Sharebind(clock=clouds.clock) as sharebind:
        yield Workshop(
            cloud,
            clouds,
            sharebind.open_account("quectel", settings("owner", **cloud.app), name="owner"),
            sharebind.open_account("quectel", settings("owner"), name="plain"),
            sharebind.open_account("quectel", settings("guest"), name="guest"),
        )
    assert cloud.violations == []


CALLS = {
    "serial": "bindDeviceSn",
    "binding_code": "deviceBindingByWifi",
    "matter": "deviceBindingByWifi",
    "bluetooth": "deviceBindingByPureBt",
}


@pytest.mark.parametrize("kind", CALLS)
async def test_each_proof_binds_by_its_own_call(workshop: Workshop, kind: str) -> None:
    """The device is the account's afterwards, under the name that was given, and is listed so."""
    bound = await workshop.owner.bind(workshop.device(), workshop.proof(kind), name="灯")
    assert workshop.sent().operation == CALLS[kind]
    assert (bound.device, bound.role, bound.name) == (workshop.device(), Role.OWNER, "灯")
    assert bool(bound.local_keys) is (kind != "bluetooth")
    [listed] = await workshop.owner.bindings().all()
    assert (listed.device, listed.role, listed.name, listed.verified) == (workshop.device(), Role.OWNER, "灯", True)


@pytest.mark.parametrize("kind", CALLS)
async def test_each_way_takes_a_home_and_what_the_vendor_has_beside(workshop: Workshop, kind: str) -> None:
    """Home, room and extras go with every way of binding."""
    workshop.cloud.set_guess("home_mode", value=True)
    space = Space(workshop.cloud.user("owner").homes[0], "room-1")
    extra = {"capabilitiesBitmask": 6, "isCommonDevice": False}
    bound = await workshop.owner.bind(workshop.device(), workshop.proof(kind), space=space, extra=extra)
    assert bound.space == space
    sent = workshop.sent()
    given = cast("Mapping[str, object]", sent.body or {name: values[0] for name, values in sent.query.items()})
    assert (given["fid"], given["frid"]) == (space.id, "room-1")
    assert (str(given["capabilitiesBitmask"]), str(given["isCommonDevice"]).lower()) == ("6", "false")


@pytest.mark.parametrize("kind", [*CALLS, "identity"])
def test_each_way_is_declared_with_its_name_and_extras(kind: str) -> None:
    """Support and extras are listed for every kind of proof."""
    spec = Sharebind().registry.spec("quectel")
    levels = [spec.capabilities[each].level for each in spec.capabilities if str(each).startswith(f"bind.by.{kind}")]
    assert levels == ["native", "native"]
    assert [extra for need, extra in spec.extra.items() if need == f"bind.by.{kind}"] == [
        {"capabilitiesBitmask", "isCommonDevice"}
    ]


async def test_a_serial_tells_the_device(workshop: Workshop) -> None:
    """Who has only the code on the device learns from the reply which one it is."""
    bound = await workshop.owner.bind(None, workshop.proof("serial"))
    assert bound.device == workshop.device()


async def test_a_serial_takes_the_product_of_the_device(workshop: Workshop) -> None:
    """A serial without its product is bound with the device's, and refused where there is neither."""
    proof = BySerial(workshop.cloud.devices[0].proof["serial"])
    with pytest.raises(InvalidRequestError, match="takes the product too"):
        await workshop.owner.bind(None, proof)
    other = DeviceRef("860000000000001", "p11zzz")
    with pytest.raises(InvalidRequestError, match="the proof is of product"):
        await workshop.owner.bind(other, workshop.proof("serial"))
    assert workshop.cloud.requests == []
    assert (await workshop.owner.bind(workshop.device(), proof)).device == workshop.device()


@pytest.mark.parametrize("device", [None, DeviceRef("d", "p11abc")])
@pytest.mark.parametrize("told", [{"authKey": "k"}, {}, None, {"pk": "p11abc"}])
async def test_a_serial_whose_reply_names_no_device_is_a_lost_result(told: object, device: DeviceRef | None) -> None:
    """Only the serial was sent, so nobody can say which device is bound now, whatever the caller took it for."""
    async with account_at("quectel", lambda _: quectel_ok(told)) as (desk, _):
        with pytest.raises(ResultLostError):
            await desk.bind(device, BySerial("SN1", "p11abc"))


async def test_a_serial_whose_reply_leaves_the_product_out_is_of_what_was_sent() -> None:
    """The product went with the serial, so the answer need not repeat it."""
    async with account_at("quectel", lambda _: quectel_ok({"dk": "d"})) as (desk, _):
        assert (await desk.bind(None, BySerial("SN1", "p11abc"))).device == DeviceRef("d", "p11abc")


PROOFS = (BySerial("SN1", "p11abc"), ByIdentity(), ByBindingCode("c"))


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.kind)
@pytest.mark.parametrize("told", [{"pk": "p11abc", "dk": "OTHER"}, {"pk": "p11xyz", "dk": "d"}])
async def test_a_proof_of_another_device_tells_what_is_bound_now(proof: Proof, told: dict[str, str]) -> None:
    """Where the vendor bound another device than the one that was named, the error names it."""
    async with account_at("quectel", lambda _: quectel_ok(told)) as (desk, _):
        with pytest.raises(ResultLostError, match=f"{told['pk']}/{told['dk']}, which is bound now"):
            await desk.bind(DeviceRef("d", "p11abc"), proof)


@pytest.mark.parametrize("told", [None, {}, {"dk": ["?"]}, "?"])
async def test_a_device_that_was_named_itself_is_the_one_that_is_bound(told: object) -> None:
    """Where the device's own keys were sent, an answer that does not tell it takes nothing back."""
    async with account_at("quectel", lambda _: quectel_ok(told)) as (desk, _):
        bound = await desk.bind(DeviceRef("d", "p11abc"), ByIdentity())
    assert (bound.device, bound.role) == (DeviceRef("d", "p11abc"), Role.OWNER)


@pytest.mark.parametrize("verified", [0, "0", 1, "1", None])
async def test_what_was_bound_without_proof_is_told(verified: object) -> None:
    """``verified`` 0 is kept on the binding, for such a device cannot be shared."""
    proof = ByBluetooth(binding_code="c", encrypted_new_secret="n", random="r")
    async with account_with_app(lambda _: quectel_ok({"verified": verified})) as (desk, _):
        bound = await desk.bind(DeviceRef("d", "p"), proof)
    assert bound.verified is (None if verified is None else bool(int(str(verified))))


def account_with_app(say: Any) -> Any:
    """Open an account that can sign, at a raw server."""
    return account_at("quectel", say, more={"user_domain_secret": "ExampleSecret"})


async def test_a_bluetooth_binding_is_signed() -> None:
    """The signature is that of the contract over what is sent; a password that is not there counts as empty."""
    asked: list[Mapping[str, Any]] = []

    def say(request: Asked) -> Said:
        asked.append(request.fields)
        return quectel_ok({"verified": "1"})

    device = DeviceRef("d", "p")
    async with account_with_app(say) as (desk, _):
        await desk.bind(device, ByBluetooth(binding_code="c0de", encrypted_new_secret="n", random="r"))
        sealed = ByBluetooth(
            encrypted_binding_code="Y29kZQ==",
            encrypted_new_secret="n",
            encrypted_old_secret="o",
            random="r",
            password="12345678",
        )
        await desk.bind(device, sealed)
    # SHA-256 of "pdc0deExampleSecret" and of "pdY29kZQ==12345678ExampleSecret", by another tool.
    assert asked == [
        {
            "pk": "p",
            "dk": "d",
            "bindingCode": "c0de",
            "encryptedNewBindingSecret": "n",
            "random": "r",
            "signature": "06231d91ce17b594cf282d682d427d25442c38365af576c7b5b2e55a8ac4adfc",
        },
        {
            "pk": "p",
            "dk": "d",
            "encryptedBindingCode": "Y29kZQ==",
            "encryptedNewBindingSecret": "n",
            "encryptedOldBindingSecret": "o",
            "pwd": "12345678",
            "random": "r",
            "signature": "483e2ce87f667fa1295be6e57ecae391ab139ce5ffd40ad688372b24f59b3425",
        },
    ]


async def test_bluetooth_takes_the_apps_secret(workshop: Workshop) -> None:
    """An account whose settings lack it says so beforehand, and sends nothing."""
    assert workshop.plain.supports("bind.by.bluetooth").level == "absent"
    assert workshop.owner.supports("bind.by.bluetooth").level == "native"
    with pytest.raises(UnsupportedError, match="user_domain_secret"):
        await workshop.plain.bind(workshop.device(), workshop.proof("bluetooth"))
    assert workshop.cloud.requests == []


async def test_a_bluetooth_binding_with_another_apps_secret_is_refused(workshop: Workshop) -> None:
    """The vendor checks the signature; nothing is bound."""
    settings = {"base_url": workshop.cloud.base_url, "token": workshop.cloud.user("owner").token}
    async with Sharebind(clock=workshop.clouds.clock) as sharebind:
        desk = sharebind.open_account("quectel", {**settings, "user_domain_secret": "another"}, name="desk")
        with pytest.raises(SignInError) as error:
            await desk.bind(workshop.device(), workshop.proof("bluetooth"))
    assert (error.value.vendor_code, workshop.holders()) == ("5421", [])


async def test_a_matter_device_brings_what_its_fabric_knows(workshop: Workshop) -> None:
    """Ids, version, free text and access list stand in the call under the vendor's names."""
    tags = [AccessTag(7, "Operate"), AccessTag(8, Privilege.VIEW)]
    await workshop.owner.bind(workshop.device(), workshop.proof("matter", text="note", access=tags))
    sent = cast("Mapping[str, Any]", workshop.sent().body)
    assert sent["isMatter"] is True
    assert sent["matterInfo"] == {
        "catList": [{"cat": 7, "privilege": "Operate"}, {"cat": 8, "privilege": "View"}],
        "discriminator": int(workshop.cloud.devices[0].proof["discriminator"]),
        "extra": "note",
        "fabricId": 1,
        "matterProductId": 0x8001,
        "matterVendorId": 0xFFF1,
        "matterVersion": "1.2",
        "nodeId": 2,
    }


def test_a_bluetooth_proof_has_one_code() -> None:
    """None or both are refused when the proof is made."""
    for codes in ({}, {"binding_code": "a", "encrypted_binding_code": "b"}):
        with pytest.raises(ValueError, match="exactly one"):
            ByBluetooth(encrypted_new_secret="n", random="r", **codes)


def test_proofs_show_no_secret() -> None:
    """Codes, secrets and passwords are masked in the repr."""
    bluetooth = ByBluetooth(
        encrypted_binding_code="hunter1",
        encrypted_new_secret="hunter2",
        encrypted_old_secret="hunter3",
        random="hunter4",
        password="hunter5",
    )
    matter = ByMatter(code="hunter6", fabric_id=1, node_id=2, vendor_id=3, product_id=4, discriminator=5, version="1")
    assert "hunter" not in repr((bluetooth, matter))


@pytest.mark.parametrize("code", [5009, 5213, 5460, 5461, 5462, 5465])
async def test_a_proof_that_is_refused_binds_nothing(workshop: Workshop, code: int) -> None:
    """Whatever is wrong with the code, nothing happened, and another code may be tried."""
    workshop.cloud.faults.add("code", operation="deviceBindingByWifi", code=code)
    with pytest.raises(ProofRejectedError):
        await workshop.owner.bind(workshop.device(), workshop.proof("binding_code"))
    assert workshop.holders() == []


async def test_a_binding_without_an_answer_is_unknown(workshop: Workshop) -> None:
    """A lost answer is never repeated; the list then tells that it was done."""
    workshop.cloud.faults.add("lost", operation="deviceBindingByWifi")
    with pytest.raises(OutcomeUnknownError):
        await workshop.owner.bind(workshop.device(), workshop.proof("binding_code"))
    assert len(workshop.cloud.requests) == 1
    assert [each.device for each in await workshop.owner.bindings().all()] == [workshop.device()]


async def test_resetting_goes_with_unbinding(workshop: Workshop) -> None:
    """The reset and the credential of a Bluetooth device travel with the call that unbinds."""
    await workshop.owner.bind(workshop.device(), workshop.proof("bluetooth"))
    extra = {"pureBtResetCredentials": Secret("sealed"), "random": Secret("abcdefghijklmnop")}
    unbound = await workshop.owner.unbind(workshop.device(), reset=True, extra=extra)
    sent = workshop.sent().query
    assert (sent["isInit"], sent["pureBtResetCredentials"], sent["random"]) == (
        ["true"],
        ["sealed"],
        ["abcdefghijklmnop"],
    )
    assert (unbound.others_left, workshop.holders()) == (0, [])


# ------------------------------------------------------------------------------------------------------ before binding


@pytest.mark.parametrize(("special", "exclusive"), [("", False), ("unique", True), ("rotation", True)])
async def test_a_check_tells_name_and_exclusiveness(workshop: Workshop, special: str, exclusive: bool) -> None:
    """Asking binds nothing, and says whether only one account can hold the device."""
    free = workshop.cloud.special[special] if special else workshop.cloud.devices[0]
    check = await workshop.owner.check_binding(DeviceRef(free.device, free.product))
    assert (check.exclusive, bool(check.name), workshop.holders()) == (exclusive, True, [])
    assert workshop.sent().operation == "getDeviceInfoByBinding"


async def test_a_check_raises_what_binding_would(workshop: Workshop) -> None:
    """A device that is held already is told before."""
    await workshop.owner.bind(workshop.device())
    with pytest.raises(AlreadyBoundError):
        await workshop.owner.check_binding(workshop.device())


async def test_a_check_takes_the_home(workshop: Workshop) -> None:
    """Where the app has homes, the check is asked for one."""
    workshop.cloud.set_guess("home_mode", value=True)
    with pytest.raises(InvalidRequestError) as error:
        await workshop.owner.check_binding(workshop.device())
    assert error.value.vendor_code == "5618"
    await workshop.owner.check_binding(workshop.device(), space=Space(workshop.cloud.user("owner").homes[0]))


@pytest.mark.parametrize("mode", [None, 4, "9"])
async def test_a_mode_that_nobody_knows_says_nothing(mode: object) -> None:
    """An unknown binding mode is neither exclusive nor not."""
    async with account_at("quectel", lambda _: quectel_ok({"bindingMode": mode})) as (desk, _):
        assert (await desk.check_binding(DeviceRef("d", "p"))).exclusive is None


# ------------------------------------------------------------------------------------------------ the code on a device


@pytest.mark.parametrize(
    "text",
    [
        "pk=p11abc&sn=SN1&v=1",
        "sn=SN1&v=1&pk=p11abc",
        " pk=p11abc&sn=SN1&v=1\n",
    ],
)
async def test_the_code_on_a_device_is_read(text: str) -> None:
    """In any order it says product and serial."""
    read = Sharebind().read_code(text)
    assert (read.provider, read.proof, read.device) == ("quectel", BySerial("SN1", "p11abc"), None)


async def test_values_are_taken_as_they_stand() -> None:
    """Nothing says that they are escaped, so a plus stays a plus."""
    assert Sharebind().read_code("pk=p%2F1&sn=S+N=1&v=1").proof == BySerial("S+N=1", "p%2F1")


async def test_a_code_that_was_read_binds(workshop: Workshop) -> None:
    """What the scanner gave is enough to bind."""
    free = workshop.cloud.devices[0]
    read = Sharebind().read_code(f"pk={free.product}&sn={free.proof['serial']}&v=1")
    bound = await workshop.owner.bind(read.device, read.proof)
    assert bound.device == workshop.device()


@pytest.mark.parametrize(
    "text",
    [
        "pk=p11abc&sn=SN1&v=2",
        "pk=p11abc&sn=SN1&v=",
        "pk=p11abc&sn=&v=1",
        "pk=&sn=SN1&v=1",
        "pk=p11abc&v=1",
        "sn=SN1&v=1",
        "pk=p11abc&pk=p11xyz&sn=SN1&v=1",
        "pk=p11abc&sn=S N1&v=1",
        "PK=p11abc&SN=SN1&V=1",
        "https://example.com/?pk=p11abc&sn=SN1&v=1",
        "https://other.example/bind?x=1&pk=p&sn=s&v=1",
        "WIFI:T:WPA;S:x;;&pk=p&sn=s&v=1",
        "share_dv_C18222055e793c4ee4581b18d3bfcd1a50ada",
        "SN1",
        "&",
        "=",
    ],
)
async def test_other_texts_are_nobodys(text: str) -> None:
    """What is not that text for certain is not read as one."""
    with pytest.raises(InvalidRequestError):
        Sharebind().read_code(text, provider="quectel")


@pytest.mark.parametrize("text", ["pk=p11abc&sn=SN1", "v=1&pk=p11abc&sn=SN1&dk=8600&colour=red&flag"])
async def test_a_text_without_the_mark_counts_where_the_vendor_is_named(text: str) -> None:
    """One that says less or more than the vendor's text may be another's, so it is read only by who was asked."""
    with pytest.raises(InvalidRequestError):
        Sharebind().read_code(text)
    assert Sharebind().read_code(text, provider="quectel").proof == BySerial("SN1", "p11abc")


def test_reading_a_code_loads_no_adapter() -> None:
    """A scanner's process needs neither an HTTP library nor a logger."""
    code = (
        "import sys; from sharebind import Sharebind; Sharebind().read_code('pk=p&sn=s&v=1', provider='quectel'); "
        "print(*{'aiohttp', 'structlog', 'cryptography', 'sharebind_quectel.provider'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert (done.stdout.strip(), done.stderr) == ("", "")


async def test_a_text_is_no_proof_here(workshop: Workshop) -> None:
    """The refusal says what to do with a text that was scanned."""
    with pytest.raises(UnsupportedError, match="read_code"):
        await workshop.owner.bind(None, ByText("pk=p&sn=s&v=1"))
