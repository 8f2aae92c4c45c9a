"""Hostile networks: who is spoken to, how, and what an answer may do."""

from __future__ import annotations

import gzip
import logging
import os
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import trustme

from sharebind import (
    NO_RETRIES,
    Account,
    Anyone,
    ConfigurationError,
    Secret,
    Sharebind,
    SharebindError,
    UnavailableError,
    device,
)
from sharebind.http.answers import BODY_LIMIT

from .looking import Search
from .wires import Server, lead, saying, serving

TOKEN: Final = "TOKEN-canary-11aa22bb"
CODE: Final = "CODE-canary-33cc44dd"
LAMP: Final = device("canary/lamp")
FINE: Final = b'{"code": 200, "data": {"uid": "u"}}'


@asynccontextmanager
async def account_at(url: str, provider: str = "quectel", **options: Any) -> AsyncGenerator[Account]:
    """Open an account at an address."""
    async with Sharebind(**options) as sharebind:
        yield sharebind.open_account(provider, {"token": TOKEN, "base_url": url}, name="desk")


async def asked(url: str, **options: Any) -> SharebindError | None:
    """Ask who the account is, and give the error."""
    async with account_at(url, **options) as account:
        try:
            await account.me()
        except SharebindError as error:
            return error
    return None


def certificates() -> tuple[trustme.CA, ssl.SSLContext]:
    """Make an authority, and what a server for localhost needs of it."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return authority, context


# TLS


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_server_that_nobody_vouches_for_hears_nothing(host: str) -> None:
    """A certificate that cannot be verified ends the connection before a token is sent, on loopback too."""
    _, tls = certificates()
    async with serving(saying(FINE), tls=tls) as server:
        error = await asked(f"https://{host}:{server.port}")
    assert isinstance(error, UnavailableError)
    assert "nothing was sent" in str(error)
    assert server.requests == []


async def test_a_borrowed_connector_brings_its_own_trust() -> None:
    """Whom a host's connector trusts is spoken to, and nobody else: its TLS context is lent with it."""
    authority, tls = certificates()
    _, strangers = certificates()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with (
        serving(saying(FINE), tls=tls) as server,
        serving(saying(FINE), tls=strangers) as stranger,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting)) as session,
    ):
        assert await asked(f"https://localhost:{server.port}", session=session) is None
        assert isinstance(await asked(f"https://localhost:{stranger.port}", session=session), UnavailableError)
    assert (len(server.requests), stranger.requests) == (1, [])


def _blind() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    return context


def _blinder() -> ssl.SSLContext:
    context = _blind()
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize("rule", [lambda: False, _blind, _blinder], ids=["off", "any name", "anybody"])
async def test_a_borrowed_connector_that_trusts_everybody_is_refused(rule: Callable[[], Any]) -> None:
    """No account is opened over connections that look at no certificate, or at no name."""
    _, tls = certificates()
    async with (
        serving(saying(FINE), tls=tls) as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=rule())) as session,
    ):
        with pytest.raises(ConfigurationError, match="certificates"):
            await asked(f"https://localhost:{server.port}", session=session)
    assert server.requests == []


async def test_an_address_that_cannot_be_called_is_a_wrong_setting() -> None:
    """What passes for a base URL and is none to the HTTP library is told as that, and not tried again and again."""
    error = await asked("https://127.1")
    if type(error) is UnavailableError:
        pytest.skip("this release of aiohttp calls such an address")
    assert type(error) is ConfigurationError


async def test_a_server_that_the_machine_trusts_is_spoken_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other way round: with the authority among the trusted ones the same server gets its request."""
    authority, tls = certificates()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)
    async with serving(saying(FINE), tls=tls) as server:
        assert await asked(f"https://localhost:{server.port}") is None
        # A name that is not in the certificate is another server's.
        lead(monkeypatch, "127.0.0.1")
        assert isinstance(await asked(f"https://vendor.example:{server.port}"), UnavailableError)
    assert len(server.requests) == 1


# Proxies and what the environment says


async def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A proxy or a password file that the environment names is not used: both would see, or replace, a token."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password netrc-canary\n", encoding="utf-8")
    netrc.chmod(0o600)
    async with serving(saying(FINE)) as proxy, serving(saying(FINE)) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NETRC", str(netrc))
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        assert await asked(f"http://127.0.0.1:{server.port}") is None
    assert (proxy.connections, len(server.requests)) == (0, 1)
    assert b"Basic" not in server.requests[0]
    assert os.environ["HTTP_PROXY"]


async def test_a_borrowed_sessions_own_ways_are_not_taken() -> None:
    """Neither the proxy, the headers, the cookies nor the hooks of a borrowed session are used."""
    seen: list[object] = []

    async def note(*about: object) -> None:
        seen.append(about)

    hooks = aiohttp.TraceConfig()
    hooks.on_request_start.append(note)
    async with (
        serving(saying(FINE)) as proxy,
        serving(saying(FINE)) as server,
        aiohttp.ClientSession(
            headers={"X-Host": "1", "Authorization": "Basic aG9zdDpob3N0"},
            cookies={"host": "cookie"},
            proxy=f"http://127.0.0.1:{proxy.port}",
            trace_configs=[hooks],
            trust_env=True,
        ) as session,
    ):
        assert await asked(f"http://127.0.0.1:{server.port}", session=session) is None
    sent = server.requests[0].lower()
    assert [word for word in (b"x-host", b"cookie", b"basic ") if word in sent] == []
    assert (proxy.connections, seen) == (0, [])


# What an answer may do


def redirecting(status: str) -> Callable[[Server], Any]:
    """Send whoever asks to another server."""
    return lambda other: saying(b"{}", f"Location: http://127.0.0.1:{other.port}/x", status=status)


@pytest.mark.parametrize("status", ["301 A", "302 B", "303 C", "307 D", "308 E"])
@pytest.mark.parametrize("wish", ["a read", "a change"])
async def test_no_redirect_carries_a_token_on(status: str, wish: str) -> None:
    """Whatever its kind, a redirect is not followed: the other server hears nothing."""
    async with (
        serving(saying(FINE)) as other,
        serving(redirecting(status)(other)) as server,
        account_at(f"http://127.0.0.1:{server.port}") as account,
    ):
        with pytest.raises(SharebindError):
            await (account.me() if wish == "a read" else account.share(LAMP, to=Anyone()))
    assert (other.connections, len(server.requests) > 0) == (0, True)


async def test_a_small_answer_that_unpacks_to_much_is_stopped() -> None:
    """Octets are counted as they are after decompression: some kilobytes of gzip are no way around the cap."""
    bomb = gzip.compress(b" " * (BODY_LIMIT + 1))
    async with serving(saying(bomb, "Content-Encoding: gzip")) as server:
        error = await asked(f"http://127.0.0.1:{server.port}", retries=NO_RETRIES)
    assert len(bomb) < 10_000
    assert isinstance(error, UnavailableError)
    assert f"more than {BODY_LIMIT} bytes" in str(error)


ANSWERS: Final = {
    "no HTTP": b"nonsense\r\n\r\n",
    "a line end in a header": b"HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    "a coding that nobody knows": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "endless nesting": b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"[" * 200000,
    "a header without end": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000,
    "a bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("wish", ["a read", "a change"])
async def test_an_answer_that_is_broken_tells_nothing_of_the_request(answer: str, wish: str) -> None:
    """An HTTP library's error keeps the request, its token included; ours neither is it nor came of it."""

    async def say(_: object, writer: Any) -> None:
        writer.write(ANSWERS[answer])
        await writer.drain()
        writer.close()

    search = Search()
    search.keep(TOKEN, "the token")
    search.keep(CODE, "the code")
    async with serving(say) as server, account_at(f"http://127.0.0.1:{server.port}") as account:
        with pytest.raises(SharebindError) as error:
            await (account.shares(device=LAMP).all() if wish == "a read" else account.accept(CODE))
    search.error(error.value, answer)
    assert search.hits() == []
    one: BaseException | None = error.value
    while one is not None:
        assert not type(one).__module__.startswith("aiohttp")
        one = one.__cause__ or one.__context__
    assert server.requests


async def test_queries_and_bodies_are_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    """With every logger at DEBUG no line holds what was sent: not the token, not a code in a query, not a body."""
    caplog.set_level(logging.DEBUG)
    search = Search()
    search.keep(TOKEN, "the token")
    search.keep(CODE, "the code")
    with search.logging():
        for provider, body in (("quectel", FINE), ("tencent", b'{"Response": {"RequestId": "r"}}')):
            async with serving(saying(body)) as server:
                async with account_at(f"http://127.0.0.1:{server.port}", provider) as account:
                    with suppress(SharebindError):  # what becomes of it does not matter here
                        await (account.inspect(CODE) if provider == "tencent" else account.accept(CODE))
                assert CODE.encode() in b"".join(server.requests)
                assert TOKEN.encode() in b"".join(server.requests)
    assert search.hits() == []
    assert search.count["log"] > 0


async def test_a_header_cannot_be_added_by_a_token() -> None:
    """A token with a line end is refused before anything is sent, and no header comes of it."""
    for end in ("\r\nX-Other: 1", "\n", "\0", "\x7f", "\u2028"):
        async with serving(saying(FINE)) as server, Sharebind() as sharebind:
            settings = {"token": Secret(TOKEN + end), "base_url": f"http://127.0.0.1:{server.port}"}
            try:
                account = sharebind.open_account("quectel", settings, name="desk")
                await account.me()
            except (SharebindError, ConfigurationError) as error:
                assert TOKEN not in str(error)  # noqa: PT017 - refused when opened or when asked
            else:
                pytest.fail("it was sent")
        assert server.requests == []
