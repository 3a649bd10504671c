"""The device model is put together, and everything that does not agree is reported."""

from __future__ import annotations

from typing import Any

from ocppkit.device_model.build import Built, build
from ocppkit.device_model.model import Attribute, Characteristics, Entry
from ocppkit.device_model.names import VariableId
from ocppkit.v201 import AttributeEnumType
from ocppkit.variable import DataType, Mutability

SPEED = VariableId(component="Fan", variable="FanSpeed")
RW, RO = Mutability.READ_WRITE, Mutability.READ_ONLY


def entry(
    id: VariableId = SPEED,
    data_type: DataType = DataType.DECIMAL,
    value: str | None = None,
    mutability: Mutability | None = None,
    **more: Any,
) -> Entry:
    return Entry(
        id=id,
        characteristics=Characteristics(data_type=data_type, **more),
        attributes=(Attribute(value=value, mutability=mutability),),
    )


def messages(built: Built) -> list[str]:
    return [each.message for each in built.disagreements]


def test_a_variable_of_a_file_is_added_with_what_the_specification_says() -> None:
    named = VariableId(component="AuthCtrlr", variable="MasterPassGroupId")
    built = build([], [("a.toml", [entry(named, DataType.STRING, "X")])], [1])

    found = built.entries[named.key]
    assert messages(built) == []
    assert found.characteristics.max_length == 36
    assert found.attributes[0].mutability is RW
    assert found.attributes[0].persistent


def test_a_file_narrows_what_the_station_has() -> None:
    own = entry(min_limit=0, max_limit=100, unit="RPM", value="5", mutability=RW)
    told = entry(min_limit=10, max_limit=50, value="20", mutability=RO)
    built = build([own], [("a.toml", [told])], [1])

    found = built.entries[SPEED.key]
    assert messages(built) == []
    assert (found.characteristics.min_limit, found.characteristics.max_limit) == (10, 50)
    assert found.characteristics.unit == "RPM"
    assert found.attributes == (Attribute(value="20", mutability=RO),)


def test_all_that_does_not_agree_is_reported_and_the_station_counts() -> None:
    own = entry(min_limit=0, max_limit=100, unit="RPM", values=("1", "2"), value="5", mutability=RO)
    told = entry(
        min_limit=-1, max_limit=101, unit="Hz", values=("2", "3"), value="6", mutability=RW
    )
    built = build([own], [("a.toml", [told])], [1])

    found = built.entries[SPEED.key]
    assert messages(built) == [
        "is told in RPM, not in Hz",
        "cannot be 3: 1, 2 count",
        "is at least 0, not -1",
        "is at most 100, not 101",
        "is read-only: the station itself says what it is",
        "is 5: the station itself says what it is",
    ]
    assert found.attributes == own.attributes
    assert found.characteristics.values == ("2",)
    assert (found.characteristics.min_limit, found.characteristics.max_limit) == (0, 100)


def test_another_type_than_the_specification_s_does_not_count() -> None:
    built = build([], [("a.toml", [entry(data_type=DataType.STRING, value="12")])], [1])

    assert messages(built) == ["is of type decimal, not string"]
    assert built.entries[SPEED.key].characteristics.data_type is DataType.DECIMAL


def test_what_is_told_twice_counts_once_and_what_has_no_place_not_at_all() -> None:
    nowhere = VariableId(component="Connector", variable="Problem", evse=1, connector=3)
    files = [("a.toml", [entry(value="1")]), ("b.json", [entry(value="2"), entry(nowhere)])]
    built = build([], files, [2])

    assert [str(each) for each in built.disagreements] == [
        "b.json: Fan.FanSpeed: is told already, in a.toml: that counts",
        "b.json: Connector.Problem (EVSE 1, connector 3): is left out: EVSE 1 has no connector 3",
    ]
    assert list(built.entries) == [SPEED.key]
    assert built.entries[SPEED.key].actual == "1"


def test_a_value_that_does_not_fit_leaves_the_variable_without_one() -> None:
    secret = entry(data_type=DataType.DECIMAL, value="secret", mutability=Mutability.WRITE_ONLY)
    listed = entry(VariableId(component="Fan", variable="Own"), DataType.OPTION_LIST)
    built = build([], [("a.toml", [secret, listed])], [1])

    assert messages(built) == [
        "Actual: expected a number without exponent",
        "is of type OptionList, and no values are told",
    ]
    assert built.entries[SPEED.key].actual is None


def test_attributes_that_only_a_file_knows_are_added() -> None:
    told = Entry(
        id=SPEED,
        characteristics=Characteristics(data_type=DataType.DECIMAL),
        attributes=(Attribute(type=AttributeEnumType.TARGET, value="3"),),
    )
    built = build([entry(value="5", mutability=RO)], [("a.toml", [told])], [1])

    types = [each.type for each in built.entries[SPEED.key].attributes]
    assert types == [AttributeEnumType.ACTUAL, AttributeEnumType.TARGET]


def test_limits_that_leave_nothing_are_reported_and_do_not_count() -> None:
    own = entry(min_limit=0, max_limit=100, value="5", mutability=RW)
    built = build([own], [("a.toml", [entry(min_limit=200)])], [1])

    found = built.entries[SPEED.key].characteristics
    assert messages(built) == ["cannot be at least 200 and at most 100"]
    assert (found.min_limit, found.max_limit) == (0, 100)


def test_a_limit_that_the_value_of_the_station_does_not_keep_is_reported() -> None:
    own = entry(min_limit=0, max_limit=100, value="5", mutability=RW)
    without = build([own], [("a.toml", [entry(min_limit=10)])], [1])
    with_another = build([own], [("a.toml", [entry(min_limit=10, value="20")])], [1])

    assert messages(without) == ["Actual is 5, and it is told: expected at least 10"]
    assert without.entries[SPEED.key].actual == "5"
    assert messages(with_another) == []


def test_bounds_between_which_nothing_can_be_set_are_reported() -> None:
    least, most = AttributeEnumType.MIN_SET, AttributeEnumType.MAX_SET
    told = Entry(
        id=SPEED,
        characteristics=Characteristics(data_type=DataType.DECIMAL),
        attributes=(Attribute(type=least, value="9"), Attribute(type=most, value="8.5")),
    )
    built = build([], [("a.toml", [told])], [1])

    assert messages(built) == ["cannot be set: MinSet, 9, is more than MaxSet, 8.5"]
