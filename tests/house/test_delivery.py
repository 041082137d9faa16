"""What is handed over: a wheel that runs, a container without rights, a list of parts."""

import json
import os
import re
import shutil
import subprocess
import tomllib
import venv
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import pytest

from tests.house.sources import ROOT

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKE: Final = shutil.which("make") or "make"
PACKAGES: Final = ("ledger", "domains", "api", "migrations")
CONTAINER: Final = (ROOT / "Containerfile").read_text(encoding="utf-8")
LEFT_OUT: Final = (".pyc", ".pot")
"""What only makers need."""
SECRET: Final = re.compile(r"(?i)wachtwoord|password|secret|token|_url\b|\.pem|\.key|sleutel")


def instructions(text: str) -> list[tuple[str, str]]:
    """Read a container file into its instructions, each with what it says."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest) for word, _, rest in (each.partition(" ") for each in joined.splitlines())]


def stages() -> list[list[tuple[str, str]]]:
    """Split the instructions at each image that a stage begins with."""
    found: list[list[tuple[str, str]]] = []
    for each in instructions(CONTAINER):
        if each[0] == "FROM":
            found.append([])
        found[-1].append(each)
    return found


def said(stage: list[tuple[str, str]], word: str) -> list[str]:
    return [rest for name, rest in stage if name == word]


def test_the_image_is_built_in_one_stage_and_handed_over_in_another() -> None:
    building, handed_over = stages()
    (image,) = said(handed_over, "FROM")
    assert said(building, "FROM") == [f"{image} AS bouw"]
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim-\w+", image), "never `latest`"
    assert [copy.split()[0] for copy in said(handed_over, "COPY")] == ["--from=bouw"]
    assert not [word for word, _ in handed_over if word == "ADD"]
    assert "apt-get" not in str(handed_over)


def test_the_container_runs_without_rights_on_a_root_that_is_read_only() -> None:
    *_, handed_over = stages()
    words = [word for word, _ in handed_over]
    assert said(handed_over, "USER") == ["10001:10001"]
    assert "RUN" not in words[words.index("USER") :], "nothing is done after rights are given up"
    assert said(handed_over, "VOLUME") == ["/gegevens"]
    (environment,) = said(handed_over, "ENV")
    for setting in (
        "ONTSCHOT_MAP=/gegevens",
        "ONTSCHOT_OMGEVING=productie",
        "PYTHONDONTWRITEBYTECODE=1",
    ):
        assert setting in environment
    told = (ROOT / "docs" / "beheer.md").read_text(encoding="utf-8")
    for option in ("--read-only", "--cap-drop ALL", "no-new-privileges"):
        assert option in told


def test_the_container_tells_how_it_is_and_needs_no_shell() -> None:
    *_, handed_over = stages()
    (health,) = said(handed_over, "HEALTHCHECK")
    assert "/gezondheid/leeft" in health
    assert json.loads(health.partition("CMD ")[2])[0] == "python"
    assert json.loads(said(handed_over, "ENTRYPOINT")[0]) == ["ontschot"]
    assert json.loads(said(handed_over, "CMD")[0]) == ["start"]


def test_no_secret_is_built_in() -> None:
    for stage in stages():
        for word, rest in stage:
            assert word != "ARG"
            assert word != "ENV" or not SECRET.search(rest), rest
    lines = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*", "what is not named stays out"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert not [name for name in allowed if SECRET.search(name) or name in {".", ".git"}]
    assert (ROOT / ".dockerignore").resolve() == ROOT / ".containerignore"


def test_everything_beside_the_code_goes_into_the_wheel() -> None:
    globs = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    left_out = [
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file()
        and file.suffix not in {".py", *LEFT_OUT}
        and file.name != ".klaar"
        and not any(fnmatch(file.name, glob) for glob in globs)
    ]
    assert left_out == []


def test_the_product_is_locked_to_what_was_tested() -> None:
    form = re.compile(r"^([a-z0-9-]+)(?:\[.*?\])?==([\w.]+)", re.MULTILINE)
    tested, product, chain = (
        dict(form.findall((ROOT / name).read_text(encoding="utf-8")))
        for name in ("requirements.lock", "requirements-product.lock", "requirements-keten.lock")
    )
    assert product.items() <= tested.items()
    assert product.keys() < tested.keys(), "what only developers need stays out"
    assert {
        name for name in tested if name in {"pytest", "mypy", "playwright"}
    } & product.keys() == set()
    assert {
        name: version for name, version in chain.items() if tested.get(name, version) != version
    } == {}


@pytest.mark.bewijs
def test_the_wheel_runs_in_an_environment_with_nothing_else(tmp_path: Path) -> None:
    subprocess.run([MAKE, "wheel"], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (ROOT / "dist").glob(f"ontschot-{PROJECT['project']['version']}-*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and file.suffix not in LEFT_OUT and file.name != ".klaar"
    }
    assert wanted - inside == set()
    assert {name for name in inside if not name.startswith("ontschot-")} == wanted

    venv.create(tmp_path / "leeg", with_pip=True)
    programs = tmp_path / "leeg" / "bin"
    install: list[str | Path] = [programs / "python", "-m", "pip", "install", "--quiet"]
    lock = ROOT / "requirements-product.lock"
    subprocess.run([*install, "--require-hashes", "--requirement", lock], check=True)
    subprocess.run([*install, "--no-deps", wheel], check=True)
    ontschot, folder = programs / "ontschot", tmp_path / "gegevens"
    clean = {name: value for name, value in os.environ.items() if "ONTSCHOT" not in name}

    def run(*words: str | Path) -> str:
        done = subprocess.run(
            [ontschot, *words],
            cwd=tmp_path,
            env=clean,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "OPDRACHT" in run("--help")
    examined = json.loads(run("doctor", "--map", folder, "--formaat", "json"))["controles"]
    assert {each["onderwerp"]: each["stand"] for each in examined}["pagina's"] == "ok"


@pytest.mark.bewijs
def test_the_list_of_parts_names_every_part() -> None:
    subprocess.run([MAKE, "sbom"], cwd=ROOT, check=True, capture_output=True)
    lock = (ROOT / "requirements-product.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9-]+)(?:\[.*?\])?==([\w.]+)", lock, re.MULTILINE))
    listed = json.loads((ROOT / "dist" / "sbom-python.cdx.json").read_bytes())
    assert listed["bomFormat"] == "CycloneDX"
    assert {(each["name"], each["version"]) for each in listed["components"]} == pinned
    pages = json.loads((ROOT / "dist" / "sbom-paginas.cdx.json").read_bytes())
    wanted = json.loads((ROOT / "package.json").read_bytes())
    names = {
        f"{each['group']}/{each['name']}" if each.get("group") else each["name"]
        for each in pages["components"]
    }
    assert wanted["dependencies"].keys() <= names
    assert wanted["version"] == PROJECT["project"]["version"]
