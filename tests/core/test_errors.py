"""Errors, by what the caller does next."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

import sharebind
from sharebind import errors, provider
from sharebind.errors import Outcome, ProviderError, SharebindError
from sharebind.protocols import Gap
from sharebind.secrets import Raw
from sharebind.values import EndReason, Space

FACTS: dict[str, Any] = {
    "provider": "toy",
    "account": "desk",
    "operation": "share",
    "capability": "share.to.anyone",
    "policy": "night",
    "reason": "no such call",
    "vendor_code": "5137",
    "vendor_message": "分享码已失效",
    "http_status": 200,
    "request_id": "r-1",
    "retry_after": timedelta(seconds=3),
    "transient": True,
    "raw": Raw({"token": "hunter2"}),
}
OWN: dict[str, dict[str, Any]] = {
    "SpaceRequiredError": {"choices": [Space("1", name="Home"), Space("2")]},
    "AmbiguousCodeError": {"choices": ("quectel", "tencent")},
    "IncompleteListError": {"gaps": [Gap(where="page 2", why="HTTP 503")]},
}
LATER: dict[str, dict[str, Any]] = {
    "SignInError": {"tries_left": 2},
    "ShareEndedError": {"reason": EndReason.REVOKED},
    "WrongRegionError": {"region": "eu"},
    "MalformedReplyError": {"path": "$.data[0].code"},
}


def below(kind: type[SharebindError]) -> Iterator[type[SharebindError]]:
    """Yield a class and all of the library's own below it."""
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from below(child)


EVERY = list(below(SharebindError))


def full(kind: type[SharebindError]) -> SharebindError:
    """Make an error with everything set that can be set."""
    known = {**FACTS, **OWN.get(kind.__name__, {})}
    named = {
        name: known[name]
        for name, parameter in inspect.signature(kind.__init__).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    error = kind("what happened", **named)
    for name, value in LATER.get(kind.__name__, {}).items():
        setattr(error, name, value)
    return error


def facts(error: SharebindError) -> dict[str, Any]:
    """Give what programs read of an error, but for the vendor's body."""
    return {name: value for name, value in vars(error).items() if name != "raw"}


def drawn() -> dict[str, str]:
    """Read the tree in the module's docstring: each class and the class above it."""
    parents: dict[str, str] = {}
    above = ["SharebindError"]
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^ {4}([│ ]*)[├└]── (\w+)\s*(.*)$", line)
        if match is None:
            continue
        depth = len(match[1]) // 4 + 1
        name, told = match[2], match[3]
        del above[depth:]
        parents[name] = above[-1]
        above.append(name)
        if re.fullmatch(r"\w+Error(, \w+Error)+", told):
            parents |= dict.fromkeys(told.split(", "), name)
    return parents


def test_the_tree_is_as_drawn() -> None:
    """The docstring of the module draws every class, each below its real base."""
    assert drawn() == {kind.__name__: kind.__bases__[0].__name__ for kind in EVERY if kind is not SharebindError}


def test_the_outcome_follows_the_class() -> None:
    """One class means unknown, one means done, every other one means that nothing happened."""
    others = {kind.__name__: kind.outcome for kind in EVERY if kind.outcome is not Outcome.NOTHING}
    assert others == {"OutcomeUnknownError": Outcome.UNKNOWN, "ResultLostError": Outcome.DONE}


def test_the_outcome_is_of_the_class_alone() -> None:
    """No instance carries another outcome than its class."""
    assert [kind.__name__ for kind in EVERY if "outcome" in vars(full(kind))] == []


def test_a_configuration_error_is_no_provider_error() -> None:
    """Whoever catches the vendor's errors does not hide a mistake in the settings."""
    assert issubclass(errors.ConfigurationError, ProviderError) is False
    assert issubclass(errors.UnknownProviderError, ProviderError) is False


def test_callers_can_import_every_class() -> None:
    """Every error is public for callers, and every ProviderError for adapters."""
    assert {kind.__name__ for kind in EVERY} - set(sharebind.__all__) == set()
    assert {kind.__name__ for kind in below(ProviderError)} - set(provider.__all__) == set()


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_error_pickles(kind: type[SharebindError], protocol: int) -> None:
    """A pickled error keeps class, message and attributes, and leaves the vendor's body behind."""
    error = full(kind)
    again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - our own bytes
    assert (type(again), again.args, str(again)) == (kind, ("what happened",), "what happened")
    assert facts(again) == facts(error)
    assert "raw" not in vars(again)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy])
def test_every_error_copies(kind: type[SharebindError], way: Any) -> None:
    """A copied error keeps class, message and attributes, and leaves the vendor's body behind."""
    error = full(kind)
    again = way(error)
    assert (type(again), again.args, facts(again)) == (kind, error.args, facts(error))
    if isinstance(again, ProviderError):
        assert again.raw.reveal() is None


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_no_pickle_holds_the_vendors_body(kind: type[SharebindError]) -> None:
    """Neither the pickle nor what the error shows holds a word of the body."""
    error = full(kind)
    assert b"hunter2" not in pickle.dumps(error)
    assert "hunter2" not in f"{error} {error!r} {vars(error)}"


@pytest.mark.parametrize("kind", list(below(ProviderError)), ids=lambda kind: kind.__name__)
def test_a_provider_error_needs_its_message_alone(kind: type[ProviderError]) -> None:
    """Every fact has a quiet default, so that a table can make any class."""
    error = kind("no")
    assert (error.provider, error.account, error.operation) == ("", "", "")
    assert (error.vendor_code, error.vendor_message, error.http_status, error.request_id) == (None, None, None, None)
    assert (error.retry_after, error.raw.reveal()) == (None, None)


def test_defaults_of_single_classes() -> None:
    """What only some vendors tell is there, and says that nobody told."""
    assert errors.SignInError("no").tries_left is None
    assert errors.ShareEndedError("no").reason is EndReason.UNKNOWN
    assert errors.WrongRegionError("no").region is None
    assert errors.MalformedReplyError("no").path == ""


def test_what_was_asked_is_filled_in_once() -> None:
    """The core adds who was asked and for what, and overwrites nothing that the adapter knew better."""
    error = ProviderError("no", operation="shares").said_by(provider="toy", account="desk", operation="end")
    assert (error.provider, error.account, error.operation) == ("toy", "desk", "shares")


def test_choices_and_gaps_are_kept() -> None:
    """What the caller picks from is on the error, and does not change afterwards."""
    choices = [Space("1")]
    error = errors.SpaceRequiredError("which?", provider="toy", choices=choices)
    choices.clear()
    assert error.choices == (Space("1"),)
    assert errors.IncompleteListError("x", gaps=[Gap(where="a", why="b")]).gaps == (Gap(where="a", why="b"),)
    assert errors.AmbiguousCodeError("x", choices=["a"]).choices == ("a",)


def test_an_error_of_an_adapter_pickles_too() -> None:
    """A class that an adapter derives, with arguments of its own, needs no code for it."""
    error = OwnError(7)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(again), str(again), again.number) == (OwnError, "number 7", 7)


class OwnError(errors.ConflictError):
    """What an adapter might define."""

    def __init__(self, number: int) -> None:
        super().__init__(f"number {number}", provider="toy")
        self.number = number
