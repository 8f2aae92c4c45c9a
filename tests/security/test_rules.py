"""Rules about secrets that no other test holds, each small enough to be broken by one patch."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from sharebind import (
    NO_RETRIES,
    AcceptShare,
    Anyone,
    ChangeShare,
    ConfigurationError,
    EndShare,
    PolicyDeniedError,
    ProviderError,
    Registry,
    Secret,
    Sharebind,
    SharebindError,
    ShareRef,
    Side,
    UnavailableError,
    Via,
    device,
)
from sharebind.emulator import emulate
from sharebind.provider import HttpCall

from .looking import Search, every_secret
from .staging import Observer, Store
from .wires import MORE_THAN_ONE, saying, serving

MARKER: Final = "MARKER-canary-90ab12cd"
LAMP: Final = device("canary/lamp")


def search() -> Search:
    """Give a search for the marker."""
    made = Search()
    made.keep(MARKER, "the marker")
    return made


def test_a_call_shows_its_name_only() -> None:
    """Whatever has the repr of a request knows which call it was, and nothing that was sent."""
    call = HttpCall(
        name="thing",
        method="POST",
        path=f"/{MARKER}",
        query={"a": MARKER},
        headers={"b": MARKER},
        body={"c": MARKER},
        changes=True,
    )
    assert "thing" in repr(call)
    assert MARKER not in repr(call)


def test_a_damaged_ref_stands_in_no_frame() -> None:
    """A line that lost its end still holds the key, so no frame of an error about it has it, whole or in part."""
    ref = ShareRef(provider="p", side=Side.OWNER, via=Via.CODE, device=LAMP, key=Secret(MARKER))
    looking = search()
    for line in (ref.reveal()[:-3], f"sb2.{ref.reveal()}", [ref.reveal()], MARKER):
        with pytest.raises((ValueError, TypeError)) as error:
            ShareRef.parse(line)  # type: ignore[arg-type]  # a wrong type is refused too
        looking.error(error.value, "a damaged ref")
    assert looking.hits() == []


async def test_what_escapes_from_an_adapter_is_left_behind() -> None:
    """An adapter that fails with an answer in its error: ours neither holds that error nor shows its words."""
    spec = Registry().spec("quectel")

    class Broken:
        support = spec.capabilities

        async def me(self, *_: object) -> None:
            raise KeyError(MARKER)

    broken: Any = Registry(specs=[spec_with(spec, lambda *_: Broken())])
    async with Sharebind(registry=broken) as sharebind:
        settings = {"token": "t", "base_url": "http://127.0.0.1:9"}
        with pytest.raises(ProviderError, match="KeyError") as error:
            await sharebind.open_account("quectel", settings, name="desk").me()
    looking = search()
    looking.error(error.value, "me")
    assert looking.hits() == []
    assert (error.value.__cause__, error.value.__context__) == (None, None)


def spec_with(spec: Any, factory: Any) -> Any:
    """Give a provider whose adapter is another one."""
    import attrs

    return attrs.evolve(spec, factory=factory)


def open_by(way: str, settings: Mapping[str, Any]) -> None:
    """Hand settings over, one way or the other."""
    if way == "opened":
        Sharebind().open_account("quectel", settings, name="desk")
    else:
        Sharebind.from_mapping({"accounts": {"desk": {"provider": "quectel", **settings}}})


@pytest.mark.parametrize("way", ["opened", "mapping"])
def test_settings_of_a_caller_stand_in_no_frame(way: str) -> None:
    """Settings that a host read from its own database are in no frame of an error about them."""
    wrong: dict[str, Mapping[str, Any]] = {
        "a key": {"token": MARKER, "colour": "red"},
        "no address": {"token": MARKER},
        "a list": {"token": [MARKER], "region": "eu"},
        "a duration": {"token": MARKER, "region": "eu", "timeout": "soon"},
        "a rate": {"token": MARKER, "region": "eu", "rate": {"every": 5}},
    }
    looking = search()
    for what, settings in wrong.items():
        with pytest.raises(ConfigurationError) as error:
            open_by(way, settings)
        looking.error(error.value, what)
    assert looking.hits() == []


def test_a_file_that_is_no_text_is_not_kept(tmp_path: Path) -> None:
    """Python's error about octets that are no UTF-8 has all of them; ours does not come of it."""
    settings, secret = tmp_path / "a.toml", tmp_path / "secret"
    settings.write_bytes(f'token = "{MARKER}"\n'.encode() + b"\xff")
    secret.write_bytes(MARKER.encode() + b"\xff")
    referring = {"provider": "quectel", "region": "eu", "token": {"file": str(secret)}}
    looking = search()
    with pytest.raises(ConfigurationError, match="no UTF-8") as error:
        Sharebind.from_file(settings)
    looking.error(error.value, "a settings file")
    with pytest.raises(ConfigurationError, match="no UTF-8") as error:
        Sharebind.from_mapping({"accounts": {"desk": referring}})
    looking.error(error.value, "a secret's file")
    assert looking.hits() == []


async def test_what_a_token_store_raises_is_not_kept() -> None:
    """A store's own error, which may name the row that it was given, is neither cause nor context of ours."""
    looking = Search()
    async with emulate("quectel", seed=11) as clouds:
        cloud = clouds["quectel"]
        make = Registry().spec("quectel").rig
        assert make is not None
        rig = make()()
        rig.cloud = cloud
        settings = {**rig.settings(cloud.user("owner")), "base_url": cloud.base_url}
        given = {"load": settings, "save": {name: value for name, value in settings.items() if name != "token"}}
        for fails, known in given.items():
            with every_secret(looking):
                async with Sharebind(clock=clouds.clock, tokens=Store(fails=fails)) as sharebind:
                    account = sharebind.open_account("quectel", known, name="desk")
                    with pytest.raises(UnavailableError, match="token store") as error:
                        await (account.sign_out() if fails == "load" else account.me())
            assert (error.value.__cause__, error.value.__context__) == (None, None)
            looking.error(error.value, fails)
    assert looking.hits() == []


class Denying:
    """A policy that says why, with a word in it that observers need not know."""

    async def review(self, _op: object, _account: str, /) -> str:
        """Deny."""
        return f"{MARKER} may not"


async def test_an_event_names_a_class() -> None:
    """An observer learns which class of error it was and the vendor's code; words may name a device or a person."""
    looking = search()
    settings = {"token": "t", "base_url": "http://127.0.0.1:9"}
    watching = [Observer(looking, fails=False)]
    async with Sharebind(observers=watching, policies={"no": Denying()}, retries=NO_RETRIES) as sharebind:
        account = sharebind.open_account("quectel", settings, name="desk")
        with pytest.raises(PolicyDeniedError, match=MARKER):
            await account.share(LAMP, to=Anyone())
    assert looking.count["event"] > 0
    assert looking.hits() == []


async def test_a_ref_is_sent_to_its_own_provider_only() -> None:
    """The key of a share at one vendor is never sent to another, whichever way the wish is made."""
    strange = ShareRef(provider="tencent", side=Side.OWNER, via=Via.CODE, device=LAMP, key=Secret(MARKER))
    async with serving(saying()) as server, Sharebind() as sharebind:
        settings = {"token": "t", "base_url": f"http://127.0.0.1:{server.port}"}
        account = sharebind.open_account("quectel", settings, name="desk")
        for op in (EndShare(share=strange), AcceptShare(offer=strange), ChangeShare(share=strange, use_until=None)):
            with pytest.raises(SharebindError):
                await account.perform(op)
    assert server.requests == []


@MORE_THAN_ONE
async def test_an_emulated_cloud_listens_on_loopback() -> None:
    """Emulated clouds answer whoever asks, so nobody beyond this machine can ask."""
    async with emulate("quectel") as clouds:
        port = int(clouds.control.rpartition(":")[2].partition("/")[0])
        with socket.socket() as other:
            # Where the server took every address of the machine, this one is taken as well.
            other.bind(("127.0.0.3", port))
            other.listen()


def test_the_library_writes_no_record_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    """What is written at a warning has keys from a list, and no words of a plugin's settings."""
    caplog.set_level(logging.DEBUG)
    Sharebind.from_mapping({"accounts": {"desk": {"provider": "quectel", "region": "eu", "token": MARKER}}})
    assert MARKER not in json.dumps([vars(record) for record in caplog.records], default=str)
