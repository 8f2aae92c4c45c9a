"""The control address: what a test or a person in another process does to running clouds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import attrs
from aiohttp import web

from sharebind.emulator.cloud import Cloud

if TYPE_CHECKING:
    from sharebind.emulator.app import Clouds

HOME: Final = "/_emulator"
LONGEST_JUMP: Final = timedelta(days=36_500)


class Control:
    """Answer under /_emulator, in JSON; what cannot be done is answered with 400 and a sentence."""

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds

    def add_to(self, application: web.Application) -> None:
        """Add the routes of the control address."""
        routes: tuple[tuple[str, str, Callable[[Mapping[str, Any]], object]], ...] = (
            ("GET", "", lambda _: self._clouds.describe()),
            ("POST", "/advance", self._advance),
            ("POST", "/reset", self._reset),
            ("GET", "/faults", self._list_faults),
            ("POST", "/faults", self._add_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("GET", "/requests", lambda given: [_request(each) for each in self._cloud(given).requests]),
            ("GET", "/violations", lambda given: [attrs.asdict(each) for each in self._cloud(given).violations]),
            ("GET", "/state", lambda given: self._cloud(given).state()),
            ("GET", "/guesses", self._list_guesses),
            ("POST", "/guesses", self._set_guess),
        )
        for method, path, act in routes:
            application.router.add_route(method, HOME + path, _handler(act))

    def _cloud(self, given: Mapping[str, Any]) -> Cloud:
        name = given.get("provider")
        if not isinstance(name, str) or name not in self._clouds:
            raise ValueError(f"provider must be one of {', '.join(self._clouds)}, got {name!r}")
        return self._clouds[name]

    def _advance(self, given: Mapping[str, Any]) -> object:
        seconds = given.get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise ValueError("seconds must be a number")  # noqa: TRY004 - becomes a 400 with this sentence
        if not abs(seconds) <= LONGEST_JUMP.total_seconds():
            raise ValueError("seconds may jump a hundred years at most")
        return {"now": self._clouds.clock.advance(timedelta(seconds=seconds)).isoformat()}

    def _reset(self, _: Mapping[str, Any]) -> object:
        self._clouds.reset()
        return self._clouds.describe()

    def _chosen(self, given: Mapping[str, Any]) -> Iterable[tuple[str, Cloud]]:
        """Give the named cloud, or all of them when none is named."""
        if "provider" in given:
            self._cloud(given)
        return [(name, cloud) for name, cloud in self._clouds.items() if given.get("provider", name) == name]

    def _list_faults(self, given: Mapping[str, Any]) -> object:
        return {name: [fault.describe() for fault in cloud.faults] for name, cloud in self._chosen(given)}

    def _add_fault(self, given: Mapping[str, Any]) -> object:
        cloud = self._cloud(given)
        wish = {name: value for name, value in given.items() if name != "provider"}
        if not isinstance(wish.get("kind"), str):
            raise ValueError("kind must name a fault")  # noqa: TRY004 - becomes a 400 with this sentence
        return cloud.faults.add(**wish).describe()

    def _clear_faults(self, given: Mapping[str, Any]) -> object:
        for _, cloud in self._chosen(given):
            cloud.faults.clear()
        return self._list_faults(given)

    def _list_guesses(self, given: Mapping[str, Any]) -> object:
        return {
            name: {each: attrs.asdict(guess) for each, guess in cloud.guesses.items()}
            for name, cloud in self._chosen(given)
        }

    def _set_guess(self, given: Mapping[str, Any]) -> object:
        cloud, name, value = self._cloud(given), given.get("name"), given.get("value")
        if not isinstance(name, str) or not isinstance(value, str | int | bool):
            raise ValueError("a guess needs a name and a value")  # noqa: TRY004 - becomes a 400 with this sentence
        cloud.set_guess(name, value)
        return attrs.asdict(cloud.guesses[name])


def _request(recorded: Any) -> dict[str, object]:
    return {**attrs.asdict(recorded), "at": recorded.at.isoformat()}


def _handler(act: Callable[[Mapping[str, Any]], object]) -> Callable[[web.Request], Any]:
    """Wrap one act: it is given the query's and the JSON body's fields together."""

    async def handle(incoming: web.Request) -> web.Response:
        try:
            return web.json_response(act(await _given(incoming)))
        except (ValueError, TypeError) as wrong:
            return web.json_response({"error": str(wrong)}, status=400)

    return handle


async def _given(incoming: web.Request) -> Mapping[str, Any]:
    raw = await incoming.read()
    body: object = json.loads(raw) if raw else {}
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 - becomes a 400 with this sentence
    return {**incoming.query, **cast("dict[str, Any]", body)}
