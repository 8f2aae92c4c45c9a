"""What a plugin hands over: a description of what it brings, light enough to be listed without loading the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import attrs

from sharebind.bindings import DeviceCode
from sharebind.calls import Client
from sharebind.capabilities import Capability, Support
from sharebind.clock import Clock
from sharebind.events import Observer
from sharebind.protocols import Policy, Provider, TokenStore
from sharebind.rates import UNPACED, Rate

API: Final = (1, 0)
"""The version of the plugin API that this core speaks: a plugin written for another major is not loaded."""


@attrs.frozen(kw_only=True)
class Setup:
    """What the core hands an adapter beside its settings; one per account.

    ``pending`` holds what goes on without a caller, such as a renewal: closing the host waits for it.
    """

    account: str
    client: Client
    clock: Clock
    tokens: TokenStore
    pending: set[asyncio.Task[Any]] = attrs.field(factory=set["asyncio.Task[Any]"])


@attrs.frozen(kw_only=True)
class ProviderSpec:
    """One provider: its name, its settings, what it can do, and how to make one.

    ``name`` is the entry point's name. ``api`` is the version that the author wrote against. ``settings`` is an attrs
    class that structures an account's table; its property ``url`` gives the base URL. ``capabilities`` says what the
    provider can do at most, before an account exists. ``extra`` lists the keys that it takes beyond the model, by the
    capability that they go with: ``share.to.anyone``, ``bind.by.identity``. ``needs_product`` says whether a device
    must be named with its product. ``read_code`` reads the text of a device's code, ``None`` where it is not this
    vendor's. ``rate`` is the pace that the vendor asks for, which an account's settings may change. ``emulator`` gives
    the class of its emulated cloud, ``rig`` what stages its conformance tests.
    """

    name: str
    api: tuple[int, int]
    settings: type[Any]
    capabilities: Mapping[Capability, Support]
    factory: Callable[[Any, Setup], Provider]
    extra: Mapping[Capability, frozenset[str]] = attrs.field(factory=dict[Capability, frozenset[str]])
    needs_product: bool = False
    title: str = ""
    timeout: timedelta = timedelta(seconds=30)
    rate: Rate = attrs.field(default=UNPACED, validator=attrs.validators.instance_of(Rate))
    read_code: Callable[[str], DeviceCode | None] | None = None
    emulator: Callable[[], type[Any]] | None = None
    rig: Callable[[], Any] | None = None


@attrs.frozen(kw_only=True)
class PluginSetup:
    """What the core hands a policy or an observer beside its settings; it may grow."""

    clock: Clock


@attrs.frozen(kw_only=True)
class PolicySpec:
    """One policy: its name, its settings, and how to make one of them.

    ``name`` is the entry point's name. ``settings`` is an attrs class that structures the table ``[policies.NAME]``.
    ``factory`` is called once, at the start, with an object of that class, and does no I/O. A policy that has an
    ``aclose`` is closed with the ``Sharebind`` whose settings name it.
    """

    name: str
    api: tuple[int, int]
    settings: type[Any]
    factory: Callable[[Any, PluginSetup], Policy]
    title: str = ""


@attrs.frozen(kw_only=True)
class ObserverSpec:
    """One observer, described as a policy is; its table is ``[observers.NAME]``."""

    name: str
    api: tuple[int, int]
    settings: type[Any]
    factory: Callable[[Any, PluginSetup], Observer]
    title: str = ""
