"""The fenced blocks of a document, and running one.

    ```sql            run by DuckDB with the macros of docs/quantx.sql
    -->  a | b        a row that the last statement gives; all rows are stated
    ```python         run in a process of its own
    #>  text          a line that it prints; all lines are stated
    ```sh             run by bash
    #>  text          stands somewhere in a line that it prints
    ```csv mine.csv   (yaml) becomes the file of that name
"""

import dataclasses
import re
import subprocess
import sys

import duckdb

RUNS = ("sql", "python", "sh")
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STATED = {"sql": "--> ", "python": "#> ", "sh": "#> "}


@dataclasses.dataclass(frozen=True)
class Block:
    """One fenced block; `heading` is the section that it stands in, `line` where its text begins."""

    document: str
    line: int
    heading: str
    language: str
    file: str | None
    text: str

    @property
    def name(self):
        return f"{self.document}:{self.line} {self.language}, {self.heading}"

    def stated(self):
        mark = STATED[self.language]
        return [line[len(mark) :] for line in self.text.splitlines() if line.startswith(mark)]


def of(document, text):
    """The blocks that are run or become files, in order."""
    found = []
    for match in FENCE.finditer(text):
        language, file, body = match.groups()
        if language not in RUNS and file is None:
            continue
        before = text[: match.start()]
        headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", before, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
        found.append(Block(document, before.count("\n") + 2, headings[-1] if headings else "", language, file, body))
    return found


def run(block, folder, environment, macros, replacements):
    """Runs a block in `folder`; what does not hold, or nothing."""
    text = block.text
    for old, new in replacements.items():
        text = text.replace(old, new)
    if block.file is not None:
        target = folder / block.file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return None
    if block.language == "sh":
        return _shell(block, text, folder, environment)
    if not block.stated():
        return "it states no value, so nothing could be wrong with it"
    if block.language == "sql":
        try:
            return _compare(block.stated(), _rows(text, folder, macros))
        except duckdb.Error as error:
            return error
    done = subprocess.run([sys.executable, "-c", text], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.stderr.strip()
    return _compare(block.stated(), done.stdout.splitlines())


def _rows(text, folder, macros):
    with duckdb.connect() as connection:
        connection.execute(macros)
        connection.execute(f"SET file_search_path = '{folder}'")
        rows = connection.execute(text).fetchall()
    return [" | ".join("null" if cell is None else str(cell) for cell in row) for row in rows]


def _shell(block, text, folder, environment):
    script = ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(script, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        return f"it ends with {done.returncode}\n{done.stdout}"
    # A table is drawn as wide as it has to be: what counts is its text.
    printed = " ".join(done.stdout.split())
    lacking = [line for line in block.stated() if " ".join(line.split()) not in printed]
    return f"not printed: {lacking}\n{done.stdout}" if lacking else None


def _compare(stated, printed):
    stated, printed = [line.rstrip() for line in stated], [line.rstrip() for line in printed]
    if stated == printed:
        return None
    return "\n".join(["stated:", *stated, "printed:", *printed])
