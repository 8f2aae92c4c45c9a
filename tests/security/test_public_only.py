"""The address guard: with ``public_only`` no connection goes to an address that is not public, however written."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta
from typing import Final

import aiohttp
import pytest

from sharebind import (
    NO_RETRIES,
    ConfigurationError,
    Outcome,
    Sharebind,
    SharebindError,
    UnavailableError,
    device,
)
from sharebind.http import guard

from .wires import MORE_THAN_ONE, Server, lead, saying, serving

TOKEN: Final = "TOKEN-canary-11aa22bb"
FINE: Final = b'{"code": 200, "data": {"uid": "u"}}'


async def asked(url: str) -> SharebindError | None:
    """Ask who the account is, and give the error."""
    async with Sharebind(public_only=True, retries=NO_RETRIES) as sharebind:
        account = sharebind.open_account("quectel", {"token": TOKEN, "base_url": url}, name="desk")
        try:
            await account.me(within=timedelta(seconds=1))
        except SharebindError as error:
            return error
    return None


def refused(error: SharebindError | None, server: Server) -> None:
    """Expect that nothing was sent, and that the settings are to blame."""
    assert isinstance(error, ConfigurationError)
    assert error.outcome is Outcome.NOTHING
    assert "not public" in str(error)
    assert TOKEN not in str(error)
    assert (server.connections, server.requests) == (0, [])


SPELLINGS: Final = (
    "http://127.0.0.1",
    "http://localhost",
    "https://127.1",
    "https://0x7f000001",
    "https://0x7f.1",
    "https://2130706433",
    "https://017700000001",
    "https://0177.0.0.1",
    "https://127.0.0.1.",
    "https://0",
    "https://0.0.0.0",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:7f00:1]",
    "https://[0:0:0:0:0:ffff:127.0.0.1]",
    "https://LOCALHOST",
    "https://１２７.０.０.１",
)
"""Ways to write this machine's own address, of which a check of the text knows a few."""


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_no_spelling_leads_inside(spelling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However loopback is written, and whatever a look-up makes of what is no address, the server hears nothing."""
    lead(monkeypatch, "127.0.0.1")
    async with serving(saying(FINE)) as server:
        error = await asked(f"{spelling}:{server.port}")
    # Some of them the HTTP library takes for no URL at all, before anybody looks at an address.
    assert isinstance(error, ConfigurationError | UnavailableError)
    assert error.outcome is Outcome.NOTHING
    assert (server.connections, server.requests) == (0, [])


INSIDE: Final = (
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - an address that is refused
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fd00::1",
    "fe80::1",
    "fec0::1",
    "192.0.0.192",
    "64:ff9b::c000:c0",
    "2002:c000:c0::",
    "168.63.129.16",
    "3fff::1",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "::10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:7f00:1::",
    "100::1",
    "5f00::1",
)
"""Addresses behind which are this machine, its neighbours, a cloud's metadata, or nobody."""


def socket_to(address: str) -> socket.socket:
    """Ask for the socket of a connection, as the HTTP library does before it connects."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return guard.public_socket((family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 443)))


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_gets_a_socket(address: str) -> None:
    """Where there is no socket there is no connection."""
    with pytest.raises(guard.NotPublicError, match="not public"):
        socket_to(address).close()


@pytest.mark.parametrize("address", INSIDE)
async def test_no_name_leads_inside(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to such an address gets no connection, whatever the name looks like."""
    async with serving(saying(FINE)) as server:
        names = lead(monkeypatch, address)
        error = await asked(f"https://api.vendor.example:{server.port}")
        refused(error, server)
    assert names == ["api.vendor.example"]


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2002:808:808::1", "64:ff9b::808:808"]
)
def test_public_addresses_are_let_through(address: str) -> None:
    """A guard that refuses everything would pass the tests above; a public address gets its socket."""
    with socket_to(address) as made:
        assert made.type is socket.SOCK_STREAM


@MORE_THAN_ONE
async def test_a_name_that_moves_inside_is_refused_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is the address of each connection: a name that was public a moment ago is looked at again."""
    monkeypatch.setattr(guard, "_is_public", lambda text: text == "127.0.0.2")  # staged: this one is the public one
    async with (
        serving(saying(FINE, "Connection: close"), host="127.0.0.2") as public,
        serving(saying(FINE), port=public.port) as inside,
        Sharebind(public_only=True) as sharebind,
    ):
        names = lead(monkeypatch, "127.0.0.2", "127.0.0.1")
        settings = {"token": TOKEN, "base_url": f"http://localhost:{public.port}"}
        account = sharebind.open_account("quectel", settings, name="desk")
        await account.me()
        assert sharebind._pool is not None
        connector = sharebind._pool.connector(asyncio.get_running_loop())
        assert isinstance(connector, aiohttp.TCPConnector)
        connector.clear_dns_cache()
        with pytest.raises(ConfigurationError, match="not public"):
            await account.me()
    assert (len(public.requests), inside.connections, names) == (1, 0, ["localhost", "localhost"])


async def test_other_hosts_are_let_go_inside() -> None:
    """Without ``public_only``, which is for hosts that let others choose, an address of one's own works."""
    async with serving(saying(FINE)) as server, Sharebind() as sharebind:
        settings = {"token": TOKEN, "base_url": f"http://127.0.0.1:{server.port}"}
        await sharebind.open_account("quectel", settings, name="desk").me()
    assert len(server.requests) == 1


async def test_a_borrowed_session_does_not_go_with_the_guard() -> None:
    """A borrowed connector makes its own sockets, so both at once are refused when the host is made."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ConfigurationError, match="public_only"):
            Sharebind(public_only=True, session=session)


async def test_a_change_that_was_not_let_out_did_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change is refused like a read: nothing happened, and nobody has to look."""
    lead(monkeypatch, "10.0.0.1")
    async with Sharebind(public_only=True) as sharebind:
        settings = {"token": TOKEN, "base_url": "https://api.vendor.example"}
        account = sharebind.open_account("quectel", settings, name="desk")
        with pytest.raises(ConfigurationError, match="not public") as error:
            await account.accept("CODE-canary")
        assert error.value.outcome is Outcome.NOTHING
        with pytest.raises(ConfigurationError, match="not public"):
            await account.unbind(device("p/lamp"))
