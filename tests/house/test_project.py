"""The project's own files: complete, true to each other, and free of machines and hosts."""

import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from api.settings import ENVIRONMENT_NAMES

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]

REQUIRED_FILES = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    ".ci/run",
    "docs/architecture.md",
    "docs/glossary.md",
    "docs/law.md",
    "docs/opdrachten.md",
    "docs/refusals.md",
    "docs/walk_of_one_euro.md",
    "publiccode.yml",
    "pyproject.toml",
    "requirements-toets.lock",
    "requirements.lock",
)

MACHINE_PATHS = re.compile(
    r"(?<![\w.<])/(?:root|home|Users|workspace|work|opt/(?:pypi|wheels))/[\w.]"
)


def tracked_files() -> list[Path]:
    """Give the files that are, or are about to be, in version control."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("this copy of the project is not under version control")
    return [ROOT / name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.mark.parametrize("name", REQUIRED_FILES)
def test_required_file_is_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 0


def test_licence_is_the_whole_eupl() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    for article in range(1, 16):
        assert re.search(rf"^{article}\. ", text, re.MULTILINE), f"article {article} is missing"
    assert "\nAppendix\n" in text
    assert PROJECT["project"]["license"] == "EUPL-1.2"


@pytest.mark.parametrize(
    "line",
    [
        'publiccodeYmlVersion: "0.5"',
        "name: Ontschot",
        "url: https://",
        "platforms:",
        "developmentStatus: development",
        "softwareType: standalone/web",
        "description:",
        "  nl:",
        "  en:",
        "legal:",
        "  license: EUPL-1.2",
        "maintenance:",
        "  type: internal",
        "localisation:",
        "  localisationReady: ",
        "  availableLanguages:",
    ],
)
def test_publiccode_has_what_catalogues_need(line: str) -> None:
    text = (ROOT / "publiccode.yml").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(line)}", text, re.MULTILINE)


def test_publiccode_and_changelog_name_this_version() -> None:
    version = PROJECT["project"]["version"]
    assert f"softwareVersion: {version}\n" in (ROOT / "publiccode.yml").read_text(encoding="utf-8")
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_publiccode_short_descriptions_fit_a_catalogue() -> None:
    text = (ROOT / "publiccode.yml").read_text(encoding="utf-8")
    short = re.findall(r"shortDescription: (.+)", text)
    assert len(short) == 2
    assert all(len(description) <= 150 for description in short)


@pytest.mark.parametrize(
    "name",
    [
        "requirements.lock",
        "requirements-product.lock",
        "requirements-toets.lock",
        "requirements-keten.lock",
    ],
)
def test_lock_file_pins_every_package_with_hashes_and_names_no_host(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    text = "\n".join(lines)
    assert "://" not in text
    assert not [line for line in lines if line.startswith("-")], "an option of this machine"
    packages = [number for number, line in enumerate(lines) if re.match(r"[a-z0-9]", line)]
    for number in packages:
        assert "==" in lines[number], lines[number]
        assert lines[number + 1].strip().startswith("--hash=sha256:"), lines[number]


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("requirements.lock", "dev"),
        ("requirements-toets.lock", "toets"),
        ("requirements-keten.lock", "keten"),
    ],
)
def test_lock_file_holds_every_dependency(name: str, extra: str) -> None:
    locked = re.findall(r"^([a-z0-9-]+)(?:\[.*?\])?==", lock_text(name), re.MULTILINE)
    wanted = [*PROJECT["project"]["dependencies"], *EXTRAS[extra]]
    names = {re.split(r"[\[<>=~ ]", line)[0].lower() for line in wanted}
    assert names <= set(locked), "run make lock"


def test_lock_files_agree_on_what_both_hold() -> None:
    form = re.compile(r"^([a-z0-9-]+)==([\w.]+)", re.MULTILINE)
    usual = dict(form.findall(lock_text("requirements.lock")))
    extra = dict(form.findall(lock_text("requirements-toets.lock")))
    assert {
        name: extra[name] for name in usual.keys() & extra.keys() if usual[name] != extra[name]
    } == {}


def lock_text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_dependency_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for dependency in (*PROJECT["project"]["dependencies"], *chain(*EXTRAS.values())):
        assert re.search(rf'"{re.escape(dependency)}", +# \w.+\.', text), dependency


def test_every_ignored_lint_rule_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for line in re.findall(r'^  "[A-Z]{1,4}\d{3,4}",.*$', text, re.MULTILINE):
        assert re.search(r"# .+\.$", line), line


def test_no_file_names_a_folder_of_one_machine() -> None:
    found = []
    for file in tracked_files():
        if file == Path(__file__) or file.suffix in {".csv", ".woff2", ".png", ".ico"}:
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        found += [f"{file.relative_to(ROOT)}: {hit}" for hit in MACHINE_PATHS.findall(text)]
    assert found == []


def test_readme_names_every_setting() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for key, name in ENVIRONMENT_NAMES.items():
        assert f"| `{name}` | `{key}` |" in text


def test_readme_names_every_package() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for package in ("ledger", "domains", "api", "migrations", "tests"):
        assert f"`{package}/`" in text


def test_every_test_folder_is_a_package() -> None:
    folders = {file.parent for file in (ROOT / "tests").rglob("test_*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []
