"""Nothing secret is shown: not in errors, logs, values or tracebacks."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable

import pytest

from sharebind import Account, DeviceRef, Email, Secret, SharebindError
from sharebind_ewelink import ByDigest, EwelinkSettings, auth
from sharebind_ewelink.emulator import EwelinkCloud
from sharebind_ewelink.rig import EwelinkRig


async def test_nothing_secret_is_ever_shown(
    rig: EwelinkRig,
    cloud: EwelinkCloud,
    opened: Callable[..., Awaitable[Account]],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Tokens, passwords, digests and keys stay out of errors with their locals, of logs, output and values."""
    caplog.set_level(logging.DEBUG)
    free = rig.free_device()
    user = cloud.user("owner")
    shown: list[str] = []
    owner = await opened("owner", token=None)
    wrong = await opened("owner", token=None, password="another-wrong-password")
    shown.append(repr(await owner.bind(free.device, free.proofs[0])))
    share = await owner.share(free.device, to=Email(cloud.user("guest").email))
    shown += [repr(share), repr(await owner.bindings().all()), repr(await owner.shares().all())]
    refresh = cloud.refresh_token_of("owner")
    for fault in ({"kind": "code", "code": 500}, {"kind": "garbage"}, {"kind": "status"}, {"kind": "lost"}):
        cloud.faults.add(**fault)
        shown.append(await _failure(owner.end(share)))
        cloud.faults.clear()
    cloud.faults.add("garbage", times=None)
    shown.append(await _failure(owner.bind(free.device, ByDigest(apikey=Secret("my-own-key"), chip="c"))))
    cloud.faults.clear()
    shown.append(await _failure(wrong.spaces().all()))
    cloud.evict("owner")
    shown.append(await _failure(owner.spaces().all()))
    said = "\n".join([*shown, caplog.text, *capsys.readouterr()])
    secrets = {user.password, cloud.app["app_secret"], refresh, "another-wrong-password", "my-own-key"}
    proof = free.proofs[0]
    assert isinstance(proof, ByDigest)
    secrets |= {proof.apikey.reveal(), proof.digest_for(free.device).reveal()}
    assert not [secret for secret in secrets if secret in said]


async def _failure(asking: Awaitable[object]) -> str:
    """Give everything that an error shows, the locals of its frames too."""
    try:
        await asking
    except SharebindError as error:
        kept = traceback.TracebackException.from_exception(error, capture_locals=True)
        # The frames of this test itself hold what it holds.
        frames = [frame for frame in kept.stack if not frame.filename.endswith("test_adapter_secrets.py")]
        return f"{error!r} {error} {vars(error)} " + "".join(str(frame.locals) for frame in frames)
    return ""


def test_pure_functions_show_no_secret_when_they_fail() -> None:
    """A text that UTF-8 cannot write is signed without an error that would show it."""
    settings = EwelinkSettings(
        app_id="app", app_secret=Secret("\ud800"), email="a@b.example", password=Secret("\ud801"), region="eu"
    )
    call = auth.sign_in(settings)
    assert "\ud801" not in repr(call)
    assert ByDigest(apikey=Secret("\ud802"), chip="c").digest_for(DeviceRef("d")) != Secret("\ud802")
