"""Checks of rules and workbook: KQL by Microsoft's language service, and every word that it looks for against the code that writes it."""

import json
import os
import pathlib
import re
import subprocess
import tempfile

import bicep
import sources
import tools

HERE = pathlib.Path(__file__).resolve().parent
# What the JSON layer of `tracing` writes itself.
OF_EVERY_LINE = {"timestamp", "level", "message", "target", "span"}


def folder(root):
    return root / "deploy/monitoring"


def load(root, name):
    return json.loads((folder(root) / name).read_text(encoding="utf-8"))


def rule_texts(root):
    return {rule["name"]: (folder(root) / f"{rule['name']}.kql").read_text(encoding="utf-8") for rule in load(root, "rules.json")}


def workbook_texts(root):
    return {item["name"]: item["content"]["query"] for item in load(root, "workbook.json")["items"] if item["type"] == 3}


def kql(root):
    """Every query is understood, with the columns of the tables; one that is wrong is seen to be."""
    lines = (folder(root) / "lines.kql").read_text(encoding="utf-8")
    queries = {f"{name}.kql": f"{lines}\n{text}" for name, text in rule_texts(root).items()}
    queries |= {f"workbook {name}": text for name, text in workbook_texts(root).items()}
    queries["control"] = f"{lines}\nlines | where no_such_column == 1"
    asked = json.dumps({"tables": load(root, "schema.json")["tables"], "queries": queries})
    answers = [json.loads(line) for line in tools.node(HERE / "kql.mjs", root, asked).splitlines()]
    found = [f"{answer['name']}:{it['line']}: {it['message']}" for answer in answers for it in answer["problems"] if answer["name"] != "control"]
    if {answer["name"] for answer in answers} != set(queries):
        found.append("the language service did not answer about every query")
    if not any(answer["problems"] for answer in answers if answer["name"] == "control"):
        found.append("the language service takes a column that is not there: its answers prove nothing")
    found += [f"workbook {name}: does not begin with lines.kql" for name, text in workbook_texts(root).items() if not text.startswith(lines)]
    for name, text in {"lines.kql": lines, "blind.kql": rule_texts(root)["blind"]}.items():
        # Rules must not fail where a table is not there yet.
        if text.count("union isfuzzy=true\n    (datatable(") != len(re.findall(r"\bunion isfuzzy=true\b(?!`)", text)):
            found.append(f"{name}: a fuzzy union without an empty table of its own")
    for name, text in rule_texts(root).items():
        bare = re.findall(r"\b(AppTraces|AppRequests|ContainerAppConsoleLogs)\b", re.sub(r"//.*", "", text))
        found += [f"{name}.kql: names the table {table} itself, and fails where it is not there yet" for table in bare]
    return found


def evidence(root):
    """The lines, phrases and functions that the queries look for stand in the code. Comments of a query name them: `line: "text" fields`
    is a line that is logged with those fields, `text: "phrase"` stands in some source, `functions: names` are functions."""
    found, named_phrases, named_fields = [], [], set(OF_EVERY_LINE)
    known = set(sources.functions(root))
    logged = sources.log_lines(root)
    for name, text in rule_texts(root).items():
        for phrase, fields in re.findall(r'^// line: "(.*)" ?(.*)$', text, re.MULTILINE):
            named_phrases.append(phrase)
            named_fields |= set(fields.split())
            with_phrase = [written for line, written in logged if line == phrase]
            if not with_phrase:
                found.append(f"{name}.kql: nothing logs the line `{phrase}`")
            for field in fields.split():
                if not all(field in written for written in with_phrase):
                    found.append(f"{name}.kql: the line `{phrase}` has no field {field}")
        for phrase in re.findall(r'^// text: "(.*)"$', text, re.MULTILINE):
            named_phrases.append(phrase)
            if not sources.says(root, phrase):
                found.append(f"{name}.kql: no source says `{phrase}`")
        functions = set(re.findall(r'Name (?:==|in) \(?((?:"[a-z_]+"(?:, )?)+)', text))
        used = {word for group in functions for word in re.findall(r'"([a-z_]+)"', group)}
        declared = set(" ".join(re.findall(r"^// functions: (.*)$", text, re.MULTILINE)).split())
        found += [f"{name}.kql: there is no function {word}" for word in sorted((used | declared) - known)]
        if used != declared:
            found.append(f"{name}.kql: uses the functions {sorted(used)}, names {sorted(declared)}")
    queries = {f"{name}.kql": text for name, text in rule_texts(root).items()}
    queries |= {f"workbook {name}": text for name, text in workbook_texts(root).items()} | {"lines.kql": (folder(root) / "lines.kql").read_text(encoding="utf-8")}
    for name, text in queries.items():
        for field in re.findall(r'\bevent\.([a-z_]+)|\bevent\["([^"]+)"\]', text):
            word = field[0] or field[1]
            if word not in named_fields:
                found.append(f"{name}: reads the field {word}, which no line that is named has")
        for phrase in re.findall(r'(?:has|startswith|endswith) "([a-z][^"]{9,})"', text):
            # "{operation} ended green" is written for a "daily_update ended green".
            plain = re.sub(r"^(daily_update|backfill) ", "", phrase).strip()
            if plain not in known and not any(plain in named for named in named_phrases):
                found.append(f"{name}: looks for `{phrase}`, which no `text:` line proves")
    return found


def rules_fit(root):
    """A rule is a file, an entry of alerts.bicep, a section of the runbook, and known to the parameter files."""
    found = []
    names = [rule["name"] for rule in load(root, "rules.json")]
    alerts = bicep.files(root)["deploy/bicep/modules/alerts.bicep"]
    texts = {path.stem for path in folder(root).glob("*.kql")} - {"lines"}
    found += [f"{name}.kql is in no rule" for name in sorted(texts - set(names))]
    for name in names:
        if not re.search(rf"^  {name}: ", alerts, re.MULTILINE):
            found.append(f"alerts.bicep: the rule {name} has no query")
    runbook = (root / "docs/runbook.md").read_text(encoding="utf-8")
    anchors = {re.sub(r"[^a-z0-9 -]", "", line[3:].lower()).strip().replace(" ", "-") for line in runbook.splitlines() if line.startswith("## ")}
    wanted = {rule["anchor"] for rule in load(root, "rules.json")} | set(re.findall(r"runbook\}#([a-z-]+)", alerts))
    found += [f"docs/runbook.md has no section #{anchor}" for anchor in sorted(wanted - anchors)]
    for stage in ("dev", "prod"):
        given = json.loads((root / f"deploy/bicep/{stage}.parameters.json").read_text(encoding="utf-8"))["parameters"]
        unknown = set(given["enabledRules"]["value"]) - set(names) - {"store_throttled"}
        found += [f"{stage}.parameters.json: there is no rule {name}" for name in sorted(unknown)]
    days = {"PT1H": 60, "PT6H": 360, "P1D": 1440, "P2D": 2880}
    for rule in load(root, "rules.json"):
        if not days[rule["every"]] <= days[rule["window"]] <= days[rule["looksBack"]]:
            found.append(f"{rule['name']}: every <= window <= looksBack is what Azure takes")
    return found


def schedule(root):
    """One schedule: settings.yaml has it, whatever else names one agrees."""
    found = []
    ours = sources.schedules(root)
    local = json.loads((root / "local.settings.json").read_text(encoding="utf-8"))["Values"]
    for name, timer in sources.schedule_settings(root).items():
        if local.get(name) != ours.get(timer):
            found.append(f"local.settings.json: {name} is {local.get(name)}, settings.yaml has {ours.get(timer)}")
    daily = ours["daily_data_update"]
    if f'let cron = "{daily}";' not in rule_texts(root)["no_daily_run"]:
        found.append(f"no_daily_run.kql does not begin with the schedule {daily} of settings.yaml, which alerts.bicep replaces")
    if f"'{daily}', dailySchedule" not in bicep.files(root)["deploy/bicep/modules/alerts.bicep"]:
        found.append(f"alerts.bicep does not replace {daily}")
    if not re.fullmatch(r"\d+ \d+ \d+ \* \* (\*|\d(-\d)?(,\d)*)", daily):
        found.append(f"no_daily_run.kql does not understand the schedule {daily}")
    five = {" ".join(cron.split()[1:]) for cron in ours.values()}
    for name in ("docs/operations.md", "docs/installation.md"):
        crons = re.findall(r"^(\d+ \d+ \* \* \S+) ", (root / name).read_text(encoding="utf-8"), re.MULTILINE)
        found += [f"{name}: the crontab line `{cron}` is none of the defaults {sorted(five)}" for cron in crons if cron not in five]
    return found


def live_lines(root):
    """With a program at hand: the lines that it really writes have the fields. QUANTX_BIN names it."""
    program = os.environ.get("QUANTX_BIN")
    if not program:
        return []
    with tempfile.TemporaryDirectory() as lake:
        words = ["backfill", "--provider", "sample", "--phase", "sample", "--start", "2010-01-04", "--end", "2010-12-31", "--use-local"]
        environment = {"PATH": os.defpath, "QUANTX_LOG_FORMAT": "json"}
        command = [program, *words, "--storage-root", lake]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return [f"{program} ended with {done.returncode}: {done.stderr[-500:]}"]
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    wanted = {
        " listings started": {"run.id", "n_listings", "level", "timestamp"},
        " ended green": {"run.id", "verdict", "n_bars", "n_failed", "elapsed_ms", "level", "timestamp"},
    }
    found = []
    for ending, fields in wanted.items():
        event = next((event for event in events if event["message"].endswith(ending)), None)
        if event is None:
            found.append(f"no line ends with `{ending}`")
        else:
            found += [f"the line `{event['message']}` has no {field}" for field in sorted(fields - set(event))]
    return found
