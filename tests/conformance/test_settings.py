from __future__ import annotations

from pathlib import Path

import pytest

from ocppkit.conformance import read_settings
from ocppkit.conformance.settings import Token
from ocppkit.errors import ConfigurationError
from ocppkit.v201 import AuthorizationStatusEnumType, IdTokenEnumType

SHORT = "AA"


def written(folder: Path, text: str) -> Path:
    path = folder / "cases.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    settings = read_settings(
        written(
            tmp_path,
            "[case_settings]\n"
            f'valid_idtoken = "{SHORT}"\n'
            'emaid = {id_token = "DE", type = "eMAID"}\n'
            'features = ["C-13"]\n'
            "message_timeout = 3\n"
            'basic_auth_password = "0123456789abcdef"\n',
        )
    )

    assert settings.valid_idtoken == Token(id_token=SHORT)
    assert settings.emaid.type is IdTokenEnumType.EMAID
    assert settings.features == {"C-13"}
    assert settings.message_timeout == 3
    assert settings.basic_auth_password is not None
    assert "0123456789" not in repr(settings)
    assert settings.reboot_timeout == 120


def test_relative_paths_count_from_the_files_folder(tmp_path: Path) -> None:
    text = '[case_settings]\nauthority = "../kit"\nserver_chain = "/etc/kit.pem"\n'
    settings = read_settings(written(tmp_path, text))

    assert settings.authority == tmp_path / "../kit"
    assert settings.server_chain == Path("/etc/kit.pem")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_settings(
            written(
                tmp_path,
                "[case_settings]\nevse_id = true\nmesage_timeout = 3\nmessage_timeout = -1\n"
                "authority = 3\n",
            )
        )

    assert [problem.path for problem in caught.value.problems] == [
        "case_settings.evse_id",
        "case_settings.mesage_timeout",
        "case_settings.message_timeout",
        "case_settings.authority",
    ]


def test_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no TOML"):
        read_settings(written(tmp_path, "["))


def test_the_csms_thinks_of_tokens_what_their_names_say(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, ""))
    statuses = [settings.about(token).status for token in settings.tokens]
    group = settings.about(settings.masterpass_idtoken).group_id_token

    assert statuses[:5] == [
        AuthorizationStatusEnumType.ACCEPTED,
        AuthorizationStatusEnumType.ACCEPTED,
        AuthorizationStatusEnumType.INVALID,
        AuthorizationStatusEnumType.BLOCKED,
        AuthorizationStatusEnumType.EXPIRED,
    ]
    assert group is not None
    assert group.id_token == settings.masterpass_group_id
