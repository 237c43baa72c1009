"""The checks, one after the other, and a table of how they ended. Started by run.py, which installs the tools."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import sys
import time
import traceback

import bicep
import jsonschema
import models
import monitoring
import sources
import tools
import workflows
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]


def shell(root):
    scripts = ["deploy/deploy_hybrid.sh", ".ci/run", *sorted(str(path.relative_to(root)) for path in (root / "deploy").rglob("*.sh"))]
    # Files of deploy/lib are read with the script that they are part of.
    whole = [name for name in dict.fromkeys(scripts) if not name.startswith("deploy/lib/")]
    return tools.said([tools.program("shellcheck"), "--external-sources", "--check-sourced", *whole], root)


def dockerfile(root):
    found = tools.said([tools.program("hadolint"), "--failure-threshold", "style", "deploy/Dockerfile"], root)
    text = (root / "deploy/Dockerfile").read_text(encoding="utf-8")
    for line in ("USER 65532:65532", 'ENTRYPOINT ["quantx"]', "ARG RUNTIME_IMAGE=", "org.opencontainers.image.licenses="):
        if line not in text:
            found.append(f"deploy/Dockerfile: no `{line}`")
    return found


def schemas(root):
    """JSON by schemas of ours, which know less than Azure's and refuse more."""
    pairs = {
        "host.json": ["host.json"],
        "function.json": sorted(str(path.relative_to(root)) for path in (root / "functions").glob("*/function.json")),
        "parameters.json": sorted(str(path.relative_to(root)) for path in (root / "deploy/bicep").glob("*.parameters.json")),
        "workbook.json": ["deploy/monitoring/workbook.json"],
        "rules.json": ["deploy/monitoring/rules.json"],
    }
    found = []
    for schema, files in pairs.items():
        validator = jsonschema.Draft202012Validator(json.loads((root / "deploy/check/schemas" / schema).read_text(encoding="utf-8")))
        if not files:
            found.append(f"there is no file for the schema {schema}")
        for name in files:
            for error in validator.iter_errors(json.loads((root / name).read_text(encoding="utf-8"))):
                found.append(f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message}")
    return found


def local_files(root):
    """azure.yaml and compose.yaml name files and images that there are."""
    found = []
    azd = yaml.safe_load((root / "azure.yaml").read_text(encoding="utf-8"))
    infra = root / azd["infra"]["path"]
    for name in (f"{azd['infra']['module']}.bicep", f"{azd['infra']['module']}.parameters.json"):
        if not (infra / name).is_file():
            found.append(f"azure.yaml: there is no {infra / name}")
    service = azd["services"]["functions"]
    for hook in [*azd["hooks"].values(), *service["hooks"].values()]:
        path = root / hook["run"]
        if not path.is_file() or not os.access(path, os.X_OK):
            found.append(f"azure.yaml: {hook['run']} is no program")
    if (service["host"], service["language"]) != ("function", "custom"):
        found.append("azure.yaml: the service is a function in the language custom")
    compose = yaml.safe_load((root / "deploy/compose.yaml").read_text(encoding="utf-8"))
    emulator = (root / "tests/support/azurite.version").read_text(encoding="utf-8").strip()
    if not compose["services"]["azurite"]["image"].endswith(f"/azurite:{emulator}"):
        found.append(f"deploy/compose.yaml: azurite is not {emulator}, with which the tests run")
    read = sources.variables(root)
    for name, service in compose["services"].items():
        found += [f"deploy/compose.yaml: {name}: {key} is not read by the code" for key in service.get("environment", {}) if key not in read]
    for unit in sorted((root / "deploy/systemd").glob("*.timer")):
        if not unit.with_suffix(".service").is_file():
            found.append(f"{unit.name} has no service")
    return found


def scripts_tests(root):
    """deploy_hybrid.sh against commands that only write down how they were called, and the checks against broken files."""
    tests = sorted(path.name for path in (root / "deploy/tests").glob("test_*.py"))
    words = [sys.executable, "-m", "unittest", "discover", "--start-directory", "deploy/tests", "--pattern"]
    with concurrent.futures.ThreadPoolExecutor() as at_once:
        return [problem for found in at_once.map(lambda name: tools.said([*words, name], root), tests) for problem in found]


def cost_table(root):
    """The table of what a lake costs is the one that the program works out today."""
    quantx = os.environ.get("QUANTX_BIN")
    if quantx is None:
        return []
    return tools.said([sys.executable, "deploy/cost_table.py", quantx, "--check"], root)


CHECKS = {
    "shellcheck": shell,
    "hadolint": dockerfile,
    "bicep-syntax": bicep.syntax,
    "bicep-modules": bicep.modules,
    "bicep-properties": models.properties,
    "bicep-roles": bicep.roles,
    "bicep-api-versions": bicep.api_versions,
    "bicep-outputs": bicep.outputs,
    "bicep-settings": bicep.settings,
    "bicep-rules": bicep.rules,
    "job-commands": bicep.commands,
    "bicep-parameters": bicep.parameter_files,
    "json-schemas": schemas,
    "local-files": local_files,
    "kql": monitoring.kql,
    "kql-evidence": monitoring.evidence,
    "alert-rules": monitoring.rules_fit,
    "schedules": monitoring.schedule,
    "live-log-lines": monitoring.live_lines,
    "cost-table": cost_table,
    "actionlint": workflows.lint,
    "zizmor": workflows.zizmor,
    "action-pins": workflows.pins,
    "permissions": workflows.permissions,
    "tests": scripts_tests,
}


def carry_out(check, root):
    """The problems that a check finds; a check that breaks is a problem too."""
    try:
        return check(root)
    except Exception:  # noqa: BLE001 - whatever it is, it must not look like a pass
        return [f"the check itself failed:\n{traceback.format_exc()}"]


def timed(name):
    """The problems that the check of that name finds, and the seconds that it took."""
    start = time.monotonic()
    problems = carry_out(CHECKS[name], ROOT)
    return problems, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description="Checks the deployment without Azure.")
    parser.add_argument("--only", action="append", choices=CHECKS, help="one check; may be repeated")
    parser.add_argument("--list", action="store_true", help="names the checks")
    chosen = parser.parse_args()
    if chosen.list:
        print("\n".join(CHECKS))
        return 0
    names = list(dict.fromkeys(chosen.only or CHECKS))
    table, failed = [], 0
    # Most of them wait for a program. The tests take longest, so they begin first.
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as at_once:
        began = {name: at_once.submit(timed, name) for name in sorted(names, key=lambda name: name != "tests")}
    for name in names:
        problems, seconds = began[name].result()
        for problem in problems:
            print(f"{name}: {problem}", file=sys.stderr)
        failed += bool(problems)
        result = f"{len(problems)} problems" if problems else "ok"
        if name in ("live-log-lines", "cost-table") and not problems and "QUANTX_BIN" not in os.environ:
            result = "not run: QUANTX_BIN is not set" if name == "cost-table" else "ok (QUANTX_BIN is not set: the sources only)"
        table.append(f"{name:<20} {seconds:>7.1f}  {result}")
    print("\ncheck                seconds  result")
    print("\n".join(table))
    print(f"{len(table) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
