"""One place for each thing that must have one place, and one shape for packages and words."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.house.sources import PRODUCT, ROOT, dotted, files, name_of, nodes_of, tree_of

MODULES = tuple(files(".py", under=PRODUCT))
PACKAGES = tuple(path for path in MODULES if path.name == "__init__.py")

LARGEST = 600
LARGER = {
    "migrations/sql/20261122_kernel.sql",  # The kernel reads best as one page.
}
COLLECTIONS = {
    "domains/sources/__init__.py",  # A collection has its tuple here: SOURCES.
    "domains/benefits/methods/__init__.py",  # Idem: METHODS.
}
URL_HOSTS = {
    "127.0.0.1",
    "json-schema.org",  # The name of a standard; nothing is fetched.
    "ontschot",
    "www.istandaarden.nl",  # Idem.
    "ontschot.example",
    "www.auditfiles.nl",  # The namespace of a standard; nothing is fetched.
    "www.w3.org",  # Idem.
    "yml.publiccode.tools",
}


@cache
def calls(path: Path) -> frozenset[str]:
    """Give the dotted name of each thing that is called in a file."""
    return frozenset(dotted(node.func) for node in nodes_of(path) if isinstance(node, ast.Call))


@cache
def names(path: Path) -> frozenset[str]:
    """Give the dotted name of each thing that is read in a file."""
    return frozenset(
        dotted(node) for node in nodes_of(path) if isinstance(node, ast.Attribute | ast.Name)
    )


@cache
def texts(path: Path) -> frozenset[str]:
    """Give the texts in a file that are no docstring."""
    docstrings = {
        id(node.body[0].value)
        for node in nodes_of(path)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    constants = [node for node in nodes_of(path) if isinstance(node, ast.Constant)]
    return frozenset(
        node.value
        for node in constants
        if isinstance(node.value, str) and id(node) not in docstrings
    )


def files_where(pattern: str, of: object) -> set[str]:
    """Give the product's files in which a name or text matches."""
    form = re.compile(pattern)
    assert callable(of)
    return {name_of(path) for path in MODULES if any(form.search(each) for each in of(path))}


def test_only_the_books_call_the_functions_that_write_the_ledger() -> None:
    doors = r"\bledger\.(post|lock_accounts|change_period)\b"
    assert files_where(doors, texts) == {"ledger/books.py"}


def test_nobody_writes_tables_of_the_ledger_from_python() -> None:
    changes = r"(?i)\b(insert\s+into|update|delete\s+from|truncate)\s+ledger\."
    assert files_where(changes, texts) == set()


def test_only_the_one_place_opens_and_commits_database_transactions() -> None:
    allowed = {"api/db.py", "api/migrate.py"}
    assert files_where(r"\.(commit|begin)$", calls) <= allowed
    assert files_where(r"(?i)^\s*(begin|commit)\b", texts) <= allowed


def test_only_the_clock_reads_the_time_and_makes_ids() -> None:
    reads = r"(^|\.)(utcnow|uuid1|uuid4|uuid7|time_ns|gmtime|localtime)$|date(time)?\.(now|today)$"
    # The cluster only needs a folder name that no earlier attempt has.
    allowed = {"api/clock.py", "api/postgres_cluster.py"}
    assert files_where(reads, calls) <= allowed
    # What SQL calls now, the caller gives as an argument.
    moments = r"(?i)\b(now\(\)|current_(date|timestamp)|clock_timestamp|gen_random_uuid)\b"
    assert files_where(moments, texts) == set()
    for sql in files(".sql", under=("migrations",)):
        assert re.search(moments, sql.read_text(encoding="utf-8")) is None, name_of(sql)


def test_one_module_knows_the_library_of_the_second_opinion() -> None:
    assert files_where(r"^diff_diff", texts) == {"domains/benefits/second_opinion.py"}


def test_only_the_settings_read_the_environment() -> None:
    # The embedded server's programs get our environment without PostgreSQL's own variables.
    allowed = {"api/settings.py", "api/postgres_programs.py"}
    assert files_where(r"^os\.(environ|getenv)", names) <= allowed


def test_only_the_command_line_prints() -> None:
    found = files_where(r"^print$", calls)
    assert {name for name in found if not name.startswith("api/cli/")} == set()


def test_nobody_logs_through_the_standard_library_alone() -> None:
    found = files_where(r"^logging\.(getLogger|info|warning|error|debug|exception)$", calls)
    assert found <= {"api/logging.py"}


def test_every_package_describes_itself_and_gives_nothing_else_away() -> None:
    for path in PACKAGES:
        tree = tree_of(path)
        assert ast.get_docstring(tree), f"{name_of(path)} has no docstring"
        if name_of(path) not in COLLECTIONS:
            assert len(tree.body) == 1, f"{name_of(path)} holds more than its docstring"


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in files(".py", under=(*PRODUCT, "tests"))}
    missing = [name_of(each) for each in folders if not (each / "__init__.py").is_file()]
    assert missing == []


def test_a_domain_folder_has_only_the_five_file_names() -> None:
    five = {"model", "rules", "tables", "queries", "operations", "__init__"}
    # Who pays, with what money, who may grant, what people read, every no, and what is written;
    # what is due, what runs on, who pays it then, what is told of it, and what is done;
    # what the books have to agree with, and deliveries apart from what is decided: nouns.
    more = {
        "draws": {"case", "cover", "explanation", "mandates", "money", "recording", "refusals"},
        "events": {"due", "execution", "look_ahead", "recover", "running"},
        "providers": {"pricing"},
        "reservations": {"checks", "delivering", "standing"},
    }
    five_only = ("pooling", "districts", "families")
    for folder in (*five_only, *more):
        found = {path.stem for path in (ROOT / "domains" / folder).glob("*.py")}
        assert found <= five | more.get(folder, set()), folder


def test_rules_wait_for_nothing() -> None:
    for path in files(".py", under=("domains",)):
        if path.name not in {"rules.py", "model.py"}:
            continue
        waits = [n for n in nodes_of(path) if isinstance(n, ast.Await | ast.AsyncFunctionDef)]
        assert waits == [], name_of(path)
        imports = {
            module.split(".")[0]
            for node in nodes_of(path)
            for module in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
        }
        assert not imports & {"sqlalchemy", "psycopg", "structlog", "logging", "random", "time"}


def test_no_file_has_grown_too_large() -> None:
    large = {
        name_of(path)
        for path in files(".py", ".sql")
        if len(path.read_text(encoding="utf-8").splitlines()) > LARGEST
    }
    assert large <= LARGER, "look for the second noun in it"


def test_nothing_is_called_a_transaction_but_that_of_the_database() -> None:
    allowed = {"transaction", "_transaction"}
    found = set()
    for path in MODULES:
        for node in nodes_of(path):
            name = ""
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                name = node.name
            elif isinstance(node, ast.AnnAssign):
                name = dotted(node.target)
            if "transact" in name.lower() and name not in allowed:
                found.add(f"{name_of(path)}: {name}")
    assert found == set(), "an entry is a boeking; see docs/glossary.md"


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "X" * 3])
def test_nothing_is_left_to_be_done(word: str) -> None:
    form = re.compile(rf"\b{word}\b")
    found = [
        name_of(path)
        for path in files(".py", ".sql", ".toml", ".md", ".yml")
        if form.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_addresses_on_the_web_are_ours_or_reserved() -> None:
    form = re.compile(r"https?://([a-z0-9.-]*[a-z0-9])", re.IGNORECASE)
    found = {
        f"{name_of(path)}: {host}"
        for path in files(".py", ".sql", ".toml", ".md", ".yml", ".lock")
        for host in form.findall(path.read_text(encoding="utf-8"))
        if host not in URL_HOSTS and not host.endswith((".example", "localhost"))
    }
    assert found == set()


def test_no_two_files_tamper_with_the_same_municipality() -> None:
    named: dict[str, set[str]] = {}
    for path in files(".py"):
        for code in re.findall(
            r'^ *(?:GEMEENTE: Final|gemeente) = "(GM19\d\d)"', path.read_text("utf-8"), re.MULTILINE
        ):
            named.setdefault(code, set()).add(name_of(path))
    assert named
    assert {code: found for code, found in named.items() if len(found) > 1} == {}
