"""Generated files are as the code says."""

from pathlib import Path

import pytest

from tests.generated import files


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_generated_files_are_fresh(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == files()[path], "run: make generated"
