"""The reference provider as a plugin would hand it over."""

from __future__ import annotations

from sharebind.provider import API, ProviderSpec, Setup
from sharebind.testing.reference.codes import PROVIDER
from sharebind.testing.reference.provider import ReferenceProvider
from sharebind.testing.reference.settings import ReferenceSettings
from sharebind.testing.reference.support import SUPPORT
from sharebind.testing.reference.world import World


def reference_spec(world: World, provider: type[ReferenceProvider] = ReferenceProvider) -> ProviderSpec:
    """Describe the provider over one world; another class than the usual one is a mutant of it."""

    def make(settings: ReferenceSettings, setup: Setup) -> ReferenceProvider:
        return provider(settings, setup, world)

    return ProviderSpec(
        name=PROVIDER,
        api=API,
        settings=ReferenceSettings,
        capabilities=SUPPORT,
        factory=make,
        title="Reference",
    )
