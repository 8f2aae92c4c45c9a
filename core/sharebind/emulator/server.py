"""The one server in front of every emulated cloud, and the faults it plays on the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

import attrs
from aiohttp import web

from sharebind.emulator.cloud import Answer, Cloud, Request
from sharebind.emulator.control import Control
from sharebind.emulator.playing import play, respond
from sharebind.emulator.world import Recorded, Violation

if TYPE_CHECKING:
    from sharebind.emulator.app import Clouds
    from sharebind.emulator.faults import Fault

LARGEST_BODY: Final = 1 << 20
FORM: Final = "application/x-www-form-urlencoded"


@asynccontextmanager
async def serve(clouds: Clouds, *, port: int) -> AsyncGenerator[str]:
    """Answer on 127.0.0.1 for the clouds and their control address, and give the server's URL."""
    application = web.Application(client_max_size=LARGEST_BODY)
    Control(clouds).add_to(application)
    for route in tuple(application.router.routes()):  # with a slash at the end they answer as without
        if route.resource is not None:
            application.router.add_route(route.method, f"{route.resource.canonical}/", route.handler)
    for name, cloud in clouds.items():
        application.router.add_route("*", f"/{name}{{path:.*}}", Front(cloud).handle)
    roots = [(root, cloud) for cloud in clouds.values() for root in cloud.ROOTS]
    for root, cloud in sorted(roots, key=_longest_first):  # two vendors may begin alike: the closer one answers
        application.router.add_route("*", f"{root}{{path:.*}}", Front(cloud, root).handle)
    # The end waits for nobody: a client that still holds a connection must not hold up the test's end.
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _longest_first(root: tuple[str, Cloud]) -> int:
    return -len(root[0])


class Front:
    """Stand between the socket and one cloud: record, play faults, ask the cloud.

    `root` is the part of the vendor's path that the route took away.
    """

    def __init__(self, cloud: Cloud, root: str = "") -> None:
        self._cloud = cloud
        self._root = root

    async def handle(self, incoming: web.Request) -> web.StreamResponse:
        """Answer one request: record it, play the faults before, ask the cloud, play the faults after."""
        request = await _read(incoming, self._root)
        cloud = self._cloud
        operation = cloud.operation_of(request)
        recorded = self._record(operation, request)
        strike = cloud.faults.take(operation)
        if strike.before:
            await asyncio.sleep(strike.before)
        if strike.fault is not None and not strike.fault.after:
            return await self._play(strike.fault, incoming, request, operation, recorded, None)
        answer = self._ask(operation, request)
        if cloud.rewrite is not None:
            answer = attrs.evolve(answer, body=cloud.rewrite(operation, answer.body))
        recorded = self._note(recorded, answer)
        if strike.after:
            await asyncio.sleep(strike.after)
        if strike.fault is not None:
            return await self._play(strike.fault, incoming, request, operation, recorded, answer)
        return respond(answer)

    def _record(self, operation: str | None, request: Request) -> Recorded:
        body: object = request.body if request.form == {} else dict(request.form)
        recorded = Recorded(
            operation or "",
            request.method,
            request.path,
            dict(request.query),
            body,
            self._cloud.clock.now(),
            self._cloud.caller_of(request),
        )
        self._cloud.requests.append(recorded)
        return recorded

    def _note(self, recorded: Recorded, answer: Answer) -> Recorded:
        """Keep what became of a request, unless a reset has forgotten it meanwhile."""
        noted = attrs.evolve(recorded, code=answer.code, effect=answer.effect or recorded.effect)
        requests = self._cloud.requests
        for index in range(len(requests) - 1, -1, -1):
            if requests[index] is recorded:
                requests[index] = noted
                break
        return noted

    def _ask(self, operation: str | None, request: Request) -> Answer:
        try:
            return self._answer(operation, request)
        except Exception as bug:  # noqa: BLE001 - whatever escapes is the emulator's bug, and tests must see it
            detail = f"{type(bug).__name__}: {bug}"
            self._cloud.violations.append(Violation(operation or "", "", "emulator_error", detail))
            return Answer(status=500, body={"emulator_error": detail})

    def _answer(self, operation: str | None, request: Request) -> Answer:
        """Ask the cloud as it is, or for a list that lags as it was."""
        cloud = self._cloud
        if not cloud.faults.may_lag():
            return cloud.answer(operation, request)
        now, present = cloud.clock.now(), cloud.picture()
        lag = cloud.faults.take_lag(operation)
        if lag is not None:
            since = now - timedelta(seconds=lag)
            cloud.show(next((picture for moment, picture in cloud.past if moment > since), present))
            try:
                return cloud.answer(operation, request)
            finally:
                cloud.show(present)
        answer = cloud.answer(operation, request)
        if answer.effect:
            cloud.past.append((now, present))
        return answer

    async def _play(
        self,
        fault: Fault,
        incoming: web.Request,
        request: Request,
        operation: str | None,
        recorded: Recorded,
        answer: Answer | None,
    ) -> web.StreamResponse:
        """Answer, or fail to answer, as the fault says; `answer` is what was executed before."""
        if fault.kind != "code":
            return await play(fault, incoming, answer)
        refusal = self._cloud.failure(operation, str(fault.options["code"]), request)
        self._note(recorded, refusal)
        return respond(refusal)


async def _read(incoming: web.Request, root: str) -> Request:
    """Decode query and body; a body above 1 MiB is answered with 413 by the server."""
    raw = await incoming.read()
    form: dict[str, list[str]] = {}
    body: object = None
    if incoming.content_type == FORM:
        form = parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True)
    elif raw:
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):  # what no JSON parser reads is the vendor's to judge, from raw_body
            body = None
    query: dict[str, list[str]] = {}
    for name, value in incoming.query.items():
        query.setdefault(name, []).append(value)
    return Request(
        method=incoming.method,
        path=root + incoming.match_info["path"],
        query=query,
        headers=incoming.headers,
        body=body,
        form=form,
        raw_body=raw,
    )
