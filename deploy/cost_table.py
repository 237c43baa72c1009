#!/usr/bin/env python3
"""What a lake costs in Azure, as `quantx plan` works it out: the table of deploy/README.md.

    deploy/cost_table.py PATH_TO_QUANTX            prints it
    deploy/cost_table.py PATH_TO_QUANTX --write    puts it into deploy/README.md
    deploy/cost_table.py PATH_TO_QUANTX --check    fails when deploy/README.md has another one

Nothing is fetched: planning asks no vendor, and the lakes are empty folders. The day is fixed, so that the
table changes with prices and program only.
"""

import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- cost-table -->\n", "<!-- /cost-table -->"
SIZES = (50, 500, 5_000)
AS_OF = "2026-01-02T23:00:00Z"
TWENTY_YEARS = ("--start", "2006-01-03", "--end", "2025-12-31")
HEAD = ("what", "requests of a run", "time of a run", "reads", "writes", "USD gross", "USD net of free grants")


def symbols(n: int) -> str:
    """Codes of New York that no listing need have: a plan only counts them."""
    letters = itertools.product("BCDFGHJKLMNPQRSTVWXZ", repeat=4)
    return ",".join("".join(code) for code in itertools.islice(letters, n))


def plan(quantx: str, host: str, n: int, dates: tuple[str, ...]) -> dict:
    """The plan of `n` listings in an empty lake, paid as on `host`."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        config.mkdir()
        (config / "settings.yaml").write_text(f"costs:\n  host: {host}\n")
        words = [quantx, "plan", "--config", str(config), "--storage-root", f"{folder}/lake", "--use-local"]
        words += ["--as-of", AS_OF, "--json", "--symbols", symbols(n), *dates]
        ran = subprocess.run(words, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        sys.exit(f"quantx plan ended with {ran.returncode}: {ran.stderr.strip()}")
    return json.loads(ran.stdout)


def row(name: str, requests: int, minutes: float, operations: dict, cost: dict) -> str:
    cells = (
        name,
        f"{requests:,}",
        f"{minutes:.1f} min",
        f"{operations['reads']:,}",
        f"{operations['writes']:,}",
        f"{cost['gross']:.2f}",
        f"{cost['net']:.2f}",
    )
    return "| " + " | ".join(cells) + " |"


def table(quantx: str) -> str:
    lines = ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    for n in SIZES:
        daily = plan(quantx, "functions", n, ())
        month = daily["month"]
        runs = month["runs"]
        minutes = daily["minutes"]
        name = f"{n:,} listings, a month of {runs} daily updates, lake included"
        lines.append(row(name, month["requests"] // runs, minutes, month["operations"], month["cost"]))
    for n in SIZES:
        once = plan(quantx, "container_apps", n, TWENTY_YEARS)
        name = f"{n:,} listings, backfill of 20 years, once"
        lines.append(row(name, once["requests"], once["minutes"], once["operations"], once["cost"]))
    cost = once["cost"]
    lines += [
        "",
        f"List prices of {cost['as_of']} in {cost['region']}, hot storage, locally redundant. Daily updates in the Functions app, with the "
        "working memory of its chunks and a month of the lake's storage with its tables; backfills in the job (2 vCPU, 4 GiB), what was written kept "
        "for a month; two requests a second. Made by `python3 deploy/cost_table.py PATH_TO_QUANTX --write`, checked in CI; your own lake's figures: `quantx plan`.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--write"], ["--check"]):
        sys.exit(__doc__)
    made = table(sys.argv[1])
    text = README.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    wanted = before + BEGIN + made + END + after
    if sys.argv[2:] == ["--write"]:
        README.write_text(wanted)
    elif sys.argv[2:] == ["--check"]:
        if wanted != text:
            sys.exit(f"the cost table of {README} is an old one: run {Path(__file__).name} with --write\n{made}")
    else:
        print(made)


if __name__ == "__main__":
    main()
