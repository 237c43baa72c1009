"""Proves that a package of the Functions app can start: the handler is executable, everything else is readable, nothing is stray.

usage: zip_modes.py PACKAGE.zip
"""

import json
import stat
import sys
import zipfile


def problems(path):
    """Sentences about what is wrong with the package at `path`."""
    with zipfile.ZipFile(path) as package:
        entries = {entry.filename: entry for entry in package.infolist() if not entry.is_dir()}
        if "host.json" not in entries:
            return ["host.json is not at the top of the zip"]
        host = json.loads(package.read("host.json"))
    executable = host["customHandler"]["description"]["defaultExecutablePath"]
    found = []
    if executable not in entries:
        found.append(f"host.json starts {executable}, which is not in the zip")
    if "local.settings.json" in entries:
        found.append("local.settings.json must not be deployed")
    for name, entry in sorted(entries.items()):
        if entry.create_system != 3:
            found.append(f"{name} was not packed as by Unix: its mode is lost")
            continue
        mode = stat.S_IMODE(entry.external_attr >> 16)
        wanted = 0o555 if name == executable else 0o444
        if mode & wanted != wanted:
            found.append(f"{name} has mode {mode:o}: it needs {wanted:o}")
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = problems(sys.argv[1])
    for problem in found:
        print(f"{sys.argv[1]}: {problem}", file=sys.stderr)
    if found:
        sys.exit(1)
    print(f"{sys.argv[1]}: the handler is executable, all else is readable")


if __name__ == "__main__":
    main()
