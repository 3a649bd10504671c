"""A CSMS in a few lines, for OCPP 2.0.1: ``python examples/csms.py``.

It serves the first station that charges, for instance ``examples/station.py``, until it leaves.
"""

from __future__ import annotations

import asyncio

import ocppkit.v201 as ocpp
from ocppkit.connection import Session
from ocppkit.csms import CsmsServer, Memory
from ocppkit.csms.v201 import AcceptingHandler
from ocppkit.message import Answer, Version


class Backend(AcceptingHandler):
    """Answers every message as its base does, but here is what this CSMS does itself."""

    def __init__(self, session: Session, memory: Memory, charging: asyncio.Queue[Session]) -> None:
        super().__init__(session.identity, memory)
        self.session = session
        self.charging = charging

    async def on_transaction_event(
        self, request: ocpp.TransactionEventRequest
    ) -> Answer[ocpp.TransactionEventResponse]:
        """Say what happens, and go on as usual."""
        print(f"{self.session.identity}: {request.event_type}, {request.trigger_reason}")
        if request.event_type is ocpp.TransactionEventEnumType.STARTED:
            self.charging.put_nowait(self.session)
        return await super().on_transaction_event(request)


async def main(port: int = 9000) -> None:
    """Wait for a station, ask it something, and see it off."""
    memory = Memory()
    charging: asyncio.Queue[Session] = asyncio.Queue()
    async with CsmsServer(
        port=port,
        versions=[Version.V201],
        handlers=lambda session: [Backend(session, memory, charging)],
        memory=memory,
    ) as csms:
        print(f"stations connect to {csms.url}")
        session = await charging.get()
        response = await csms.station(session.identity).call(  # from anywhere, at any time
            ocpp.GetTransactionStatusRequest()
        )
        print(f"{session.identity} has more to tell: {response.messages_in_queue}")
        await session.closed()
        for transaction in csms.record(session.identity).transactions:
            print(f"{session.identity} is gone; why it stopped: {transaction.stopped_reason}")


if __name__ == "__main__":
    asyncio.run(main())
