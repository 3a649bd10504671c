from __future__ import annotations

import pytest

from ocppkit.connection.transport import memory_pair
from ocppkit.errors import ConnectionLost


async def test_each_end_receives_what_the_other_sends_in_order() -> None:
    left, right = memory_pair("ocpp2.0.1")

    await left.send("one")
    left.send_octets(b"two")
    await right.send("back")

    assert [await right.receive(), await right.receive()] == ["one", b"two"]
    assert await left.receive() == "back"
    assert left.subprotocol == right.subprotocol == "ocpp2.0.1"


async def test_what_was_sent_before_a_close_is_still_received() -> None:
    left, right = memory_pair()

    await left.send("last words")
    await left.close(1001, "bye")
    await left.close()

    assert await right.receive() == "last words"
    for end in (left, right, right):
        with pytest.raises(ConnectionLost, match="1001 bye"):
            await end.receive()
    for end in (left, right):
        with pytest.raises(ConnectionLost, match="1001 bye"):
            await end.send("too late")
