"""The calls and answers, without a network."""

from datetime import UTC, datetime, timedelta

import pytest
import sharebind.provider as sb

from sharebind_lumen import wire

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LAMP = sb.DeviceRef("0123456789ab")


def test_the_end_of_the_use_is_sent_in_whole_seconds_and_never_later() -> None:
    """What is finer than a second is cut off."""
    end = NOW + timedelta(seconds=1.9)
    call = wire.share(sb.ShareDevice(device=LAMP, to=sb.Anyone(), use_until=end))
    assert call.changes
    assert call.body == {"device": "0123456789ab", "until": int(NOW.timestamp()) + 1}


def test_a_share_without_an_end_sends_none() -> None:
    """A field that was not asked for does not travel."""
    assert wire.share(sb.ShareDevice(device=LAMP, to=sb.Anyone())).body == {"device": "0123456789ab"}


def test_an_id_cannot_leave_its_place_in_a_path() -> None:
    """A stored ref is somebody else's text: it is written as one part of the path."""
    ref = wire.ref(LAMP, "a/../b?c", sb.Side.OWNER)
    assert wire.end(sb.EndShare(share=ref)).path == "/shares/a%2F..%2Fb%3Fc"


@pytest.mark.parametrize(("word", "state"), [("open", sb.State.OFFERED), ("of tomorrow", sb.State.UNKNOWN)])
def test_a_state_of_tomorrow_is_unknown(word: str, state: sb.State) -> None:
    """A word that the vendor adds later neither ends a share nor hides it."""
    found = sb.Fields({"share": "s1", "device": "0123456789ab", "state": word})
    assert wire.read_share(found, sb.Side.OWNER, NOW).state is state


def test_a_share_without_an_id_is_malformed() -> None:
    """What cannot be read says where."""
    with pytest.raises(sb.MalformedReplyError, match=r"\$\.share"):
        wire.read_share(sb.Fields({"device": "0123456789ab"}), sb.Side.OWNER, NOW)
