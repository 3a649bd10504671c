"""A charging station: its equipment, its transactions, and the versions that it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.station.capabilities import Capability as Capability
    from ocppkit.station.config import StationConfig as StationConfig
    from ocppkit.station.contract import CertificateVerdict as CertificateVerdict
    from ocppkit.station.contract import Contract as Contract
    from ocppkit.station.contract import ContractOutcome as ContractOutcome
    from ocppkit.station.data_transfer import DataTransferAnswer as DataTransferAnswer
    from ocppkit.station.data_transfer import DataTransferMessage as DataTransferMessage
    from ocppkit.station.data_transfer import DataTransferOutcome as DataTransferOutcome
    from ocppkit.station.environment import Environment as Environment
    from ocppkit.station.evse import Evse as Evse
    from ocppkit.station.evse import TokenOutcome as TokenOutcome
    from ocppkit.station.hardware import ConnectorDescription as ConnectorDescription
    from ocppkit.station.hardware import EvseDescription as EvseDescription
    from ocppkit.station.hardware import Fault as Fault
    from ocppkit.station.hardware import FaultKind as FaultKind
    from ocppkit.station.hardware import Hardware as Hardware
    from ocppkit.station.hardware import MeterReading as MeterReading
    from ocppkit.station.hardware import Offer as Offer
    from ocppkit.station.hardware import RebootReason as RebootReason
    from ocppkit.station.hardware import SecurityEvent as SecurityEvent
    from ocppkit.station.hardware import StationDescription as StationDescription
    from ocppkit.station.id_token import IdToken as IdToken
    from ocppkit.station.id_token import IdTokenKind as IdTokenKind
    from ocppkit.station.metering import Measured as Measured
    from ocppkit.station.metering import Phase as Phase
    from ocppkit.station.metering import Quantity as Quantity
    from ocppkit.station.metering import SignedReading as SignedReading
    from ocppkit.station.on_site import Setting as Setting
    from ocppkit.station.station import ChargingStation as ChargingStation
    from ocppkit.station.transaction import ChargingState as ChargingState

__all__ = [
    "Capability",
    "CertificateVerdict",
    "ChargingState",
    "ChargingStation",
    "ConnectorDescription",
    "Contract",
    "ContractOutcome",
    "DataTransferAnswer",
    "DataTransferMessage",
    "DataTransferOutcome",
    "Environment",
    "Evse",
    "EvseDescription",
    "Fault",
    "FaultKind",
    "Hardware",
    "IdToken",
    "IdTokenKind",
    "Measured",
    "MeterReading",
    "Offer",
    "Phase",
    "Quantity",
    "RebootReason",
    "SecurityEvent",
    "Setting",
    "SignedReading",
    "StationConfig",
    "StationDescription",
    "TokenOutcome",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "Capability": "ocppkit.station.capabilities",
        "CertificateVerdict": "ocppkit.station.contract",
        "ChargingState": "ocppkit.station.transaction",
        "ChargingStation": "ocppkit.station.station",
        "ConnectorDescription": "ocppkit.station.hardware",
        "Contract": "ocppkit.station.contract",
        "ContractOutcome": "ocppkit.station.contract",
        "DataTransferAnswer": "ocppkit.station.data_transfer",
        "DataTransferMessage": "ocppkit.station.data_transfer",
        "DataTransferOutcome": "ocppkit.station.data_transfer",
        "Environment": "ocppkit.station.environment",
        "Evse": "ocppkit.station.evse",
        "EvseDescription": "ocppkit.station.hardware",
        "Fault": "ocppkit.station.hardware",
        "FaultKind": "ocppkit.station.hardware",
        "Hardware": "ocppkit.station.hardware",
        "IdToken": "ocppkit.station.id_token",
        "IdTokenKind": "ocppkit.station.id_token",
        "Measured": "ocppkit.station.metering",
        "MeterReading": "ocppkit.station.hardware",
        "Offer": "ocppkit.station.hardware",
        "Phase": "ocppkit.station.metering",
        "Quantity": "ocppkit.station.metering",
        "RebootReason": "ocppkit.station.hardware",
        "SecurityEvent": "ocppkit.station.hardware",
        "Setting": "ocppkit.station.on_site",
        "SignedReading": "ocppkit.station.metering",
        "StationConfig": "ocppkit.station.config",
        "StationDescription": "ocppkit.station.hardware",
        "TokenOutcome": "ocppkit.station.evse",
    },
)
