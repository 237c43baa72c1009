"""Runs the recipes of the documentation: `python3 tests/readers/run.py [--only WORD]`, after a release build.

QUANTX_BIN names another binary than that of CARGO_TARGET_DIR or `target`.

Every block of docs/own-universe.md, docs/reading.md and README.md that is sql or python (and, of the first two, sh) is run as it stands,
on a lake that the program makes, and has to print the lines that it states. Then the tests of the Python module and its types are
checked. The engines are installed once, pinned and hashed (requirements.txt), into a cache. Standard library only.

Ends with 0 if everything held, 1 if not, 2 if it could not be tried. What needs Azurite, or recordings of ../shared/data, is told as
skipped where these are not there; QUANTX_REQUIRE_AZURITE=1 makes a missing Azurite a failure.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import machine


def main():
    parser = argparse.ArgumentParser(description="Runs the recipes of the documentation.")
    parser.add_argument("--only", default="", metavar="WORD", help="only checks with this word in their name; what they need runs too")
    parser.add_argument("--keep", metavar="FOLDER", help="makes the lakes in this new folder and leaves them there")
    options = parser.parse_args()
    try:
        quantx, python = machine.program(), machine.engines("requirements.txt")
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="quantx-readers-") as scratch:
        folder = pathlib.Path(options.keep).resolve() if options.keep else pathlib.Path(scratch)
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "quantx").symlink_to(quantx)
        environment = clean(folder, python)
        checks = [python, machine.HERE / "checks.py", folder, options.only]
        return subprocess.run(checks, env=environment, check=False).returncode


def clean(folder, python):
    """The environment of a user who has set nothing: no account, no settings, the program in the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "QUANTX_", "LOCAL_STORAGE"))}
    if "QUANTX_REQUIRE_AZURITE" in os.environ:
        kept["QUANTX_REQUIRE_AZURITE"] = os.environ["QUANTX_REQUIRE_AZURITE"]
    path = os.pathsep.join([str(folder / "bin"), str(python.parent), kept.get("PATH", "")])
    return {**kept, "PATH": path, "PYTHONPATH": str(machine.ROOT / "python"), "PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC"}


if __name__ == "__main__":
    sys.exit(main())
