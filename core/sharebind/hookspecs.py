"""The hooks of this project. They are synchronous, take no defaults, and hand over descriptions."""

from __future__ import annotations

from typing import Final

import pluggy

from sharebind.specs import ProviderSpec

PROJECT: Final = "sharebind"
hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)


class ProviderHooks:
    """What a provider's plugin module implements."""

    @hookspec
    def sharebind_provider(self) -> ProviderSpec:  # type: ignore[empty-body]  # a specification has no body
        """Describe the provider. Called once, when its name is first used."""
