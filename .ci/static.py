"""Makes api/web/static from what npm installs; `make setup` runs it.

The style sheets and scripts of others are dependencies: package.json names them, the lock file
holds their digests, and no copy stands in this repository. Running the pages needs no Node.
"""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
OWN = ROOT / "api" / "web" / "assets"
STATIC = ROOT / "api" / "web" / "static"
REDOC = MODULES / "redoc" / "bundles"
TOKENS = "@nl-design-system-unstable/voorbeeld-design-tokens"

TOKEN = re.compile(r"(--[\w-]+):\s*([^;]*);")
USED = re.compile(r"var\(\s*(--[\w-]+)")
ELSEWHERE = re.compile(r"https?://cdn[^\"'`]*/logo-mini\.svg")
LICENCES = ("LICENSE.md", "LICENSE", "LICENSE.txt")


def build(packages: list[str]) -> None:
    """Write one style sheet, the scripts and the licences of the packages, in this order."""
    shutil.rmtree(STATIC, ignore_errors=True)
    STATIC.mkdir(parents=True)
    sheets = "\n".join(sheet(MODULES / name) for name in packages if name.startswith("@utrecht/"))
    own = "\n".join(path.read_text(encoding="utf-8") for path in sorted(OWN.glob("*.css")))
    (STATIC / "onderdelen.css").write_text(pruned_tokens(sheets + own) + sheets, encoding="utf-8")
    shutil.copyfile(MODULES / "htmx.org" / "dist" / "htmx.min.js", STATIC / "htmx.js")
    described = (REDOC / "redoc.standalone.js").read_text(encoding="utf-8")
    # Nothing on a page comes from elsewhere, also not the logo of who made a part of it.
    described = ELSEWHERE.sub("/static/merk.svg", described)
    (STATIC / "redoc.js").write_text(described, encoding="utf-8")
    (STATIC / "LICENTIES.md").write_text(licences(packages), encoding="utf-8")


def sheet(package: Path) -> str:
    """Give the style of one component: for plain HTML where it has that, and for its classes."""
    plain = package / "dist" / "html" / "index.min.css"
    classes = package / "dist" / "index.min.css"
    wanted = [plain] if plain.is_file() else []
    if not plain.is_file() or package.name == "button-css":  # A first button differs by its class.
        wanted.append(classes)
    return "\n".join(path.read_text(encoding="utf-8") for path in wanted)


def pruned_tokens(styles: str) -> str:
    """Give the design tokens that these styles use, also by way of other tokens."""
    theme = (MODULES / TOKENS / "dist" / "theme.css").read_text(encoding="utf-8")
    known = dict(TOKEN.findall(theme))
    waiting, kept = set(USED.findall(styles)) & set(known), set[str]()
    while waiting:
        kept |= waiting
        waiting = {used for name in waiting for used in USED.findall(known[name])}
        waiting = waiting & set(known) - kept
    lines = "".join(f"{name}:{known[name]};" for name in known if name in kept)
    return f":root{{{lines}}}\n"


def licences(packages: list[str]) -> str:
    """Give every licence as it came, once, under the packages that came with it."""
    texts: dict[str, list[str]] = {}
    for name in packages:
        folder = MODULES / name
        found = next(folder / each for each in LICENCES if (folder / each).is_file())
        texts.setdefault(found.read_text(encoding="utf-8").strip(), []).append(name)
    bundled = (REDOC / "redoc.standalone.js.LICENSE.txt").read_text(encoding="utf-8").strip()
    texts.setdefault(bundled, []).append("in redoc")
    parts = [f"## {', '.join(names)}\n\n{text}\n" for text, names in texts.items()]
    return "\n".join(["# Licenties van wat de pagina’s van anderen gebruiken\n", *parts])
