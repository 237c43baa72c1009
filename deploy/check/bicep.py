"""Checks of the Bicep files: syntax by two parsers, and what they say against what the code and Azure want."""

import json
import re

import tree_sitter_bicep
from pycep import BicepParser
from tree_sitter import Language, Parser

import sources

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SECRET_WORDS = re.compile(r"listkeys|listsecrets|secret|password|connectionstring|sas|token|accesskey|sharedkey", re.IGNORECASE)
# Settings that Flex Consumption refuses (functions-app-settings of Microsoft's documentation, read 2026-01).
NOT_ON_FLEX = re.compile(r"FUNCTIONS_(EXTENSION_VERSION|WORKER_RUNTIME|WORKER_RUNTIME_VERSION)|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT|WEBSITE_TIME_ZONE|^TZ$|SCM_DO_BUILD|ENABLE_ORYX")


def files(root):
    """Every Bicep file by its path from the top."""
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in sorted((root / "deploy/bicep").rglob("*.bicep"))}


def parsed(root):
    """Every file as pycep reads it."""
    return {name: BicepParser().parse(text=text) for name, text in files(root).items()}


def table(root, name):
    """A table of deploy/check."""
    return json.loads((root / "deploy/check" / name).read_text(encoding="utf-8"))


def syntax(root):
    found = []
    parser = Parser(Language(tree_sitter_bicep.language()))
    for name, text in files(root).items():
        nodes = [parser.parse(text.encode()).root_node]
        while nodes:
            node = nodes.pop()
            nodes.extend(node.children)
            if node.type == "ERROR" or node.is_missing:
                found.append(f"{name}:{node.start_point[0] + 1}: not understood: {node.text.decode()[:80]}")
        try:
            BicepParser().parse(text=text)
        except Exception as error:  # noqa: BLE001 - the parser has no class of its own for what it does not understand
            found.append(f"{name}: {str(error).splitlines()[0]}")
    return found if files(root) else ["there is no Bicep file"]


def modules(root):
    """What the compiler would say of parameters: unknown, missing, unused."""
    found = []
    everything = parsed(root)
    for name, content in everything.items():
        folder = name.rsplit("/", 1)[0]
        for module in content.get("modules", {}).values():
            target = f"{folder}/{module['detail']['path'] if 'detail' in module else module['path']}"
            if target not in everything:
                found.append(f"{name}: there is no {target}")
                continue
            parameters = everything[target].get("parameters", {})
            config = module["config"]
            given = set(config.get("config", config).get("params", {}))
            required = {key for key, value in parameters.items() if value.get("default") is None}
            found += [f"{name}: {target} has no parameter {key}" for key in sorted(given - set(parameters))]
            found += [f"{name}: {target} needs {key}" for key in sorted(required - given)]
        text = files(root)[name]
        for parameter in content.get("parameters", {}):
            if len(re.findall(rf"\b{parameter}\b", text)) < 2:
                found.append(f"{name}: the parameter {parameter} is not used")
    return found


def roles(root):
    """Only roles of the table, each where it belongs, each with its name beside it."""
    found, known, seen = [], table(root, "roles.json"), set()
    for name, text in files(root).items():
        for at, line in enumerate(text.splitlines()):
            for role in GUID.findall(line):
                entry = known.get(role)
                if entry is None:
                    found.append(f"{name}:{at + 1}: {role} is no role of deploy/check/roles.json")
                    continue
                seen.add((role, name))
                above = text.splitlines()[at - 1]
                if entry["name"] not in above:
                    found.append(f"{name}:{at + 1}: the line above does not say that this is {entry['name']}")
                if name not in entry["in"]:
                    found.append(f"{name}:{at + 1}: {entry['name']} is given only in {', '.join(entry['in'])}")
        n_assignments = text.count("Microsoft.Authorization/roleAssignments@")
        if n_assignments and text.count("guid(") < n_assignments:
            found.append(f"{name}: a role assignment without a name of its own would collide with others")
    for role, entry in known.items():
        found += [f"{entry['name']} is not given in {name}" for name in entry["in"] if (role, name) not in seen]
    return found


def api_versions(root):
    found, known = [], table(root, "api_versions.json")["versions"]
    used = set()
    for name, text in files(root).items():
        for kind in re.findall(r"'(Microsoft\.[A-Za-z]+(?:/[A-Za-z]+)+@[^']+)'", text):
            used.add(kind)
            if kind not in known:
                found.append(f"{name}: {kind} is not in deploy/check/api_versions.json: look it up, write down when")
            elif not re.fullmatch(r"20\d\d-\d\d-\d\d(-preview)?", kind.split("@")[1]):
                found.append(f"{name}: {kind} has no date")
    return found + [f"api_versions.json: {kind} is used nowhere" for kind in known if kind not in used]


def outputs(root):
    """Outputs are kept with a deployment and seen by everybody who may read it: no secret, and no key is asked for at all."""
    found = []
    for name, text in files(root).items():
        for at, line in enumerate(text.splitlines()):
            if re.match(r"\s*output\b", line) and SECRET_WORDS.search(line):
                found.append(f"{name}:{at + 1}: an output that may be a secret: {line.strip()}")
            if re.search(r"\blist(Keys|AccountSas|ServiceSas|Secrets)\b", line, re.IGNORECASE):
                found.append(f"{name}:{at + 1}: asks for a key: {line.strip()}")
    for name in ("deploy/bicep/main.bicep", "deploy/bicep/modules/alerts.bicep"):
        if not re.search(r"@secure\(\)\s*param \w*[wW]ebhookUrl string", files(root)[name]):
            found.append(f"{name}: the webhook's URL is a secret and not @secure()")
    return found


def keys_of(text, variable):
    """Keys of the object literals in `var <variable> = ...`, up to the next statement."""
    start = re.search(rf"^\s*var {variable} = ", text, re.MULTILINE)
    if start is None:
        raise ValueError(f"main.bicep has no variable {variable}")
    rest = text[start.end() :]
    end = re.search(r"\n\n", rest)
    return set(re.findall(r"([A-Za-z_][A-Za-z0-9_]+): ", rest[: end.start()]))


def settings(root):
    """Every setting that is given is read by somebody, and every variable that is read is given or named as not given."""
    found, rules = [], table(root, "settings.json")
    platform, not_given = rules["read_by_azure"], rules["not_given"]
    main = files(root)["deploy/bicep/main.bicep"]
    lake = keys_of(main, "lakeSettings")
    app = keys_of(main, "appSettings") | lake
    job = keys_of(main, "jobVariables") | lake
    read = sources.variables(root)
    timers = set(sources.schedule_settings(root))
    flex = files(root)["deploy/bicep/modules/functions.bicep"]
    legacy = files(root)["deploy/bicep/modules/functions_legacy.bicep"]
    of_flex = set(re.findall(r"^\s+([A-Z][A-Za-z_]+): ", flex[flex.index("name: 'appsettings'") :], re.MULTILINE))
    of_legacy = set(re.findall(r"^\s+([A-Z][A-Za-z_]+): ", legacy[legacy.index("name: 'appsettings'") :], re.MULTILINE))
    for name in sorted(app | of_flex | of_legacy):
        if name not in read | timers | set(platform):
            found.append(f"the app setting {name} is read by nobody: not env.rs, no timer, not settings.json")
    found += [f"the job's variable {name} is not read by the code" for name in sorted(job - read)]
    found += [f"the timer {sources.schedule_settings(root)[name]} needs {name}" for name in sorted(timers - app)]
    for name in sorted(read - app - job):
        if name not in not_given:
            found.append(f"the code reads {name}, which Bicep does not give: give it, or say why not in settings.json")
    page = (root / "docs/configuration.md").read_text(encoding="utf-8")
    found += [f"docs/configuration.md: the app setting {name} is in no table" for name in sorted(app | of_flex | of_legacy) if f"`{name}`" not in page]
    found += [f"settings.json: {name} is not read by the code" for name in sorted(set(not_given) - read)]
    found += [f"settings.json: {name} is given" for name in sorted(set(not_given) & (app | job))]
    found += [f"settings.json: {name} is given nowhere" for name in sorted(set(platform) - app - of_flex - of_legacy)]
    found += [f"Flex Consumption refuses the setting {name}" for name in sorted(app | of_flex) if NOT_ON_FLEX.search(name)]
    return found


def rules(root):
    """Sentences of the design that must stand in the files."""
    found = []
    for name, lines in table(root, "rules.json").items():
        text = files(root).get(name)
        if text is None:
            found.append(f"there is no {name}")
            continue
        plain = re.sub(r"\s+", " ", text)
        found += [f"{name} does not say `{line}`" for line in lines if line not in plain]
    return found


def commands(root):
    """What the jobs type is what the program knows: commands and flags by the recorded help."""
    found = []
    snapshots = root / "tests/it/snapshots"
    overview = (snapshots / "help.snap").read_text(encoding="utf-8")
    lists = [
        (name, re.findall(r"'([^']*)'", words))
        for name, text in files(root).items()
        for words in re.findall(r"(?:\bargs: |\barguments: |param backfillArguments array = )\[('[^\]]+)\]", text)
    ]
    for name, (command, *words) in lists:
        if not re.search(rf"^  {re.escape(command)} ", overview, re.MULTILINE):
            found.append(f"{name}: there is no command {command}")
            continue
        known = overview + (snapshots / f"help_{command}.snap").read_text(encoding="utf-8")
        for flag in (word for word in words if word.startswith("--")):
            if not re.search(rf"{flag}\b", known):
                found.append(f"{name}: {command} has no flag {flag}")
    return found if len(lists) >= 3 else [*found, f"only {len(lists)} lists of arguments were understood"]


def parameter_files(root):
    """Parameter files and the script give parameters that there are, in their type."""
    found = []
    kinds = {"string": str, "int": int, "bool": bool, "array": list, "object": dict}
    main = parsed(root)["deploy/bicep/main.bicep"]["parameters"]
    for stage in ("dev", "prod"):
        name = f"deploy/bicep/{stage}.parameters.json"
        given = json.loads((root / name).read_text(encoding="utf-8"))["parameters"]
        for key, value in given.items():
            if key not in main:
                found.append(f"{name}: main.bicep has no parameter {key}")
            elif not isinstance(value["value"], kinds[str(main[key]["detail"]["type"] if "detail" in main[key] else main[key]["type"])]):
                found.append(f"{name}: {key} has the wrong type")
    script = (root / "deploy/lib/steps.sh").read_text(encoding="utf-8")
    by_script = set(re.findall(r'"([a-z][A-Za-z]+)=\$', script))
    found += [f"deploy/lib/steps.sh: main.bicep has no parameter {key}" for key in sorted(by_script - set(main))]
    required = {key for key, value in main.items() if value.get("default") is None}
    found += [f"deploy/lib/steps.sh does not give {key}" for key in sorted(required - by_script)]
    azd = json.loads((root / "deploy/bicep/subscription.parameters.json").read_text(encoding="utf-8"))["parameters"]
    subscription = parsed(root)["deploy/bicep/subscription.bicep"]["parameters"]
    return found + [f"subscription.parameters.json: there is no parameter {key}" for key in sorted(set(azd) - set(subscription))]
