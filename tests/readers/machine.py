"""What the checks of this folder run with: the engines, installed once into a cache, and the program. Standard library only."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "quantx"


def engines(requirements):
    """The interpreter that has the engines of this pinned list; another folder for other versions of them or of Python."""
    pins = HERE / requirements
    digest = hashlib.sha256(sys.version.encode() + pins.read_bytes()).hexdigest()[:16]
    folder = CACHE / "readers" / digest
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        print(f"installing the engines into {folder}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
        subprocess.run([*pip, "--requirement", pins], check=True)
        (folder / "installed").touch()
    return python


def program():
    """The program that makes the lakes: QUANTX_BIN, or what a release build has left where cargo puts it."""
    target = os.environ.get("CARGO_TARGET_DIR") or ROOT / "target"
    path = pathlib.Path(os.environ.get("QUANTX_BIN") or pathlib.Path(target) / "release" / "quantx").resolve()
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"{path} is no program: build with `cargo build --release --workspace --bins`, or set QUANTX_BIN")
    return path
