"""Checks the deployment without Azure: `python3 deploy/check/run.py [--only CHECK] [--list]`.

Installs the pinned tools of requirements.txt and package-lock.json into a cache, once, and runs every check of checks.py with them.
Ends with 0 if all pass, 1 if one does not, 2 if the tools cannot be installed. Nothing is skipped but the lines that a built program
really logs, which need its path in QUANTX_BIN; the table says so.
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
PINS = ("requirements.txt", "package.json", "package-lock.json")


def cache_folder():
    """Where the tools are; another folder for other versions."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    digest = hashlib.sha256(sys.version.encode())
    for name in PINS:
        digest.update((HERE / name).read_bytes())
    return pathlib.Path(base) / "quantx" / "deploy-check" / digest.hexdigest()[:16]


def install(folder):
    """Installs what is pinned and nothing else: no script of a package is run."""
    marker = folder / "installed"
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Two runs at once would each empty what the other one installs.
    with open(folder.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.exists():
            install_anew(folder)
            marker.touch()


def install_anew(folder):
    """Empties the folder and fills it."""
    print(f"installing the tools into {folder}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    venv.create(folder / "venv", with_pip=True)
    pip = [folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "--only-binary", ":all:", "--requirement", HERE / "requirements.txt"], check=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is not installed; the checks of KQL and of workflows need Node 20 or newer")
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)


def main():
    folder = cache_folder()
    try:
        install(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"error: the tools cannot be installed: {error}", file=sys.stderr)
        return 2
    environment = {**os.environ, "QUANTX_CHECK_TOOLS": str(folder)}
    python = folder / "venv" / "bin" / "python"
    return subprocess.run([python, HERE / "checks.py", *sys.argv[1:]], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
