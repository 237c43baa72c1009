"""The installed tools, and how one is run."""

import os
import pathlib
import subprocess
import uuid


def folder():
    """Where run.py installed the tools."""
    return pathlib.Path(os.environ["QUANTX_CHECK_TOOLS"])


def program(name):
    """A program of the venv."""
    return str(folder() / "venv" / "bin" / name)


def said(words, root, **more):
    """Runs a program; a problem with all that it said, if it fails."""
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False, **more)
    if done.returncode == 0:
        return []
    return [f"{pathlib.Path(words[0]).name} ended with {done.returncode}:\n{done.stdout}{done.stderr}".rstrip()]


def node(script, root, text):
    """Runs a script of this folder on Node, where it finds the packages; gives back what it printed."""
    # The packages are resolved from the script's place, so it lies beside them.
    copy = folder() / script.name
    fresh = folder() / f"{uuid.uuid4()}-{script.name}"
    # Checks run side by side: none may read what another one has half written.
    fresh.write_text(script.read_text(encoding="utf-8"), encoding="utf-8")
    fresh.replace(copy)
    done = subprocess.run(["node", copy], cwd=root, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{script.name} ended with {done.returncode}: {done.stderr}")
    return done.stdout
