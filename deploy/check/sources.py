"""What the code says: which variables it reads, which functions there are, what it logs. Read from the sources, so that it cannot be
out of date."""

import json
import re


def variables(root):
    """Environment variables of the product: the table in shared/settings/src/env.rs."""
    text = (root / "shared/settings/src/env.rs").read_text(encoding="utf-8")
    table = text[text.index("static VARIABLES") :]
    table = table[: table.index("\n];")]
    names = re.findall(r'variable\("([A-Z][A-Z0-9_]*)"', table)
    declared = re.search(r"\[Variable; (\d+)\]", table)
    if not names or not declared or len(names) != int(declared.group(1)):
        raise ValueError(f"the table of env.rs was not understood: {len(names)} names read")
    return set(names)


def schedule_settings(root):
    """Settings that timers name, `%DAILY_SCHEDULE%`."""
    found = {}
    for name, declaration in functions(root).items():
        for binding in declaration["bindings"]:
            match = re.fullmatch(r"%([A-Z_]+)%", binding.get("schedule", ""))
            if match:
                found[match.group(1)] = name
    return found


def functions(root):
    """Every function with its function.json."""
    files = sorted((root / "functions").glob("*/function.json"))
    return {file.parent.name: json.loads(file.read_text(encoding="utf-8")) for file in files}


def sources_of(root):
    """The sources of the product: what may write a line that a rule looks for. Tests write none."""
    for room in ("shared", "functions"):
        for path in sorted((root / room).rglob("*.rs")):
            if "tests" not in path.parts and not path.stem.endswith("tests"):
                # A literal may go on in the next line.
                yield re.sub(r"\\\n\s*", "", path.read_text(encoding="utf-8"))


def log_lines(root):
    """Every line that the sources log: its text, as it stands in the source, and the names of its fields."""
    lines = []
    for text in sources_of(root):
        for call in re.finditer(r"tracing::(?:error|warn|info)!\(", text):
            arguments = text[call.end() : closing(text, call.end())]
            message = re.search(r'"((?:[^"\\]|\\.)*)"', arguments)
            fields = set()
            for argument in (arguments[: message.start()] if message else arguments).split(","):
                match = re.match(r"\s*[%?]?([a-z_][a-z0-9_.]*)\s*(?:=|$)", argument)
                if match:
                    fields.add(match.group(1))
            lines.append((message.group(1) if message else "", fields))
    return lines


def closing(text, at):
    """Where the parenthesis that is open at `at` closes; words in quotes are no parentheses."""
    depth, quoted = 1, False
    while depth:
        letter = text[at]
        if letter == "\\" and quoted:
            at += 1
        elif letter == '"':
            quoted = not quoted
        elif not quoted and letter in "([{":
            depth += 1
        elif not quoted and letter in ")]}":
            depth -= 1
        at += 1
    return at - 1


def says(root, phrase):
    """Whether some source has a phrase, as in a reason of a report."""
    return any(phrase in text for text in sources_of(root))


def schedules(root):
    """The schedules of config/settings.yaml by function."""
    import yaml

    settings = yaml.safe_load((root / "config/settings.yaml").read_text(encoding="utf-8"))
    return {name: entry["cron"] for name, entry in settings["schedules"].items()}
