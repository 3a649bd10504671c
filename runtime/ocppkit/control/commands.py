"""The commands of a standalone station: the one table that the protocol and the console go by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import evolve

from ocppkit.control.command import Command
from ocppkit.control.ev_fields import EV
from ocppkit.control.host_handlers import HOST_HANDLERS
from ocppkit.control.parameters import Kind, Parameter
from ocppkit.control.vocabulary import EVENTS
from ocppkit.simulation.arguments import FAULTS, Side
from ocppkit.station.hardware import FaultKind
from ocppkit.station.id_token import IdTokenKind

__all__ = ["COMMANDS", "Command"]


_EVSE = Parameter(
    name="evse", kind=Kind.INTEGER, about="which EVSE", required=True, assumed=1, minimum=1
)
_EVSE_OR_STATION = evolve(
    _EVSE, about="which EVSE; 0 for the station as a whole, whatever the connector", minimum=0
)
_CONNECTOR = Parameter(
    name="connector",
    kind=Kind.INTEGER,
    about="which of its connectors",
    required=True,
    assumed=1,
    minimum=1,
)

_SIDE = Parameter(name="side", kind=Kind.TEXT, about="which end of the cable", choices=tuple(Side))

_CONNECTOR_OR_ALL = evolve(
    _CONNECTOR, about="which of its connectors; all of them if left out", required=False
)
_FAULT = Parameter(
    name="fault",
    kind=Kind.TEXT,
    about="what is wrong, by its name here or as `status` tells it",
    choices=tuple(FAULTS),
    synonyms=tuple(FaultKind),
)
_ACTION = Parameter(
    name="action", kind=Kind.TEXT, about="what to do", required=True, choices=("get", "set")
)
_VALUE = Parameter(name="value", kind=Kind.VALUE, about="for `set`: what it is from now on")
_PLACE = (
    Parameter(name="evse", kind=Kind.INTEGER, about="the component's EVSE", minimum=1),
    Parameter(name="connector", kind=Kind.INTEGER, about="the component's connector", minimum=1),
    Parameter(
        name="attribute",
        kind=Kind.TEXT,
        about="of the variable",
        default="Actual",
        choices=("Actual", "Target", "MinSet", "MaxSet"),
    ),
)
_VARIABLE = (
    Parameter(name="component", kind=Kind.TEXT, about="whose", required=True),
    Parameter(name="component_instance", kind=Kind.TEXT, about="of the component"),
    Parameter(name="variable", kind=Kind.TEXT, about="which of its variables", required=True),
    Parameter(name="instance", kind=Kind.TEXT, about="of the variable"),
    *_PLACE,
)
_ACCESS_RESULT = "`name`; `value`: what it is now; `mutability`: what the CSMS may do"

_TABLE = (
    Command(
        name="plug_in",
        about="An EV is connected; once authorized it draws after its delay.",
        parameters=(
            _EVSE,
            _CONNECTOR,
            Parameter(name="ev", kind=Kind.OBJECT, about="what sort of EV", fields=EV),
            evolve(
                _SIDE,
                about="`ev` where its cable is in the station already, `station` where it comes"
                " with it; whichever it is if left out",
            ),
        ),
        words=("plug",),
    ),
    Command(
        name="plug_out",
        about="The EV is gone at once.",
        parameters=(
            _EVSE,
            _CONNECTOR,
            evolve(
                _SIDE,
                about="which end of the cable is pulled; if left out EV and cable are gone,"
                " whatever holds them",
            ),
        ),
        words=("unplug",),
    ),
    Command(
        name="present_token",
        about="A driver holds a token to the reader: to start, or to stop.",
        parameters=(
            Parameter(
                name="token", kind=Kind.TEXT, about="as read", required=True, assumed="04E1A2B3"
            ),
            Parameter(
                name="type",
                kind=Kind.TEXT,
                about="what sort of token",
                default="ISO14443",
                choices=tuple(IdTokenKind),
            ),
            Parameter(
                name="evses",
                kind=Kind.INTEGERS,
                about="which EVSEs the reader serves",
                default=(1,),
                minimum=1,
            ),
        ),
        words=("authorize",),
    ),
    Command(
        name="go_offline",
        about="Drop the connection to the CSMS and stay away.",
        words=("offline",),
    ),
    Command(name="go_online", about="Connect to the CSMS again, at once.", words=("online",)),
    Command(
        name="set_fault",
        about="Something breaks: the connector is Faulted, or the station and all of them.",
        parameters=(
            _EVSE_OR_STATION,
            _CONNECTOR_OR_ALL,
            evolve(_FAULT, required=True),
        ),
        words=("fault",),
    ),
    Command(
        name="clear_fault",
        about="What was broken is mended.",
        parameters=(_EVSE_OR_STATION, _CONNECTOR_OR_ALL, _FAULT),
        words=("clear",),
    ),
    Command(
        name="set_meter",
        about="The meter shows this from now on.",
        parameters=(
            Parameter(
                name="evse",
                kind=Kind.INTEGER,
                about="which EVSE's meter; 0 for all",
                required=True,
                assumed=1,
                minimum=0,
            ),
            Parameter(
                name="energy_wh", kind=Kind.NUMBER, about="its register", unit="Wh", minimum=0
            ),
            Parameter(name="power_w", kind=Kind.NUMBER, about="the power", unit="W", minimum=0),
            Parameter(name="timestamp", kind=Kind.TIME, about="when it was so; now if left out"),
        ),
        words=("meter",),
    ),
    Command(
        name="pause_charging",
        about="The station side suspends charging.",
        parameters=(_EVSE, _CONNECTOR),
        words=("pause",),
    ),
    Command(
        name="resume_charging",
        about="The station side goes on with charging.",
        parameters=(_EVSE, _CONNECTOR),
        words=("resume",),
    ),
    Command(
        name="ev_power",
        about="What the EV draws from now on; 0 suspends it.",
        parameters=(
            _EVSE,
            Parameter(
                name="power_w",
                kind=Kind.NUMBER,
                about="what it draws, if it is offered as much",
                required=True,
                unit="W",
                minimum=0,
            ),
        ),
        words=("power",),
    ),
    Command(
        name="stop_from_ev",
        about="The EV ends the session, as by SessionStopReq(Terminate) of ISO 15118.",
        parameters=(_EVSE,),
    ),
    Command(
        name="select",
        about="The holder of a master pass selects a transaction to stop.",
        parameters=(evolve(_EVSE, about="at which EVSE it is"),),
    ),
    Command(
        name="bay",
        about="An EV drives into the parking bay, or out of it.",
        parameters=(
            _EVSE,
            Parameter(
                name="occupied", kind=Kind.BOOLEAN, about="whether one stands there", default=True
            ),
        ),
    ),
    Command(
        name="lock_behaviour",
        about="Whether the cable lock does what it is told.",
        parameters=(
            _EVSE,
            _CONNECTOR,
            Parameter(name="works", kind=Kind.BOOLEAN, about="whether it obeys", default=True),
        ),
        words=("lock",),
    ),
    Command(
        name="data_transfer",
        about="Send a DataTransfer; the answer comes as an event.",
        parameters=(
            Parameter(name="vendor_id", kind=Kind.TEXT, about="whose", required=True, longest=255),
            Parameter(
                name="message_id", kind=Kind.TEXT, about="which of their messages", longest=50
            ),
            Parameter(name="data", kind=Kind.ANY, about="what it carries; 1.6 takes a text"),
        ),
        words=("data",),
    ),
    Command(
        name="security_event",
        about="The equipment has noticed something of concern for security.",
        parameters=(
            Parameter(
                name="type", kind=Kind.TEXT, about="what happened", required=True, longest=50
            ),
            Parameter(name="tech_info", kind=Kind.TEXT, about="more about it", longest=255),
        ),
    ),
    Command(
        name="ev_certificate_request",
        about="The EV asks for a contract certificate; the answer comes as an event.",
        parameters=(
            _EVSE,
            Parameter(
                name="action",
                kind=Kind.TEXT,
                about="what it wants",
                required=True,
                choices=("Install", "Update"),
            ),
            Parameter(
                name="schema_version",
                kind=Kind.TEXT,
                about="of the EV's schema",
                required=True,
                longest=50,
            ),
            Parameter(
                name="exi_request",
                kind=Kind.TEXT,
                about="the EV's, in base64",
                required=True,
                longest=5600,
            ),
        ),
    ),
    Command(
        name="set_host_handler",
        about="Requests of this name are answered by this client from now on, or no more.",
        parameters=(
            Parameter(
                name="name",
                kind=Kind.TEXT,
                about="of what",
                required=True,
                choices=tuple(HOST_HANDLERS),
            ),
            Parameter(name="enabled", kind=Kind.BOOLEAN, about="or no more", default=True),
        ),
    ),
    Command(
        name="host_reply",
        about="Answer a `host_request`.",
        parameters=(
            Parameter(name="request", kind=Kind.INTEGER, about="its number", required=True),
            Parameter(name="result", kind=Kind.ANY, about="the answer"),
            Parameter(name="error", kind=Kind.ANY, about="or why there is none"),
        ),
    ),
    Command(
        name="subscribe",
        about="Get these events only; without a list all but `message`.",
        parameters=(
            Parameter(name="events", kind=Kind.TEXTS, about="which", choices=tuple(EVENTS)),
        ),
        result="`events`: what this client gets from now on",
    ),
    Command(name="status", about="Everything about the station.", result="an object, see below"),
    Command(
        name="variable",
        about="Read or set a variable of the device model, as a technician on site would.",
        parameters=(
            _ACTION,
            Parameter(
                name="name",
                kind=Kind.NAME,
                about="which one: `Component.Variable`",
                required=True,
                fields=_VARIABLE,
            ),
            _VALUE,
            *(evolve(each, default=None) for each in _PLACE),
        ),
        result=_ACCESS_RESULT,
    ),
    Command(
        name="configuration",
        about="Read or set a configuration key, as a technician on site would.",
        parameters=(
            _ACTION,
            Parameter(name="name", kind=Kind.TEXT, about="which one", required=True),
            _VALUE,
        ),
        words=("config",),
        result=_ACCESS_RESULT,
    ),
    Command(
        name="reboot",
        about="Start anew, cleanly.",
        parameters=(Parameter(name="reason", kind=Kind.TEXT, about="why"),),
    ),
    Command(name="quit", about="End, cleanly."),
)

COMMANDS: Mapping[str, Command] = MappingProxyType({each.name: each for each in _TABLE})
"""All commands by their name."""
