"""Settings: what wins, what is refused, and in which words."""

from pathlib import Path

import msgspec
import pytest

from api.postgres import EnvironmentProblem
from api.settings import Settings, settings_from


def test_without_anything_the_demo_works(tmp_path: Path) -> None:
    settings = settings_from({}, tmp_path)
    assert settings == Settings(data_folder=tmp_path / ".ontschot")
    assert (settings.host, settings.port, settings.omgeving) == ("127.0.0.1", 8000, "ontwikkeling")
    assert settings.database_url is None
    assert not settings.folder_is_chosen


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "ontschot.toml"
    file.write_text('haven = 8001\nomgeving = "productie"\nmap = "gegevens"\n')
    settings = settings_from({"ONTSCHOT_HAVEN": "8002", "ONTSCHOT_HOST": ""}, tmp_path)
    assert settings.port == 8002
    assert settings.omgeving == "productie"
    assert settings.data_folder == tmp_path / "gegevens"
    assert settings.folder_is_chosen
    assert settings.host == "127.0.0.1", "an empty name in the environment counts as absent"


def test_another_file_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "elders").mkdir()
    (tmp_path / "elders" / "x.toml").write_text('map = "hier"')
    settings = settings_from({"ONTSCHOT_CONFIG": "elders/x.toml"}, tmp_path)
    assert settings.data_folder == tmp_path / "elders" / "hier", "relative to the file"


@pytest.mark.parametrize(
    ("environment", "file", "sentence"),
    [
        ({"ONTSCHOT_POORT": "1"}, "", "onbekende instelling ONTSCHOT_POORT; bekend zijn DATABASE_"),
        ({}, "poort = 1", "onbekende sleutel “poort”; bekend zijn map, "),
        (
            {"ONTSCHOT_HAVEN": "tachtig"},
            "",
            "ONTSCHOT_HAVEN: .*'tachtig' past niet; kies een geheel",
        ),
        ({"ONTSCHOT_HAVEN": "70000"}, "", "van 1 tot en met 65535"),
        ({}, "haven = 0", "ontschot.toml, sleutel “haven”: de waarde 0 past niet"),
        ({}, 'omgeving = "test"', "kies ontwikkeling of productie"),
        ({"ONTSCHOT_LOGFORMAAT": "xml"}, "", "kies tekst of json"),
        ({}, "map = 5", "sleutel “map”: de waarde 5 past niet; geef een tekst"),
        ({}, "haven = ", "is geen geldige TOML"),
        ({}, "map_gekozen = true", "onbekende sleutel “map_gekozen”"),
        ({"ONTSCHOT_CONFIG": "weg.toml"}, "", "weg.toml .*bestaat niet"),
    ],
)
def test_wrong_setting_is_one_sentence_with_its_place(
    tmp_path: Path, environment: dict[str, str], file: str, sentence: str
) -> None:
    (tmp_path / "ontschot.toml").write_text(file, encoding="utf-8")
    with pytest.raises(EnvironmentProblem, match=sentence) as caught:
        settings_from(environment, tmp_path)
    assert "\n" not in str(caught.value)


def test_names_that_a_cluster_sets_by_itself_are_no_settings(tmp_path: Path) -> None:
    environment = {"ONTSCHOT_PORT": "tcp://10.0.0.1:80", "ONTSCHOT_SERVICE_HOST": "10.0.0.1"}
    assert settings_from(environment, tmp_path).port == 8000


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Settings().port = 1  # type: ignore[misc] # This is what must fail.
    assert msgspec.structs.replace(Settings(), port=1).port == 1
