"""Azurite, Azure's own emulator of Blob Storage, for as long as it is needed; ended by its process id."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess

ACCOUNT = "quantxtest"
# Of the tests' emulator only; tests/support/azurite.rs has the same.
KEY = "bm90IGEgc2VjcmV0OiB0aGUga2V5IG9mIHRoZSB0ZXN0cycgZW11bGF0b3I="


def program(cache):
    """Where `cargo xtask ci` has installed it, or None."""
    version = (pathlib.Path(__file__).parent.parent / "support" / "azurite.version").read_text().strip()
    folders = [os.environ.get("CARGO_TARGET_DIR"), cache / "target", pathlib.Path(__file__).parents[2] / "target"]
    for folder in filter(None, folders):
        path = pathlib.Path(folder) / f"azurite-{version}" / "node_modules/azurite/dist/src/blob/main.js"
        if path.exists() and shutil.which("node"):
            return path
    return None


@contextlib.contextmanager
def running(path):
    """Host and port of one that keeps everything in memory, on a free port of this machine."""
    # Clients newer than it ask for newer versions of the protocol; what they then use it knows.
    options = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--disableTelemetry", "--silent", "--skipApiVersionCheck"]
    environment = {**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}
    emulator = subprocess.Popen(["node", path, *options], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        for line in emulator.stdout:
            if address := re.search(r"successfully listens on http://(\S+)", line):
                yield address[1]
                return
        raise RuntimeError(f"Azurite ended with {emulator.wait()}")
    finally:
        emulator.terminate()
        emulator.wait()
        emulator.stdout.close()
