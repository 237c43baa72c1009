"""A stage for deploy_hybrid.sh: a folder with fake commands, a clean environment, and what was called."""

import json
import os
import pathlib
import subprocess
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy" / "deploy_hybrid.sh"
N_FUNCTIONS = len(list((ROOT / "functions").glob("*/function.json")))

# How an Azure answers in which nothing is there yet and everything works.
FRESH = [
    {"when": ["az", "account", "show"], "print": "0000-sub"},
    {"when": ["az", "ad", "signed-in-user"], "print": "0000-me"},
    {"when": ["az", "check-name"], "print": "true"},
    {"when": ["az", "group", "exists"], "print": "true"},
    {"when": ["az", "resource", "show"], "status": 3},
    {"when": ["az", "acr", "repository", "show"], "status": 1},
    {"when": ["az", "functionapp", "function", "list"], "print": str(N_FUNCTIONS)},
    {"when": ["az", "containerapp", "job", "start"], "print": "probe-1"},
    {"when": ["az", "containerapp", "job", "execution", "show"], "print": "Succeeded"},
    {"when": ["curl"], "print": '{"status":"unhealthy","reasons":[]}'},
]


class Stage:
    """One deployment's surroundings; use it in a `with`."""

    def __init__(self):
        self._temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._temporary.name)
        commands = self.folder / "bin"
        commands.mkdir()
        for name in ("az", "cargo", "curl"):
            (commands / name).symlink_to(ROOT / "deploy" / "tests" / "fake_command.py")
        self.package = self.folder / "app.zip"
        write_package(self.package, 0o755)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._temporary.cleanup()

    def run(self, *flags, answers=(), typed="", with_commands=True, **variables):
        """Runs the script; `answers` come before those of a fresh Azure."""
        (self.folder / "answers.json").write_text(json.dumps([*answers, *FRESH]), encoding="utf-8")
        (self.folder / "calls.jsonl").write_text("", encoding="utf-8")
        # Nothing of the machine's own environment: a name in it would be taken for ours.
        path = f"{self.folder / 'bin'}:{os.defpath}" if with_commands else os.defpath
        environment = {
            "PATH": path,
            "HOME": str(self.folder),
            "FAKE_FOLDER": str(self.folder),
            "RETRY_SECONDS": "0",
            "STORAGE_ACCOUNT": "mylake",
            "PACKAGE": str(self.package),
            "IMAGE_TAG": "t1",
            **variables,
        }
        environment = {name: value for name, value in environment.items() if value is not None}
        return subprocess.run(
            ["bash", str(SCRIPT), *flags],
            env=environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self):
        """All calls, in order, as lists of words."""
        return [call["words"] for call in self.records()]

    def records(self):
        """All calls with the files that they named."""
        lines = (self.folder / "calls.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def changes(self):
        """The calls that change something, each as its verb."""
        return [verb for verb in map(verb_of, self.calls()) if verb]


def verb_of(words):
    """The changing verb of a call, or nothing."""
    text = " ".join(words)
    verbs = [
        "provider register",
        "group create --name",
        "group delete",
        "deployment group create",
        "deployment group what-if",
        "deployment source config-zip",
        "storage blob upload",
        "functionapp restart",
        "acr build",
        "acr import",
        "job start",
        "resource delete",
        "rest --method",
        "account set",
        "xtask package",
    ]
    return next((verb for verb in verbs if f" {verb}" in f" {text}"), None)


def write_package(path, mode):
    """A small zip of the shape that `cargo xtask package` makes; the handler has `mode`."""
    with zipfile.ZipFile(path, "w") as package:
        files = {"host.json": (ROOT / "host.json").read_text(encoding="utf-8"), "handler": "#!"}
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            entry.external_attr = (mode if name == "handler" else 0o644) << 16
            package.writestr(entry, text)


def parameter(words, name):
    """The value of an inline Bicep parameter in a call, or nothing."""
    return next((word.removeprefix(f"{name}=") for word in words if word.startswith(f"{name}=")), None)
