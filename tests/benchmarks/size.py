"""The size on disk of the serving install: a new environment with `pip install .`, without torch and without pip itself.

python -m tests.benchmarks.size
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ("pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=8, help="packages to list")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", ROOT], check=True)
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        found = subprocess.run([python, "-c", where], check=True, capture_output=True, text=True)
        sizes = {
            path.name: size(path)
            for path in Path(found.stdout.strip()).iterdir()
            if not path.name.startswith(TOOLS)
        }
    for name, taken in sorted(sizes.items(), key=lambda item: -item[1])[: options.largest]:
        print(f"{name:<32}{taken / 1e6:>8.1f} MB")
    print(f"{'all of site-packages':<32}{sum(sizes.values()) / 1e6:>8.1f} MB")


def size(path: Path) -> int:
    """Return the bytes on disk in whole blocks, as `du` counts them."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(getattr(file.lstat(), "st_blocks", -(-file.lstat().st_size // 512)) * 512 for file in files)


if __name__ == "__main__":
    main()
