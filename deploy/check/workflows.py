"""Checks of the workflows on GitHub: actionlint, zizmor, and pins that are looked up, not invented."""

import json
import pathlib
import re

import tools
import yaml

HERE = pathlib.Path(__file__).resolve().parent


def texts(root):
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in sorted((root / ".github/workflows").glob("*.yml"))}


def lint(root):
    answers = tools.node(HERE / "actionlint.cjs", root, json.dumps(texts(root)))
    problems = json.loads(answers)
    if "control" not in {it["file"] for it in problems}:
        return ["actionlint takes a workflow that is wrong: its answers prove nothing"]
    return [f"{it['file']}:{it['line']}: {it['message']}" for it in problems if it["file"] != "control"]


def zizmor(root):
    words = [tools.program("zizmor"), "--offline", "--no-progress", "--min-severity", "low", "--persona", "regular"]
    return tools.said([*words, *texts(root)], root)


def pins(root):
    """Every action is of the table, by its commit, with its tag beside it."""
    found, known = [], json.loads((root / "deploy/check/actions.json").read_text(encoding="utf-8"))
    used = set()
    for name, text in texts(root).items():
        for at, line in enumerate(text.splitlines()):
            match = re.match(r"\s*(?:- )?uses: (\S+)@(\S+)(?: # (\S+))?$", line)
            if match is None:
                if "uses:" in line:
                    found.append(f"{name}:{at + 1}: not understood: {line.strip()}")
                continue
            action, commit, tag = match.groups()
            entry = known.get(action)
            used.add(action)
            if entry is None:
                found.append(f"{name}:{at + 1}: {action} is not in deploy/check/actions.json")
            elif (commit, tag) != (entry["commit"], entry["tag"]):
                found.append(f"{name}:{at + 1}: {action} is {commit} # {tag}, the table has {entry['commit']} # {entry['tag']}")
    return found + [f"actions.json: {action} is used nowhere" for action in sorted(set(known) - used - {"read"})]


def permissions(root):
    """Nothing is granted for a whole workflow, and only deployments may ask for a token of Azure."""
    found = []
    for name, text in texts(root).items():
        workflow = yaml.safe_load(text)
        if workflow.get("permissions") != {}:
            found.append(f"{name}: `permissions: {{}}` at the top, and what a job needs at the job")
        for job, content in workflow["jobs"].items():
            granted = content.get("permissions")
            if granted is None:
                found.append(f"{name}: the job {job} does not say its permissions")
            elif "id-token" in granted and "azure/login" not in json.dumps(content):
                found.append(f"{name}: the job {job} may ask for a token and does not sign in")
            if "timeout-minutes" not in content:
                found.append(f"{name}: the job {job} has no timeout-minutes")
        if re.search(r"publish[-_]profile|AZURE_CREDENTIALS|client-secret", text, re.IGNORECASE):
            found.append(f"{name}: signs in with a secret; OIDC has none")
    return found
