"""What is promised to authors of plugins: nothing that they lean on goes away within a major of the API."""

from __future__ import annotations

import pytest
from tests.template.surface import LIST, surface

from sharebind.provider import API

TOLD = LIST.read_text(encoding="utf-8").splitlines()


def test_nothing_that_was_promised_is_gone() -> None:
    """A line of the list that is no longer true breaks plugins that are out there."""
    gone = sorted(set(TOLD) - set(surface()))
    assert not gone, (
        "these were promised within this major of the plugin API, and are gone or say something else now. Bring them "
        "back beside what is new; or raise API's major, which docs/reference/plugin-api.md says how to do:\n"
        + "\n".join(gone)
    )


def test_whatever_is_new_is_promised_too() -> None:
    """A name, field or parameter that was added stands in the list from then on."""
    new = sorted(set(surface()) - set(TOLD))
    assert not new, (
        "these are new in the plugin API. If none of them has to be given or written by a plugin that is out there "
        "already, run python -m tests.template.surface; else it takes a new major:\n" + "\n".join(new)
    )


def test_the_version_is_the_first() -> None:
    """Plugins write this pair; the list is of this major."""
    assert API == (1, 0)


@pytest.mark.parametrize(
    "line",
    [
        "provider ProviderSpec.name: must be given, by name",
        "provider ProviderSpec.rate: may be given, by name",
        "provider SharingProvider.share(op by place, ctx by place), to be written",
        "provider ShareDevice.kind = 'share'",
        "provider State.OFFERED = 'offered'",
        "provider ShareEndedError is a ProviderError",
        "provider capabilities.SHARE_TO_ANYONE = share.to.anyone",
        "provider hookimpl",
        "emulator RoutedCloud.holdings(), to be written",
        "testing EmulatedRig.settings(user), to be written",
    ],
)
def test_the_list_says_what_plugins_lean_on(line: str) -> None:
    """Fields with and without a default, methods to be written, stored words, members and classes are in it."""
    assert line in TOLD
    assert line in surface()
