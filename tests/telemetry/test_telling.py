"""What spans and metrics tell, over a real emulated cloud."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from sharebind import (
    NO_RETRIES,
    Anyone,
    PermissionDeniedError,
    PolicyDeniedError,
    Rate,
    Retries,
    Sharebind,
    device,
)
from sharebind.emulator import Clouds
from sharebind_opentelemetry.observer import OpenTelemetry
from sharebind_opentelemetry.settings import OpenTelemetrySettings

from .conftest import Telemetry

LAMP = device("p11wbr/866345450944812")
HOUR = timedelta(hours=1)


async def no_time(_seconds: float) -> None:
    """Let a pause take no time."""


def told(telemetry: Telemetry, name: str) -> dict[str, Any]:
    """Give what the one span of this name tells."""
    return dict(telemetry.named(name).attributes or {})


async def test_an_operation_is_told(clouds: Clouds, telemetry: Telemetry, settings: dict[str, Any]) -> None:
    """A span says who was asked for what, by which calls, and what came of it; metrics say the same in numbers."""
    async with Sharebind(clock=clouds.clock, observers=[telemetry.observer]) as sharebind:
        await sharebind.open_account("quectel", settings, name="home").bind(LAMP)
    span = telemetry.named("bind quectel")
    calls = told(telemetry, "bind quectel").pop("sharebind.calls")
    assert {**told(telemetry, "bind quectel"), "sharebind.calls": None} == {
        "sharebind.provider": "quectel",
        "sharebind.operation": "bind",
        "sharebind.outcome": "done",
        "sharebind.requests": len(calls),
        "sharebind.retries": 0,
        "sharebind.calls": None,
    }
    assert calls[-1] == "bindDeviceDk"
    assert (span.kind, span.status.status_code) == (SpanKind.CLIENT, StatusCode.UNSET)
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.name == "sharebind"
    (point,) = telemetry.points("sharebind.operation.duration")
    assert point.count == 1
    assert point.attributes == {
        "sharebind.provider": "quectel",
        "sharebind.operation": "bind",
        "sharebind.outcome": "done",
    }
    assert telemetry.all_metrics()["sharebind.operation.duration"].unit == "s"
    requests = telemetry.points("sharebind.requests")
    assert [point.attributes["sharebind.call"] for point in requests] == list(calls)


async def test_a_refusal_is_told(clouds: Clouds, telemetry: Telemetry, settings: dict[str, Any]) -> None:
    """A span that failed says the class of the error and the vendor's code, and no message."""
    clouds["quectel"].faults.add("code", operation="shareInfo", code=5041)
    async with Sharebind(clock=clouds.clock, observers=[telemetry.observer], retries=NO_RETRIES) as sharebind:
        account = sharebind.open_account("quectel", settings, name="home")
        await account.bind(LAMP)
        with pytest.raises(PermissionDeniedError):
            await account.share(LAMP, to=Anyone(), accept_by=HOUR)
    span = telemetry.named("share quectel")
    assert (span.status.status_code, span.status.description, list(span.events)) == (StatusCode.ERROR, None, [])
    attributes = told(telemetry, "share quectel")
    assert attributes["error.type"] == "PermissionDeniedError"
    assert attributes["sharebind.vendor_code"] == "5041"
    assert attributes["sharebind.outcome"] == "nothing"
    errors = [point.attributes.get("error.type") for point in telemetry.points("sharebind.operation.duration")]
    assert errors == [None, "PermissionDeniedError"]


async def test_what_a_policy_denied_is_told(clouds: Clouds, telemetry: Telemetry, settings: dict[str, Any]) -> None:
    """It was refused before anything was sent, and the span says so."""

    class Never:
        async def review(self, _op: object, _account: str, /) -> str | None:
            return "hunter2 may not"

    async with Sharebind(clock=clouds.clock, observers=[telemetry.observer], policies={"never": Never()}) as sharebind:
        with pytest.raises(PolicyDeniedError):
            await sharebind.open_account("quectel", settings, name="home").me()
    attributes = told(telemetry, "me quectel")
    assert attributes["error.type"] == "PolicyDeniedError"
    assert attributes["sharebind.requests"] == 0
    assert "hunter2" not in telemetry.named("me quectel").to_json()


async def test_repeating_and_waiting_are_told(clouds: Clouds, telemetry: Telemetry, settings: dict[str, Any]) -> None:
    """A span counts its repeated requests and the time that it waited; so do metrics."""
    clouds["quectel"].faults.add("refuse", operation="userInfo", times=1)
    async with Sharebind(
        clock=clouds.clock, observers=[telemetry.observer], retries=Retries(sleep=no_time)
    ) as sharebind:
        rate = Rate(every=timedelta(milliseconds=20))
        await sharebind.open_account("quectel", settings, name="home", rate=rate).me()
    attributes = told(telemetry, "me quectel")
    assert (attributes["sharebind.requests"], attributes["sharebind.retries"]) == (2, 1)
    assert attributes["sharebind.calls"] == ("userInfo",)
    assert 0 < attributes["sharebind.waited"] < 1
    (retry,) = telemetry.points("sharebind.retries")
    assert retry.count == 1
    assert retry.attributes["error.type"] == "UnavailableError"
    (wait,) = telemetry.points("sharebind.wait.duration")
    assert wait.attributes == {"sharebind.provider": "quectel", "sharebind.operation": "me"}


async def test_a_list_is_told(clouds: Clouds, telemetry: Telemetry, settings: dict[str, Any]) -> None:
    """A list has a span as an operation has, with the requests of all its pages."""
    async with Sharebind(clock=clouds.clock, observers=[telemetry.observer]) as sharebind:
        account = sharebind.open_account("quectel", settings, name="home")
        await account.bind(LAMP)
        await account.bindings().all()
    attributes = told(telemetry, "bindings quectel")
    assert attributes["sharebind.requests"] > 0
    assert attributes["sharebind.outcome"] == "done"


async def test_a_sign_in_is_counted_with_the_operation_that_began_it(clouds: Clouds, telemetry: Telemetry) -> None:
    """The request of a sign-in is one of the operation's span; its metric has an operation of its own."""
    cloud = clouds["quectel"]
    person = cloud.user("owner")
    credentials = {"base_url": cloud.base_url, "email": person.email, "password": person.password, **cloud.app}
    async with Sharebind(clock=clouds.clock, observers=[telemetry.observer]) as sharebind:
        await sharebind.open_account("quectel", credentials, name="home").me()
    assert told(telemetry, "me quectel")["sharebind.calls"] == ("emailPwdLogin", "userInfo")
    assert [point.attributes["sharebind.operation"] for point in telemetry.points("sharebind.requests")] == [
        "sign_in",
        "me",
    ]


@pytest.mark.parametrize(("spans", "metrics"), [(True, False), (False, True)])
async def test_either_may_be_switched_off(
    clouds: Clouds, telemetry: Telemetry, settings: dict[str, Any], *, spans: bool, metrics: bool
) -> None:
    """Without spans there are metrics, and without metrics spans."""
    observer = OpenTelemetry(
        OpenTelemetrySettings(spans=spans, metrics=metrics),
        tracer_provider=telemetry.tracer_provider,
        meter_provider=telemetry.meter_provider,
    )
    async with Sharebind(clock=clouds.clock, observers=[observer]) as sharebind:
        await sharebind.open_account("quectel", settings, name="home").me()
        assert sharebind.observer_failures == 0
    assert bool(telemetry.spans) is spans
    assert bool(telemetry.all_metrics()) is metrics


def test_an_observer_of_nothing_is_refused() -> None:
    """Who names it wants something of it."""
    with pytest.raises(ValueError, match="observes nothing"):
        OpenTelemetrySettings(spans=False, metrics=False)


async def test_without_an_sdk_it_makes_nothing(clouds: Clouds, settings: dict[str, Any]) -> None:
    """With the API alone every call goes on as it would, and nothing fails."""
    async with Sharebind(clock=clouds.clock, observers=[OpenTelemetry()]) as sharebind:
        account = sharebind.open_account("quectel", settings, name="home")
        await account.me()
        await account.bindings().all()
        assert sharebind.observer_failures == 0
