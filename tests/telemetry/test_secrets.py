"""No secret, no person, no address and no word of the host's own leaves with a span or a metric."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sharebind import (
    Anyone,
    ByText,
    Phone,
    ProviderError,
    ReadMe,
    SharebindError,
    UserId,
    device,
)
from sharebind.emulator import Clouds
from sharebind.facade import Sharebind
from sharebind.provider import Finished, Outcome, Sent, Started

from .conftest import Telemetry

LAMP = device("p11wbr/866345450944812")
HOUR = timedelta(hours=1)
NAME = "account-of-hunter2"
KEY = "key-of-hunter3"


def exported(telemetry: Telemetry) -> str:
    """Write all that was exported."""
    spans = [span.to_json() for span in telemetry.spans]
    return "\n".join([*spans, *(metric.to_json() for metric in telemetry.all_metrics().values())])


async def test_no_marker_is_exported(clouds: Clouds, telemetry: Telemetry) -> None:
    """Of tokens, passwords, devices, codes, people, addresses and names of the host's none is in what was exported."""
    cloud = clouds["quectel"]
    owner, guest = cloud.user("owner"), cloud.user("guest")
    credentials = {"base_url": cloud.base_url, "email": owner.email, "password": owner.password, **cloud.app}
    markers: set[str] = {NAME, KEY, LAMP.device, LAMP.product, cloud.base_url, "127.0.0.1", "hunter4"}
    markers |= {owner.email, owner.password, guest.email, guest.user_id, guest.token, *cloud.app.values()}
    async with Sharebind(clock=clouds.clock, observers=[telemetry.observer]) as sharebind:
        home = sharebind.open_account("quectel", credentials, name=NAME)
        other = sharebind.open_account("quectel", {"base_url": cloud.base_url, "token": guest.token}, name=f"{NAME}-2")
        await home.perform(ReadMe(), key=KEY)
        await home.bind(LAMP)
        offer = await home.share(LAMP, to=Anyone(), accept_by=HOUR)
        markers |= {offer.code.reveal(), offer.ref.reveal(), offer.id}
        await other.accept(offer.code)
        shares = await home.shares(device=LAMP).all()
        markers |= {share.id for share in shares}
        for wish in (
            home.share(LAMP, to=UserId("person-hunter4")),
            home.share(LAMP, to=Phone("86", "13800000004")),
            home.bind(None, ByText("hunter4")),
            other.unbind(LAMP),
        ):
            try:
                await wish
            except SharebindError:
                continue
        markers.add("13800000004")
        await home.end(offer.ref)
    text = exported(telemetry)
    assert {"sharebind.operation.duration", "share quectel", "sign_in"} <= {
        word for word in ("sharebind.operation.duration", "share quectel", "sign_in") if word in text
    }
    assert {marker for marker in markers if marker in text} == set()


def test_a_call_or_code_that_cannot_be_one_is_not_exported(telemetry: Telemetry) -> None:
    """An adapter that calls its call by an address, or a vendor whose code is a sentence, tells nobody by it."""
    who: dict[str, Any] = {"account": NAME, "provider": "toy", "operation": "do", "key": KEY, "id": 1}
    for call in ("https://example.com/v1?token=hunter2", "a" * 65, ""):
        telemetry.observer.seen(Started(**who))
        telemetry.observer.seen(Sent(**who, call=call, changes=False, attempt=1))
        telemetry.observer.seen(
            Finished(
                **who,
                outcome=Outcome.NOTHING,
                took=HOUR,
                error=ProviderError.__name__,
                vendor_code="the token hunter2 is wrong",
            )
        )
    attributes = [json.loads(span.to_json())["attributes"] for span in telemetry.spans]
    assert [each["sharebind.calls"] for each in attributes] == [["_OTHER"]] * 3
    assert [each["sharebind.vendor_code"] for each in attributes] == ["_OTHER"] * 3
    assert "hunter2" not in exported(telemetry)
