from __future__ import annotations

from typing import Any

import pytest

from ocppkit.errors import CallError, ErrorCode
from ocppkit.message import Action, Handler, Side, stub
from ocppkit.rpc import Router

STATION = frozenset({Side.STATION})
CSMS = frozenset({Side.CSMS})


def row(name: str, method: str, receivers: frozenset[Side]) -> Action:
    return Action(
        name=name,
        method=method,
        receivers=receivers,
        block="block",
        module="nowhere",
        stem=method.removeprefix("on_"),
    )


ACTIONS = {
    action.name: action
    for action in (
        row("Reset", "on_reset", STATION),
        row("ClearCache", "on_clear_cache", STATION),
        row("Heartbeat", "on_heartbeat", CSMS),
        row("DataTransfer", "on_data_transfer", STATION | CSMS),
    )
}


class Stubs(Handler):
    @stub
    async def on_reset(self, request: Any) -> Any:
        raise NotImplementedError

    @stub
    async def on_data_transfer(self, request: Any) -> Any:
        raise NotImplementedError


class Resets(Stubs):
    async def on_reset(self, request: Any) -> Any:
        return "reset", request


class Transfers(Handler):
    async def on_data_transfer(self, request: Any) -> Any:
        return "transferred", request


def router(*handlers: Handler, side: Side = Side.STATION) -> Router:
    return Router(side=side, actions=ACTIONS, handlers=handlers)


async def test_an_action_goes_to_the_method_that_implements_it() -> None:
    route = router(Resets()).route("Reset")

    assert route.action is ACTIONS["Reset"]
    assert await route.method(1) == ("reset", 1)


async def test_several_handlers_share_the_actions_of_a_side() -> None:
    both = router(Resets(), Transfers())

    assert await both.route("Reset").method(1) == ("reset", 1)
    assert await both.route("DataTransfer").method(2) == ("transferred", 2)


async def test_an_action_of_both_sides_is_found_on_either() -> None:
    csms = router(Transfers(), side=Side.CSMS)

    assert await csms.route("DataTransfer").method(2) == ("transferred", 2)


@pytest.mark.parametrize("name", ["reset", "Resett", "", "Heartbeat", "on_reset"])
@pytest.mark.requirement("1.6-J §4.2.3")
def test_an_action_unknown_to_the_version_or_the_side_is_not_implemented(name: str) -> None:
    with pytest.raises(CallError) as caught:
        router(Resets()).route(name)

    assert caught.value.code is ErrorCode.NOT_IMPLEMENTED
    assert caught.value.description == f"{name} is not an action that a station receives"


@pytest.mark.parametrize("name", ["DataTransfer", "ClearCache"])
def test_an_action_whose_method_is_a_stub_or_absent_is_not_supported(name: str) -> None:
    with pytest.raises(CallError) as caught:
        router(Resets()).route(name)

    assert caught.value.code is ErrorCode.NOT_SUPPORTED
    assert caught.value.description == f"{name} is not supported"


def test_without_handlers_nothing_is_supported() -> None:
    with pytest.raises(CallError, match="Reset is not supported"):
        router().route("Reset")


def test_two_handlers_that_implement_the_same_action_are_refused() -> None:
    class Restarts(Handler):
        async def on_reset(self, request: Any) -> Any:
            return request

    with pytest.raises(ValueError, match=r"Reset is implemented twice: by Resets and .*Restarts"):
        router(Resets(), Restarts())


def test_the_stub_of_one_handler_gives_way_to_the_method_of_another() -> None:
    handler = Resets()

    for handlers in ((Stubs(), handler), (handler, Stubs())):
        assert router(*handlers).route("Reset").method == handler.on_reset


def test_a_handler_without_a_method_for_the_side_is_refused() -> None:
    class Idle(Handler):
        on_hold = 17

        async def reset(self, request: Any) -> Any:
            return request

    with pytest.raises(TypeError, match=r"Idle has no method for any action that a station"):
        router(Idle())


def test_a_method_that_is_no_coroutine_function_is_refused() -> None:
    class Blocking(Handler):
        def on_reset(self, request: Any) -> Any:
            return request

    with pytest.raises(TypeError, match=r"Blocking.on_reset is not a coroutine function"):
        router(Blocking())


def test_a_misspelt_method_is_refused_with_the_nearest_name() -> None:
    class Misspelt(Handler):
        async def on_clear_cash(self, request: Any) -> Any:
            return request

    with pytest.raises(TypeError, match=r"Misspelt.on_clear_cash fits no .*on_clear_cache\?"):
        router(Misspelt())


def test_a_method_like_no_other_is_refused_without_a_proposal() -> None:
    class Strange(Resets):
        async def on_zzzzzzzzzzzzzzzzzzzz(self, request: Any) -> Any:
            return request

    with pytest.raises(TypeError, match=r"fits no action that a station receives$"):
        router(Strange())


def test_a_method_for_the_other_side_is_refused() -> None:
    class Confused(Resets):
        async def on_heartbeat(self, request: Any) -> Any:
            return request

    with pytest.raises(TypeError, match=r"Confused.on_heartbeat fits no action that a station"):
        router(Confused())
