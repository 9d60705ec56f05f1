"""An interpreter that has `ocdscardinal`, the published wheel that full runs are held against: not ours to depend on."""

import importlib.util
import subprocess
import sys
import venv
from pathlib import Path

WHEEL = "ocdscardinal==0.0.8"
PROGRAM = "import sys, ocdscardinal; ocdscardinal.coverage(sys.argv[1])"


def interpreter(folder: Path) -> Path | None:
    """This one if it has the wheel, else one of a virtual environment made in a folder; None if pip cannot get it."""
    if importlib.util.find_spec("ocdscardinal"):
        return Path(sys.executable)
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    if _has(python):
        return python
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", WHEEL]
    subprocess.run(pip, check=False, capture_output=True)
    return python if _has(python) else None


def _has(python: Path) -> bool:
    return subprocess.run([python, "-c", "import ocdscardinal"], check=False, capture_output=True).returncode == 0
