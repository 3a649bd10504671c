"""What a program may say of the EV that it plugs in."""

from __future__ import annotations

from typing import Final

from ocppkit.control.parameters import Kind, Parameter

__all__ = ["EV"]

EV: Final = (
    Parameter(
        name="kind",
        kind=Kind.TEXT,
        about="how it talks to the station",
        default="basic",
        choices=("basic", "iso15118"),
    ),
    Parameter(
        name="start_delay_s",
        kind=Kind.NUMBER,
        about="from the offer of energy to the first of it",
        default=1,
        unit="s",
        minimum=0,
    ),
    Parameter(
        name="current_a",
        kind=Kind.NUMBER,
        about="what it draws at most on each phase",
        default=32,
        unit="A",
        minimum=0,
    ),
    Parameter(
        name="phases",
        kind=Kind.INTEGER,
        about="how many it charges with",
        default=1,
        minimum=1,
        maximum=3,
    ),
    Parameter(
        name="battery_wh",
        kind=Kind.NUMBER,
        about="what its battery holds, a fifth of which is in it; above 80 % it takes less",
        default=60_000,
        unit="Wh",
        minimum=1,
    ),
    Parameter(
        name="auto_unplug_s",
        kind=Kind.NUMBER,
        about="it leaves by itself so long after the end of the offer of energy",
        unit="s",
        minimum=0,
    ),
    Parameter(
        name="payment",
        kind=Kind.TEXT,
        about="iso15118: who pays how",
        choices=("auto", "contract", "external"),
    ),
    Parameter(
        name="transfer", kind=Kind.TEXT, about="iso15118: how it charges", choices=("AC", "DC")
    ),
    Parameter(name="emaid", kind=Kind.TEXT, about="iso15118: its contract"),
    Parameter(
        name="contract_chain_pem", kind=Kind.TEXT, about="iso15118: its contract's certificates"
    ),
    Parameter(
        name="exi_certificate_request",
        kind=Kind.TEXT,
        about="iso15118: its request for a certificate, in base64",
    ),
    Parameter(name="evcc_id", kind=Kind.TEXT, about="iso15118: its controller's id"),
)
"""The fields of the object ``ev`` of ``plug_in``."""
