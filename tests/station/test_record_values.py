"""What the station keeps is written and read as before: by cattrs' converter for JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import frozen
from cattrs.preconf.json import make_converter

from ocppkit.connection import NetworkProfile
from ocppkit.message import Version
from ocppkit.station import IdToken, IdTokenKind
from ocppkit.station.firmware_job import (
    FirmwareJob,
    FirmwareNotice,
    FirmwareSignature,
    FirmwareStatus,
)
from ocppkit.station.hardware import Fault, FaultKind
from ocppkit.station.id_token import AdditionalInfo
from ocppkit.station.log_upload import UploadNotice, UploadStatus
from ocppkit.station.metering import (
    Location,
    Measured,
    MeterReading,
    Phase,
    Quantity,
    SignedReading,
)
from ocppkit.station.records import UNREADABLE, converter, read_record, read_saved, record_text
from ocppkit.station.reservations import Reservation
from ocppkit.station.transaction import (
    Authorization,
    Cause,
    ChargingState,
    RecordKind,
    Sample,
    SavedTransaction,
    Transaction,
    TransactionRecord,
)
from ocppkit.station.transaction_start import TransactionStart
from ocppkit.station.v16.cost_messages import (
    FinalCost,
    NextPeriod,
    Prices,
    PriceText,
    RunningCost,
    Triggers,
    UserPrice,
)
from ocppkit.station.v16.cost_uses import KeptUse
from ocppkit.v16 import ChargePointStatus

AT = datetime(2026, 3, 14, 8, 0, 0, 250_000, tzinfo=UTC)
TOKEN = IdToken(
    "04E1A2B3", IdTokenKind.ISO15693, additional=(AdditionalInfo(value="4711", type="PIN"),)
)
READING = MeterReading(
    energy_wh=1234.5,
    power_w=11_000.0,
    current_a=(16.0, 16.0, 15.9),
    soc=42.0,
    others=(
        Measured(
            quantity=Quantity.TEMPERATURE,
            value=21.5,
            phase=Phase.L1,
            location=Location.BODY,
        ),
    ),
    at=AT,
    signed=SignedReading(
        data=b"\x00\xffOCMF",
        encoding_method="OCMF",
        signing_method="ECDSA-secp256r1-SHA256",
        public_key=b"",
    ),
)
SAMPLE = Sample(at=AT, reading=READING, turn=3)
RECORD = TransactionRecord(
    kind=RecordKind.ENDED,
    transaction_id="b2f5b5a2",
    seq_no=12,
    at=AT,
    cause=Cause.EV_DISCONNECTED,
    evse=1,
    connector=2,
    place_is_news=True,
    state=ChargingState.IDLE,
    offline=True,
    token=TOKEN,
    remote_start_id=5,
    reservation_id=6,
    sample=SAMPLE,
    first_sample=SAMPLE,
    stop_cause=Cause.FAULT,
    fault=Fault(kind=FaultKind.GROUND_FAILURE, info="wet", vendor_error_code="E7"),
    sampled=(SAMPLE, SAMPLE),
    aligned=(SAMPLE,),
    phases=3,
    cable_max_current_a=32,
    charged_s=61.5,
    start=TransactionStart(at=AT, energy_wh=7.0, token=TOKEN),
)
SAVED = SavedTransaction(
    transaction=Transaction(
        id="b2f5b5a2",
        token=TOKEN,
        connector=1,
        next_seq_no=4,
        first_sample=SAMPLE,
        last_sample=SAMPLE,
        stop_cause=Cause.REMOTE_STOP,
        sampled=[SAMPLE],
        aligned=[SAMPLE],
        ready_since=AT,
        group_id="GROUP",
        energy_ends_at_wh=2000.0,
        reservation_id=9,
        phases=1,
        charged_s=0.5,
    ),
    evse=1,
    at=AT,
    state=ChargingState.SUSPENDED_EVSE,
    authorization=Authorization(token=TOKEN, group_id="GROUP", remote_start_id=1, priority=-3),
    refused=True,
)
PRICES = Prices(energy=0.3, hour=1.0, grace_minutes=5.0)
KEPT: list[Any] = [
    RECORD,
    TransactionRecord(
        kind=RecordKind.STARTED,
        transaction_id="b2f5b5a2",
        seq_no=0,
        at=AT,
        cause=Cause.AUTHORIZED,
        evse=1,
        connector=None,
        place_is_news=False,
        state=ChargingState.IDLE,
        offline=False,
    ),
    SAVED,
    Reservation(id=7, expires=AT, holder="04E1A2B3", kind=IdTokenKind.CENTRAL, evse=1),
    NetworkProfile(
        slot=1, url="wss://csms.example/ocpp", versions=(Version.V16,), message_timeout=30.0
    ),
    FirmwareJob(
        location="https://files.example/firmware",
        retrieve_at=AT,
        signature=FirmwareSignature(text="c2ln", certificate="PEM"),
        status=FirmwareStatus.DOWNLOADED,
    ),
    KeptUse(
        transaction_id="b2f5b5a2",
        evse=1,
        connector=1,
        price=UserPrice(id_token=TOKEN.value, texts=(PriceText(content="0,30 €/kWh"),)),
        cost=RunningCost(
            transaction=3,
            cost=1.5,
            idle=False,
            prices=PRICES,
            next_period=NextPeriod(at=AT, prices=PRICES),
            triggers=Triggers(at=AT, statuses=frozenset({ChargePointStatus.CHARGING})),
        ),
        final=FinalCost(transaction=3, cost=2.0),
        at=AT,
    ),
]


@pytest.mark.parametrize("value", KEPT, ids=lambda value: type(value).__name__)
def test_what_is_kept_is_written_as_cattrs_did(value: Any) -> None:
    assert converter().dumps(value) == make_converter().dumps(value)


@pytest.mark.parametrize("value", KEPT, ids=lambda value: type(value).__name__)
def test_what_cattrs_wrote_is_read(value: Any) -> None:
    text = make_converter().dumps(value)

    assert converter().structure(json.loads(text), type(value)) == value


def test_lists_are_read_and_written() -> None:
    notices = [
        FirmwareNotice(status=FirmwareStatus.INSTALLED, request_id=4),
        FirmwareNotice(status=FirmwareStatus.IDLE),
    ]
    uploads = [UploadNotice(status=UploadStatus.UPLOADED, request_id=1, name="log.gz")]
    it, cattrs = converter(), make_converter()

    assert it.unstructure(notices) == cattrs.unstructure(notices)
    assert it.structure(cattrs.unstructure(notices), list[FirmwareNotice]) == notices
    assert it.structure(cattrs.unstructure(uploads), list[UploadNotice]) == uploads
    assert it.structure([1, None], list[int | None]) == [1, None]


def test_a_text_of_the_first_release_that_kept_records_is_read() -> None:
    text = (
        '{"transaction": {"id": "T1", "token": {"value": "04E1A2B3", "kind": "ISO14443"},'
        ' "connector": 1, "next_seq_no": 2, "first_sample": {"at": "2026-03-14T08:00:00+00:00",'
        ' "reading": {"energy_wh": 5, "power_w": null, "gone": "by now"}}},'
        ' "evse": 1, "at": "2026-03-14T08:00:01+00:00", "state": "Charging"}'
    )

    saved = read_saved(text)

    assert saved.transaction.token == IdToken("04E1A2B3")
    assert saved.transaction.first_sample is not None
    assert saved.transaction.first_sample.reading == MeterReading(energy_wh=5.0)
    assert (saved.state, saved.authorization) == (ChargingState.CHARGING, None)


def test_numbers_of_equipment_that_is_sloppy_are_read_as_what_they_are_to_be() -> None:
    told = {**json.loads(record_text(RECORD)), "evse": "1", "phases": 3.0, "charged_s": 61}

    record = read_record(json.dumps(told))

    assert (record.evse, record.phases, record.charged_s) == (1, 3, 61.0)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("kind", "Strted"),
        ("kind", None),
        ("seq_no", "many"),
        ("seq_no", None),
        ("transaction_id", {}),
        ("at", "yesterday"),
        ("at", 5),
        ("token", "04E1A2B3"),
        ("sampled", {}),
        ("sampled", [None]),
        ("fault", []),
    ],
)
def test_a_record_that_makes_no_sense_cannot_be_read(name: str, wrong: Any) -> None:
    told = {**json.loads(record_text(RECORD)), name: wrong}

    with pytest.raises(UNREADABLE):
        read_record(json.dumps(told))


@pytest.mark.parametrize("text", ["", "null", "[]", "7", '"T1"', "{}", '{"seq_no": 1}'])
def test_a_text_that_is_no_record_cannot_be_read(text: str) -> None:
    with pytest.raises(UNREADABLE):
        read_record(text)


def test_what_is_no_class_of_ours_is_not_written() -> None:
    @frozen
    class Odd:
        what: complex

    with pytest.raises(ValueError, match="attrs"):
        converter().dumps(Odd(what=1j))
