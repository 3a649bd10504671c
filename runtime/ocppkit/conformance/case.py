"""What a case is written with: expect, check, call, act, and how it is registered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import Any, TypeVar, cast

from attrs import define, evolve, field

from ocppkit.conformance.answers import Answer
from ocppkit.conformance.checks import Check, Found, fields, said
from ocppkit.conformance.endpoint import Unreadable
from ocppkit.conformance.facts import Facts
from ocppkit.conformance.inventory import Inventory, VariableName
from ocppkit.conformance.kit import Broken, Kit
from ocppkit.conformance.looking import first_that_fits, nearly
from ocppkit.conformance.mailbox import Received
from ocppkit.conformance.registry import ALL, CASES, CaseFunction, case
from ocppkit.conformance.sessions import Session, Sessions
from ocppkit.conformance.settings import CaseSettings, Token
from ocppkit.conformance.variables import Variables
from ocppkit.conformance.verdict import Deviation, Missing, Phase
from ocppkit.conformance.world import CommandRefused, brief
from ocppkit.errors import CallError, CallRefused, ConnectionLost
from ocppkit.message import R, Request, Response
from ocppkit.v201 import BootNotificationRequest, CertificateHashDataType, IdTokenInfoType

__all__ = ["ALL", "CASES", "Case", "CaseFunction", "case"]

Q = TypeVar("Q", bound=Request[Any])


@define(kw_only=True, eq=False)
class Case:
    """One run of one case.

    Attributes:
        kit: the CSMS, and what it knows.
        facts: of the case.
        phase: which part runs.
        deviations: all that deviated so far.
        sessions: what is under way at the EVSEs.
        calls: what the case asked of the station.
        variables: sets them, and puts them back.
        mark: the place in the mailbox at which the case began.
        known: tokens that the station can accept without asking: cached, or in its list.
        looked_at: the place in the mailbox up to which a connector's states were looked at.
        lock_broken: whether the case had the cable lock fail.
        state: the reusable state that it plays, if it plays one.
        roots_before: what was installed before the case installed a root, by its use.
    """

    kit: Kit
    facts: Facts
    phase: Phase = Phase.BEFORE
    deviations: list[Deviation] = field(factory=list)
    sessions: Sessions = field(init=False)
    calls: list[Request[Any]] = field(factory=list)
    variables: Variables = field(init=False)
    mark: int = 0
    known: set[str] = field(factory=set)
    looked_at: dict[tuple[int, int], int] = field(factory=dict)
    lock_broken: bool = False
    state: str = ""
    roots_before: dict[str, list[CertificateHashDataType]] = field(factory=dict)
    _allowed: list[tuple[str, Check]] = field(factory=list, init=False)
    _came: dict[int, Received] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        """Begin."""
        self.sessions = Sessions(evse=self.settings.evse_id)
        self.variables = Variables(self)

    @property
    def settings(self) -> CaseSettings:
        """What the cases are told."""
        return self.kit.settings

    @property
    def inventory(self) -> Inventory:
        """What the station said of its variables."""
        return self.kit.inventory

    @property
    def log(self) -> list[Received]:
        """All that came since the case began."""
        return self.kit.mailbox.received[self.mark :]

    def session(self, evse: int | None = None) -> Session:
        """What is under way at an EVSE; at the configured one unless told otherwise."""
        return self.sessions.at(evse)

    async def expect(
        self,
        of: type[Q],
        step: int | str = "",
        *,
        where: Check | None = None,
        check: Check | None = None,
        within: float | None = None,
    ) -> Q:
        """Wait for a message: the first of the case that fits and that nobody has taken.

        Args:
            of: its class.
            step: of the case's text.
            where: tells it from others of its class; what does not fit it stays.
            check: what it has to say besides; what deviates is noted, and the case goes on.
            within: how long it may take, in seconds; the configured message timeout if left out.

        Raises:
            Missing: it did not come.
        """
        patience = self.settings.message_timeout if within is None else within
        request = await self.optional(of, step, where=where, check=check, within=patience)
        if request is None:
            for found in nearly(self.log, of, where):
                self._note(step, of.ACTION, found)
            self.deviate(step, of.ACTION, "such a message", f"none within {patience:g} s")
            raise Missing(of.ACTION)
        return request

    async def optional(
        self,
        of: type[Q],
        step: int | str = "",
        *,
        where: Check | None = None,
        check: Check | None = None,
        within: float | None = None,
    ) -> Q | None:
        """Wait for what may come, as `expect` does; None where it does not."""
        patience = self.settings.optional_wait if within is None else within
        came = await first_that_fits(self.kit.mailbox, self.mark, of, where, patience)
        if came is None:
            return None
        request = self._take(of, came)
        if check is not None:
            self.check(step, request, check)
        return request

    def allow(self, of: type[Request[Any]], where: Check | None = None) -> None:
        """Say that such messages may come, for what else is a deviation at the end."""
        self._allowed.append((of.ACTION, where or fields()))

    def allowed(self, came: Received) -> bool:
        """Whether the case said that it may come."""
        return any(
            action == came.action and (came.request is None or not check(came.request))
            for action, check in self._allowed
        )

    async def nothing(
        self,
        of: type[Request[Any]],
        step: int | str = "",
        *,
        where: Check | None = None,
        seconds: float | None = None,
    ) -> None:
        """Let time pass, and see that no such message comes.

        Args:
            of: its class.
            step: of the case's text.
            where: which of them must not come; any unless told otherwise.
            seconds: how long; the configured message timeout if left out.
        """
        wait = self.settings.message_timeout if seconds is None else seconds
        async with self.never(of, step, where=where):
            await self.kit.clock.sleep(wait)

    @asynccontextmanager
    async def never(
        self, of: type[Request[Any]], step: int | str = "", *, where: Check | None = None
    ) -> AsyncIterator[None]:
        """See that no such message comes inside the block."""
        begin = len(self.kit.mailbox.received)
        yield
        for came in self.kit.mailbox.received[begin:]:
            request = came.request
            if came.action == of.ACTION and not (where and request and where(request)):
                self.deviate(step, of.ACTION, "none", said(request or came.payload))
                came.taken = True

    def came(self, request: Request[Any]) -> Received:
        """When and how a message came that the case has had."""
        return self._came[id(request)]

    def in_order(self, step: int | str, first: Request[Any], then: Request[Any]) -> None:
        """See that one came before the other."""
        if self.came(first).number > self.came(then).number:
            self.deviate(step, then.ACTION, f"after {first.ACTION}", "before it")

    def check(self, step: int | str, message: object, *checks: Check, **wanted: object) -> bool:
        """Look at a message; all that deviates is noted, and the case goes on.

        Args:
            step: of the case's text.
            message: a request, a response, or part of one.
            *checks: what to look for.
            **wanted: as `checks.fields` takes them.

        Returns:
            Whether it is as it should be.
        """
        found = [each for check in (*checks, fields(**wanted)) for each in check(message)]
        for each in found:
            self._note(step, type(message).__name__, each)
        return not found

    def deviate(self, step: int | str, path: str, expected: str, came: str) -> None:
        """Note that something is other than it should be."""
        where = {"step": str(step), "state": self.state}
        self.deviations.append(
            Deviation(path=path, expected=expected, came=came, phase=self.phase, **where)
        )
        self.kit.note("kit", f"deviation: {self.deviations[-1]}")

    def broke(self, broken: Broken) -> None:
        """Note that a message breaks the schema."""
        self.deviations.append(
            Deviation(path=broken[0], expected=broken[1], came=broken[2], phase=self.phase)
        )

    async def call(
        self, request: Request[R], step: int | str = "", *, check: Check | None = None
    ) -> R:
        """Ask the station.

        Args:
            request: what.
            step: of the case's text.
            check: what the answer has to say.

        Raises:
            Missing: it did not answer, or with an error.
        """
        answer = await self.ask(request, step)
        if isinstance(answer, CallRefused):
            came = f"CALLERROR {answer.code} {answer.description}".rstrip()
            self.deviate(step, f"{request.ACTION}Response", "a response", came)
            raise Missing(request.ACTION)
        if check is not None:
            self.check(step, answer, check)
        return answer

    async def ask(self, request: Request[R], step: int | str = "") -> R | CallRefused:
        """Ask the station where an error is as good as a response.

        Raises:
            Missing: it did not answer.
        """
        self.calls.append(request)
        asking = self.kit.at.ask(request, within=self.settings.message_timeout)
        return cast("R | CallRefused", await self._answered(request.ACTION, step, asking))

    async def call_json(
        self, action: str, payload: Mapping[str, Any], step: int | str = ""
    ) -> Any | CallRefused:
        """Ask in the words of the wire, also what breaks the schema; the answer's payload.

        Raises:
            Missing: it did not answer.
        """
        asking = self.kit.at.ask_json(action, payload, within=self.settings.message_timeout)
        return await self._answered(action, step, asking)

    def answer(self, to: type[Request[R]], answer: Answer | Callable[[Any], Answer]) -> None:
        """Say how to answer an action until the case ends: a response, an error, `SILENCE`."""
        rule = answer if _is_rule(answer) else lambda _: answer
        self.kit.answers.rules[to.ACTION] = cast("Callable[[Any], Answer]", rule)

    @contextmanager
    def answering(
        self, to: type[Request[R]], answer: Answer | Callable[[Any], Answer]
    ) -> Iterator[None]:
        """Say how to answer an action inside the block."""
        rules = self.kit.answers.rules
        former = rules.get(to.ACTION)
        self.answer(to, answer)
        try:
            yield
        finally:
            _ = rules.pop(to.ACTION, None)
            if former is not None:
                rules[to.ACTION] = former

    def default_answer(self, request: Request[R], response: type[R]) -> R:
        """What would go back if the case said nothing; for rules that change some of it."""
        return cast("R", self.kit.answers.default(request, response))

    def think(self, token: Token, info: IdTokenInfoType | None = None, **changes: Any) -> None:
        """Say what the CSMS thinks of a token until the case ends.

        Args:
            token: whose.
            info: all of it; what the settings say of it if left out.
            **changes: what is other than that.
        """
        about = info or self.settings.about(token)
        self.kit.answers.tokens[token.id_token.casefold()] = evolve(about, **changes)

    async def do(self, action: str, **args: Any) -> None:
        """Have something done around the station.

        Raises:
            Impossible: there is no way.
            Missing: it was refused.
        """
        if action == "lock_behaviour":
            self.lock_broken = not args.get("works", True)
        shown = " ".join(f"{name}={brief(value)}" for name, value in args.items())
        self.kit.note("world", f"{action} {shown}".rstrip())
        try:
            await self.kit.world.perform(action, **args)
        except CommandRefused as error:
            self.deviate("", action, "that it can be done", str(error))
            raise Missing(action) from error

    @asynccontextmanager
    async def offline(self) -> AsyncIterator[None]:
        """Refuse the station inside the block; afterwards it has connected again."""
        await self.go_dark()
        try:
            yield
        finally:
            self.kit.at.refusing = None
        await self.connected()

    async def go_dark(self) -> None:
        """Close the connection, and refuse the station until `offline` is left or the case ends."""
        self.kit.at.refusing = HTTPStatus.SERVICE_UNAVAILABLE
        await self.kit.at.close(1001, "going away")

    async def connected(self, within: float | None = None) -> None:
        """Wait until the station is connected.

        Raises:
            Missing: it does not come.
        """
        wait = self.settings.reboot_timeout if within is None else within
        if not await self.kit.mailbox.until(lambda: self.kit.at.connected, wait):
            self.deviate("", "connection", "the station to connect", f"nothing within {wait:g} s")
            raise Missing("connection")

    @asynccontextmanager
    async def reboot(self) -> AsyncIterator[None]:
        """Let the station restart inside the block: its BootNotification is no deviation."""
        self.allow(BootNotificationRequest)
        yield
        await self.connected()

    async def configure(
        self,
        wanted: Mapping[VariableName, object],
        *,
        optional: Collection[VariableName] = (),
    ) -> None:
        """Have variables say this; they are put back when the case ends.

        Args:
            wanted: values by variable; a boolean, a number, a list are written as OCPP does.
            optional: which of them the station need not have, or let be set; `ALL` for all.

        Raises:
            NotApplicable: the station has no such variable, or it is fixed at something else.
            Missing: the station refuses what it should take.
        """
        await self.variables.configure(wanted, optional=optional)

    async def _answered(self, action: str, step: int | str, asking: Awaitable[Any]) -> Any:
        try:
            return await asking
        except CallRefused as refused:
            return refused
        except (TimeoutError, ConnectionLost, Unreadable) as error:
            self.deviate(step, f"{action}Response", "a response", str(error) or "nothing")
            raise Missing(action) from error

    def _take(self, of: type[Q], came: Received) -> Q:
        came.taken = True
        request = came.request
        if not isinstance(request, of):
            msg = f"no {of.__name__}: {request!r}"
            raise TypeError(msg)
        self._came[id(request)] = came
        return request

    def _note(self, step: int | str, message: str, found: Found) -> None:
        path = f"{message}.{found.path}" if found.path else message
        self.deviate(step, path, found.expected, found.came)


def _is_rule(answer: object) -> bool:
    return callable(answer) and not isinstance(answer, (Response, CallError, type))
