"""How a call is written: quickly where nothing in it needs quoting, and always alike."""

import asyncio

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from sharebind import ConfigurationError, InvalidRequestError, Secret
from sharebind.calls import HttpCall
from sharebind.clock import SystemClock
from sharebind.context import Context
from sharebind.http.client import HttpClient
from sharebind.http.pool import Pool
from sharebind.retries import Retries

BASE = "https://api.example.com/base"
FIELD = st.text(st.sampled_from("aZ09-._~ &=+%/?#:@灯é\x00\n'"), max_size=12)


def written(query: dict[str, str | Secret]) -> str:
    """Write the address of a call with these fields."""
    client = HttpClient(Pool(retries=Retries()), BASE, "acme")
    call = HttpCall(name="thing", method="GET", path="/v2/a%2Fb", query=query, changes=False)
    ctx = Context(account="home", provider="acme", operation="me", clock=SystemClock())
    return str(client._written(call, ctx).url)


@given(st.dictionaries(FIELD, FIELD, max_size=4))
def test_the_quick_way_writes_what_the_careful_one_does(fields: dict[str, str]) -> None:
    """Whether or not a field needs quoting, an address is the one that yarl makes of the same fields."""
    careful = URL(f"{BASE}/v2/a%2Fb", encoded=True)
    expected = str(careful.with_query(fields)) if fields else str(careful)
    assert written(dict(fields)) == expected
    assert written({name: Secret(value) if value else value for name, value in fields.items()}) == expected


def test_half_a_character_is_not_written() -> None:
    """A field that UTF-8 cannot write is refused, beside fields that need no quoting too."""
    with pytest.raises(InvalidRequestError, match="half a character"):
        written({"plain": "abc", "name": "\ud800"})


async def test_an_aiohttp_that_sends_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing could tell whether a request has left, no request is made at all."""
    monkeypatch.delattr(aiohttp.ClientRequest, "send")
    with pytest.raises(ConfigurationError, match="too new"):
        Pool(retries=Retries()).connector(asyncio.get_running_loop())
