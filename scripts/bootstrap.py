"""Create the virtual environment and install a requirements file into it; every obstacle is one clear sentence.

Runs under whatever python3 a machine has, so its syntax is that of Python 3.6.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path


def main(venv: str, requirements: str) -> None:
    """Make `venv` if it is missing, then install `requirements` into it."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if not (3, 11) <= sys.version_info[:2] <= (3, 14):
        sys.exit(
            f"Python 3.11 to 3.14 is needed, but {sys.executable} is {version}: install one of those, then repeat."
        )
    python = Path(venv, "Scripts" if os.name == "nt" else "bin", "python")
    if not python.exists():
        if find_spec("venv") is None or find_spec("ensurepip") is None:
            sys.exit(
                "Python's venv module is missing: on Debian and Ubuntu run `apt install python3-venv`, then repeat."
            )
        print(f"Creating {venv} with Python {version} ...", flush=True)
        if subprocess.call([sys.executable, "-m", "venv", venv]):
            sys.exit(f"The virtual environment could not be made: remove {Path(venv).resolve()} and repeat.")
    print(f"Installing {requirements} (about a minute the first time) ...", flush=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.call([*pip, "-r", requirements]):
        sys.exit("The installation failed; the lines above say why. Repeat the command when it is mended.")


if __name__ == "__main__":
    main(*sys.argv[1:])
