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


def log_fields(root, file):
    """Names of fields in the log lines of a source file: what stands before the message of a `tracing` macro."""
    text = (root / file).read_text(encoding="utf-8")
    fields = set()
    for call in re.finditer(r"tracing::(?:error|warn|info)!\(", text):
        arguments = text[call.end() : closing(text, call.end())]
        before = re.split(r'(?<![=\w])\s*"', arguments, maxsplit=1)[0]
        for argument in before.split(","):
            match = re.match(r"\s*[%?]?([a-z_][a-z0-9_.]*)\s*(?:=|$)", argument)
            if match:
                fields.add(match.group(1))
    return fields


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


def says(root, file, phrase):
    """Whether a source file has a phrase in a literal, line breaks of the literal aside."""
    text = (root / file).read_text(encoding="utf-8")
    text = re.sub(r"\\\n\s*", "", text)
    return phrase in text


def schedules(root):
    """The schedules of config/settings.yaml by function."""
    import yaml

    settings = yaml.safe_load((root / "config/settings.yaml").read_text(encoding="utf-8"))
    return {name: entry["cron"] for name, entry in settings["schedules"].items()}
