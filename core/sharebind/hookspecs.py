"""The hooks of this project. They are synchronous, take no defaults, and hand over descriptions."""

from __future__ import annotations

from typing import Final

import pluggy

from sharebind.specs import ObserverSpec, PolicySpec, ProviderSpec

PROJECT: Final = "sharebind"
hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """What a plugin module implements: the hook of each kind of plugin that its entry points name."""

    @hookspec
    def sharebind_provider(self) -> ProviderSpec:  # type: ignore[empty-body]  # a specification has no body
        """Describe the provider. Called once, when its name is first used."""

    @hookspec
    def sharebind_policy(self) -> PolicySpec:  # type: ignore[empty-body]  # the same
        """Describe the policy. Called once, when a host names it."""

    @hookspec
    def sharebind_observer(self) -> ObserverSpec:  # type: ignore[empty-body]  # the same
        """Describe the observer. Called once, when a host names it."""
