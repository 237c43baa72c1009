"""What run.py checks, inside the environment that has the engines: `checks.py FOLDER WORD`."""

import os
import pathlib
import socket
import subprocess
import sys
import time

import azurite
import blocks
import recorded

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "quantx"
DOCUMENTS = ("docs/own-universe.md", "docs/reading.md", "README.md")
# The section whose blocks read a container, and what stands there for an account of Azure.
IN_AZURE = "From Blob Storage"
IDENTITY = 'AzureFileSystem(account_name="mylake")'


class Checks:
    """Runs checks one after the other and remembers how they ended."""

    def __init__(self, word):
        self.word = word
        self.failed = 0
        self.counts = {"ok": 0, "failed": 0, "skipped": 0}

    def check(self, name, action, *, needed=False):
        """Runs `action`, which gives nothing where all is well; `needed` if later checks build on it."""
        if self.word not in name and not needed:
            return
        begin = time.monotonic()
        problem = action()
        outcome = "failed" if problem else "ok"
        self.counts[outcome] += 1
        print(f"{outcome:7} {time.monotonic() - begin:6.1f} s  {name}", flush=True)
        if problem:
            print("        " + str(problem).replace("\n", "\n        "), flush=True)

    def skip(self, name, reason):
        self.counts["skipped"] += 1
        print(f"skipped           {name}: {reason}", flush=True)


def main(folder, word):
    checks = Checks(word)
    environment = dict(os.environ)
    macros = (ROOT / "docs/quantx.sql").read_text()
    found = [block for name in DOCUMENTS for block in blocks.of(name, (ROOT / name).read_text())]
    # README's commands build the program; the lake that its other blocks read is that of docs/reading.md.
    found = [block for block in found if not (block.document == "README.md" and block.language == "sh")]
    ports = {"127.0.0.1:8080": f"127.0.0.1:{free_port()}"}
    for block in found:
        if block.heading != IN_AZURE:
            makes = block.language == "sh" or block.file is not None
            checks.check(block.name, lambda it=block: blocks.run(it, folder, environment, macros, ports), needed=makes)
    in_azure = [block for block in found if block.heading == IN_AZURE]
    if not in_azure:
        raise RuntimeError(f"no block below {IN_AZURE!r}: the heading was renamed")
    read_from_azure(checks, in_azure, folder, environment, macros)
    if recorded.ANSWERS.is_dir():
        checks.check("recorded answers", lambda: recorded.check(folder, environment))
    else:
        checks.skip("recorded answers", "no ../shared/data")
    lakes = {**environment, "QUANTX_TEST_LAKES": str(folder)}
    for name, words in {
        "tests of python/quantx": ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(ROOT / "python/tests"), str(HERE)],
        "types of python/quantx": ["-m", "mypy", "--strict", "--cache-dir", os.devnull, "-p", "quantx"],
    }.items():
        checks.check(name, lambda it=words: ended_well([sys.executable, *it], lakes))
    print(", ".join(f"{count} {outcome}" for outcome, count in checks.counts.items()))
    return 1 if checks.counts["failed"] or not checks.counts["ok"] else 0


def read_from_azure(checks, found, folder, environment, macros):
    """The blocks that read a container, against the emulator: an address and a key for what is an identity in Azure."""
    path = azurite.program(CACHE)
    if path is None:
        if os.environ.get("QUANTX_REQUIRE_AZURITE"):
            checks.check("Azurite", lambda: "QUANTX_REQUIRE_AZURITE is set, but Azurite is not installed; `cargo xtask ci` does it")
        else:
            checks.skip(IN_AZURE, "Azurite is not installed; `cargo xtask ci` does it")
        return
    with azurite.running(path) as address:
        endpoint = f"http://{address}/{azurite.ACCOUNT}"
        connection = f"DefaultEndpointsProtocol=http;AccountName={azurite.ACCOUNT};AccountKey={azurite.KEY};BlobEndpoint={endpoint};"
        program = {"AZURE_STORAGE_CONNECTION_STRING": connection, "AZURE_CREATE_CONTAINER": "true"}
        engines = {
            "AZURE_STORAGE_ACCOUNT_NAME": azurite.ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": azurite.KEY,
            "AZURE_STORAGE_ENDPOINT": endpoint,
            "AZURE_ALLOW_HTTP": "true",
        }
        emulated = ", ".join(
            f"{name}={value!r}"
            for name, value in {
                "account_name": azurite.ACCOUNT,
                "account_key": azurite.KEY,
                "blob_storage_authority": address,
                "blob_storage_scheme": "http",
                "dfs_storage_authority": address,
                "dfs_storage_scheme": "http",
            }.items()
        )
        replaced = {IDENTITY: f"AzureFileSystem({emulated})"}
        for block in found:
            signed_in = {**environment, **(program if block.language == "sh" else engines)}
            run = lambda it=block, variables=signed_in: blocks.run(it, folder, variables, macros, replaced)  # noqa: E731
            checks.check(block.name, run, needed=block.language == "sh")


def ended_well(words, environment):
    done = subprocess.run(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout if done.returncode else None


def free_port():
    """A port of this machine that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2]))
