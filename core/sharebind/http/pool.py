"""The one connection pool behind all accounts, and whom it connects to."""

from __future__ import annotations

import asyncio
import ssl
from weakref import WeakValueDictionary

import aiohttp
from yarl import URL

from sharebind.errors import ConfigurationError
from sharebind.http.exchange import CONNECT_TIMEOUT
from sharebind.http.guard import public_socket
from sharebind.http.retrying import Budget, Repeater
from sharebind.retries import Retries


class Pool:
    """One connection pool for any number of accounts; it opens with the first call and closes only what it opened.

    Connections are limited per host, so that a vendor that hangs starves nobody else.

    A borrowed session lends its connector only: none of its cookies, default headers and rules are used, and closing
    this pool leaves it open.

    A borrowed connector that verifies no certificates is refused.

    With ``public_only`` no connection goes to an address that is not public, whatever the name or text that led there.
    """

    def __init__(
        self,
        borrowed: aiohttp.ClientSession | None = None,
        *,
        connections: int = 100,
        public_only: bool = False,
        retries: Retries,
    ) -> None:
        if borrowed is not None and not _verifies(borrowed.connector):
            raise ConfigurationError("the borrowed aiohttp session verifies no certificates")
        self._borrowed = borrowed
        self._connections = connections
        self._public_only = public_only
        self._retries = retries
        self._budgets: WeakValueDictionary[tuple[str, str], Budget] = WeakValueDictionary()
        self._opened: aiohttp.BaseConnector | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self.times = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT)

    def connector(self, loop: asyncio.AbstractEventLoop) -> aiohttp.BaseConnector:
        """Give what holds the connections, opening it if this is the first call.

        Raises:
            ConfigurationError: the pool, or the session that was lent to it, is closed, or is another event loop's.
        """
        if self._closed:
            raise ConfigurationError("this Sharebind is closed; open a new one")
        if self._opened is None or self._opened.closed:
            self._opened, self._loop = self._open(loop), loop
        elif loop is not self._loop:
            raise ConfigurationError("this Sharebind has connections on another event loop; open one for each loop")
        return self._opened

    def _open(self, loop: asyncio.AbstractEventLoop) -> aiohttp.BaseConnector:
        if self._borrowed is None:
            guard = public_socket if self._public_only else None
            return aiohttp.TCPConnector(limit=0, limit_per_host=self._connections, socket_factory=guard)
        lent = self._borrowed.connector
        if lent is None or lent.closed:
            raise ConfigurationError("the borrowed aiohttp session is closed")
        if getattr(lent, "_loop", loop) is not loop:  # its public name is deprecated
            raise ConfigurationError("the borrowed aiohttp session is another event loop's")
        return lent

    def repeater(self, provider: str, base_url: str) -> Repeater:
        """Give what repeats calls to a host; all accounts of a provider share its budget there."""
        host = (provider, URL(base_url).authority)
        budget = self._budgets.get(host)
        if budget is None:
            budget = self._budgets[host] = Budget(self._retries.budget)
        return Repeater(self._retries, budget)

    async def aclose(self) -> None:
        """Close what this pool opened; closing twice is no error."""
        self._closed = True
        opened, self._opened = self._opened, None
        if opened is not None and self._borrowed is None:
            # Closing alone waits for what is being sent, and nobody may be reading it. No public name gives these.
            for protocol in tuple(getattr(opened, "_acquired", ())):
                transport: asyncio.Transport | None = getattr(protocol, "transport", None)
                if transport is not None:
                    transport.abort()
            await opened.close()


def _verifies(connector: aiohttp.BaseConnector | None) -> bool:
    """Tell whether a connector looks at certificates; one that knows a server by its fingerprint does."""
    rule: object = getattr(connector, "_ssl", True)  # no public name tells
    if isinstance(rule, ssl.SSLContext):
        return rule.verify_mode is ssl.CERT_REQUIRED and rule.check_hostname
    return rule is not False
