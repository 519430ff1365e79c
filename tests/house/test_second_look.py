"""What CI looks at twice: few failures, of tests that draw nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "tests.py"
ONCE = "from pathlib import Path\n"
SHAKY = "def test_{0}():\n    seen = Path('{0}')\n    assert seen.exists() or seen.touch()\n"
BROKEN = "def test_broken():\n    assert False\n"


def run(place: Path, text: str, *, folder: str = "web", look: str = "1") -> tuple[int, str]:
    (place / folder).mkdir()
    (place / folder / "test_it.py").write_text(ONCE + text)
    (place / "pytest.ini").touch()
    done = subprocess.run(
        [sys.executable, SCRIPT, "-q", "-p", "no:xdist"],
        cwd=place,
        env={**os.environ, "PRORATA_SECOND_LOOK": look},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_what_passes_alone_is_named_and_green(tmp_path):
    code, told = run(tmp_path, SHAKY.format("a"))
    assert code == 0
    assert "A second look, alone, at what failed:\n  web/test_it.py::test_a\n" in told
    assert "1 passed" in told.splitlines()[-1]


def test_what_fails_twice_is_red(tmp_path):
    code, told = run(tmp_path, SHAKY.format("a") + BROKEN)
    assert code == 1
    assert "1 failed, 1 passed" in told.splitlines()[-1]


def test_more_than_three_are_not_looked_at_again(tmp_path):
    code, told = run(tmp_path, "".join(SHAKY.format(each) for each in "abcd"))
    assert code == 1
    assert "second look" not in told


def test_what_a_storm_finds_is_not_looked_at_again(tmp_path):
    assert run(tmp_path, SHAKY.format("a"), folder="storms")[0] == 1


def test_what_an_example_finds_is_not_looked_at_again(tmp_path):
    assert run(tmp_path, "import hypothesis\n" + SHAKY.format("a"))[0] == 1


def test_elsewhere_nothing_is_looked_at_again(tmp_path):
    assert run(tmp_path, SHAKY.format("a"), look="")[0] == 1
