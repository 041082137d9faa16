"""A bench that was broken off goes on where it was, and only on the same method."""

from pathlib import Path
from types import ModuleType

from tests.benefits.kept_looks import KeptLooks, fingerprint
from tests.benefits.scenarios import Figures

FIGURES: Figures = {("jeugd", "dekking"): 1.0, ("jeugd", "error"): -12_345.678901234567}


def test_what_was_kept_is_not_done_again_and_a_broken_line_is(tmp_path: Path) -> None:
    path = tmp_path / "map" / "looks.jsonl"
    first = KeptLooks(path)
    assert first.missing("S1", 3) == [0, 1, 2]
    first.keep("S1", 1, FIGURES)
    first.keep("S1", 0, FIGURES)
    path.write_bytes(path.read_bytes()[:-5])
    again = KeptLooks(path)
    assert again.missing("S1", 3) == [0, 2]
    assert again.missing("S2", 1) == [0]
    again.keep("S1", 0, FIGURES)
    assert KeptLooks(path).of("S1", 2) == [FIGURES, FIGURES]


def test_another_method_starts_anew(tmp_path: Path) -> None:
    module = ModuleType("method")
    module.__file__ = str(tmp_path / "method.py")
    (tmp_path / "method.py").write_text("a = 1", encoding="utf-8")
    before = fingerprint([module])
    assert fingerprint([module]) == before
    (tmp_path / "method.py").write_text("a = 2", encoding="utf-8")
    assert fingerprint([module]) != before
