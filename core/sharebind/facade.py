"""The front door: one object that holds accounts, their providers and one connection pool."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sharebind import logs
from sharebind.account import Account
from sharebind.activating import activate, close
from sharebind.bindings import DeviceCode
from sharebind.clock import Clock, SystemClock
from sharebind.deadlines import Deadlines
from sharebind.durations import checked_duration
from sharebind.errors import ConfigurationError, InvalidRequestError, SharebindError, UnknownProviderError
from sharebind.events import Observer
from sharebind.observing import Observers
from sharebind.performing import Performer
from sharebind.places import Where
from sharebind.protocols import MemoryTokenStore, Policy, TokenStore
from sharebind.rates import UNPACED, Rate
from sharebind.reading import an_object
from sharebind.registry import Registry
from sharebind.registry.wording import one_line
from sharebind.retries import Retries
from sharebind.scanning import read_code
from sharebind.secrets import Secret, hush
from sharebind.settings import AccountSettings, Settings, read_account, read_file, read_mapping
from sharebind.specs import PluginSetup, ProviderSpec, Setup
from sharebind.structuring import SettingsClassError, structurer

if TYPE_CHECKING:
    import aiohttp

    from sharebind.http.client import Pool
    from sharebind.http.pacing import Pacer


T = TypeVar("T")


class Sharebind:
    """Accounts at any number of vendors, over one connection pool.

    Use it as ``async with``; accounts may be named in a file (``from_file``), in a mapping (``from_mapping``), or
    opened at run time (``open_account``), thousands of them.

    Args:
        settings: accounts that were read before.
        registry: which providers may be used; all that are installed, by default.
        session: a session to borrow the connector of. It is never closed, and none of its headers or cookies are used.
        clock: where the time comes from.
        tokens: where renewed tokens are kept.
        observers: who sees what happens to operations and lists.
        policies: who is asked before an operation is sent, by name; lists are not asked about. Those that the settings
            name are asked first.
        retries: how calls are repeated where that is safe; ``NO_RETRIES`` for a host that does so by itself.
        public_only: whether to refuse base URLs that lead to an address that is not public, for a host that lets
            others choose them. It needs connections of its own, so it does not go with a ``session``.

    Raises:
        ConfigurationError: ``public_only`` and a ``session`` were given; or what the settings say of plugins, policies
            and observers is wrong, or is said in code as well.
        TypeError: what was handed over is not what its name says.

    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        registry: Registry | None = None,
        session: aiohttp.ClientSession | None = None,
        clock: Clock | None = None,
        tokens: TokenStore | None = None,
        observers: Iterable[Observer] = (),
        policies: Mapping[str, Policy] | None = None,
        retries: Retries | None = None,
        public_only: bool = False,
    ) -> None:
        if public_only and session is not None:
            raise ConfigurationError("public_only needs connections of its own; a borrowed session brings others")
        if retries is not None and not isinstance(retries, Retries):
            raise TypeError(f"retries is a Retries or NO_RETRIES, not a {type(retries).__name__}")
        if settings is not None and not isinstance(settings, Settings):
            raise TypeError("use Sharebind.from_file(path) or Sharebind.from_mapping(tables)")
        self._settings = settings if settings is not None else Settings(accounts={}, where=Where())
        self.registry = _registry(self._settings, registry)
        self._session = session
        self._clock: Clock = clock if clock is not None else SystemClock()
        if tokens is not None and not (hasattr(tokens, "load") and hasattr(tokens, "save")):
            raise TypeError(f"tokens is a TokenStore, with async load and save, not a {type(tokens).__name__}")
        self._tokens: TokenStore = tokens if tokens is not None else MemoryTokenStore()
        active = activate(self.registry, self._settings, PluginSetup(clock=self._clock), policies, observers)
        self._observers = Observers(active.observers)
        self._policies = active.policies
        self._own = dict(active.own)
        self._retries = retries if retries is not None else Retries()
        self._public_only = public_only
        self._structurer = structurer()
        self._deadlines = Deadlines()
        self._pool: Pool | None = None
        self._pending: set[asyncio.Task[Any]] = set()
        self._accounts: dict[str, Account] = {}
        self._pacers: dict[str, Pacer] = {}
        self._ready: dict[str, tuple[ProviderSpec, Any]] = {}
        for account in self._settings.accounts.values():
            self._check(account)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], **options: Any) -> Self:
        """Read accounts from a TOML file; ``options`` are those of the class.

        Raises:
            ConfigurationError: the file cannot be read or says something wrong, with its line.
            UnknownProviderError: it names a provider that is not installed.

        """
        return _quietly(lambda: cls(read_file(path), **options))

    @classmethod
    def from_mapping(cls, tables: Mapping[str, Any], **options: Any) -> Self:
        """Read accounts from a mapping of the same shape as the file.

        Raises:
            ConfigurationError, UnknownProviderError: as ``from_file``.

        """
        given = _Given(tables)
        del tables
        return _quietly(lambda: cls(read_mapping(given.content), **options))

    def account(self, name: str) -> Account:
        """Give an account that is named in the settings, or was opened before and is not closed.

        Raises:
            ConfigurationError: there is none of that name.
            UnknownProviderError: its provider's plugin failed to load.

        """
        account = self._accounts.get(name)
        if account is not None:
            return account
        asked = self._settings.accounts.get(name)
        if asked is None:
            known = ", ".join(sorted({*self._settings.accounts, *self._accounts})) or "none"
            raise ConfigurationError(f"there is no account {name!r}; known are: {known}")
        if name not in self._ready:
            self._ready[name] = self._structured(asked)
        spec, settings = self._ready[name]
        return self._open(name, spec, settings, asked.timeout, asked.rate)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of all accounts, those from the settings and those opened at run time."""
        return tuple(sorted({*self._settings.accounts, *self._accounts}))

    @property
    def observer_failures(self) -> int:
        """How often an observer has raised; the first time of each is a warning in the log."""
        return self._observers.failures

    def open_account(
        self,
        provider: str,
        settings: Mapping[str, Any] | object,
        *,
        name: str,
        timeout: timedelta | None = None,
        rate: Rate | None = None,
    ) -> Account:
        """Make an account at run time, without I/O; ``account.close()`` forgets it.

        ``settings`` is a mapping as in a file (durations and secrets as texts, or as their own types), or an object of
        the provider's settings class. ``rate`` is the account's pace, else the one that the provider suggests. A name
        that is open already is replaced, for a new token often means just that.

        Raises:
            ConfigurationError: the settings are wrong.
            UnknownProviderError: there is no such provider.

        """
        if not name:
            raise ConfigurationError("an account needs a name")
        if timeout is not None:
            checked_duration(timeout, "timeout")
        if rate is not None and not isinstance(rate, Rate):
            raise ConfigurationError(f"{name}: expected a Rate or UNPACED, got {type(rate).__name__}")
        given = _Given(settings)
        del settings
        spec = self.registry.spec(provider)
        made, asked = _quietly(lambda: self._made(name, spec, given.content))
        if asked is not None:
            timeout = timeout if timeout is not None else asked.timeout
            rate = rate if rate is not None else asked.rate
        return self._open(name, spec, made, timeout, rate)

    def read_code(self, text: str | Secret, *, provider: str | None = None) -> DeviceCode:
        """Read the text of a code on a device or its package; then ``account.bind(code.device, code.proof)``.

        Every installed provider is asked. Where ``provider`` is named only that one is, which then also takes a text
        that has no mark of its vendor, such as a bare signature.

        Raises:
            AmbiguousCodeError: several providers read it; name one of ``choices``.
            InvalidRequestError: none does.
            UnknownProviderError: there is no such provider.

        """
        if text == "":
            raise InvalidRequestError("there is no device code in an empty text")
        sealed = text if isinstance(text, Secret) else Secret(text)
        del text
        return _quietly(lambda: read_code(self.registry, sealed, provider))

    async def aclose(self) -> None:
        """Close every account and what this object opened; closing twice is no error.

        A renewal of a token that is under way is waited for, since it may have used up the old one. Policies and
        observers that the settings name are closed, where they have an ``aclose``; those from code are their host's.
        """
        for account in tuple(self._accounts.values()):
            account.close()
        loop = asyncio.get_running_loop()
        pending = [task for task in self._pending if task.get_loop() is loop]
        if pending:
            await asyncio.wait(pending)
        if self._pool is not None:
            await self._pool.aclose()
        # Last, for they are told of all that ends; and once, though closing twice is no error.
        own, self._own = self._own, {}
        await close(own)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def _pacer(self, name: str, rate: Rate) -> Pacer | None:
        """Give what paces an account: the same one for an account that replaces another, for the vendor counts on."""
        from sharebind.http.pacing import Pacer

        if rate == UNPACED:
            return None
        pacer = self._pacers.get(name)
        if pacer is None or pacer.rate != rate:
            pacer = self._pacers[name] = Pacer(rate)
        return pacer

    def _forget(self, account: Account) -> None:
        # Another account may have taken the name since.
        if self._accounts.get(account.name) is account:
            del self._accounts[account.name]
            self._pacers.pop(account.name, None)

    def _check(self, account: AccountSettings) -> None:
        """Find what is wrong with an account's settings at the start; a broken plugin waits until it is asked for."""
        if account.provider not in self.registry.names():
            try:
                self.registry.spec(account.provider)
            except UnknownProviderError as unknown:
                place = self._settings.where.wrong(("accounts", account.name, "provider"), str(unknown))
                raise UnknownProviderError(str(place)) from None
        try:
            self._ready[account.name] = self._structured(account)
        except UnknownProviderError as broken:
            cause = one_line(str(broken))
            logs.warn("account.not_ready", account=account.name, provider=account.provider, cause=cause)

    def _made(self, name: str, spec: ProviderSpec, settings: object) -> tuple[Any, AccountSettings | None]:
        """Make the provider's settings of what a caller gave, and read the core's keys where that was a mapping."""
        table = an_object(settings)
        if table is not None:
            asked = read_account(name, {"provider": spec.name, **table}, Where(), (name,))
            return self._structure(spec, asked.table, Where(), (name,)), asked
        if isinstance(settings, spec.settings):
            return settings, None
        expected = spec.settings.__name__
        raise ConfigurationError(f"{name}: expected a mapping or {expected}, got {type(settings).__name__}")

    def _structured(self, account: AccountSettings) -> tuple[ProviderSpec, Any]:
        spec = self.registry.spec(account.provider)
        where, path = self._settings.where, ("accounts", account.name)
        return spec, self._structure(spec, account.table, where, path)

    def _structure(self, spec: ProviderSpec, table: Mapping[str, Any], where: Where, path: tuple[str, ...]) -> Any:
        try:
            return self._structurer.make(spec.settings, table, where, path)
        except SettingsClassError as unreadable:
            broken = self.registry.broken(spec.name, unreadable)
        raise broken

    def _open(
        self, name: str, spec: ProviderSpec, settings: Any, timeout: timedelta | None, rate: Rate | None
    ) -> Account:
        from sharebind.http.client import HttpClient, Pool

        if self._pool is None:
            self._pool = Pool(self._session, public_only=self._public_only, retries=self._retries)
        client = HttpClient(self._pool, settings.url, spec.name, self._pacer(name, rate or spec.rate))
        setup = Setup(account=name, client=client, clock=self._clock, tokens=self._tokens, pending=self._pending)
        try:
            provider = spec.factory(settings, setup)
        except (ImportError, SystemExit) as missing:
            raise self.registry.broken(spec.name, missing) from missing
        performer = Performer(
            account=name,
            spec=spec,
            provider=provider,
            clock=self._clock,
            tell=self._observers.tell,
            deadlines=self._deadlines,
            policies=self._policies,
        )
        account = Account(performer, timeout=timeout if timeout is not None else spec.timeout, forget=self._forget)
        self._accounts[name] = account
        return account


def _registry(settings: Settings, given: Registry | None) -> Registry:
    """Make the registry as the settings say, or take the one from code, and not both."""
    choices = settings.plugins
    if choices is None:
        return given if given is not None else Registry()
    if given is not None:
        raise settings.where.wrong(("plugins",), "a registry= was given as well; say in one place what may be used")
    try:
        return Registry(allow=choices.allow, block=choices.block, prefer=choices.prefer)
    except ConfigurationError as wrong:
        raise settings.where.wrong(("plugins", "prefer"), str(wrong)) from None


class _Given:
    """Settings as a caller gave them, with secrets in the clear: tracebacks with locals show names, and not this."""

    __slots__ = ("content",)

    def __init__(self, content: Any) -> None:
        self.content = content


def _quietly(make: Callable[[], T]) -> T:
    """Do something with settings; an error that comes of it shows none of them, not even in a traceback with locals."""
    outer = sys.exception()
    try:
        return make()
    except SharebindError as error:
        hush(error, outer)
        raise
