"""Names of properties in Bicep, against Microsoft's own models of its resources (the azure-mgmt packages). The compiler would check types
too; this finds the word that Azure does not know."""

import re

import bicep
import tools

# The package of models by resource provider.
PACKAGES = {
    "Microsoft.App": ["appcontainers"],
    "Microsoft.Authorization": ["authorization"],
    "Microsoft.Consumption": ["consumption"],
    "Microsoft.ContainerRegistry": ["containerregistry"],
    "Microsoft.Insights": ["monitor", "applicationinsights"],
    "Microsoft.KeyVault": ["keyvault"],
    "Microsoft.ManagedIdentity": ["msi"],
    "Microsoft.Network": ["network"],
    "Microsoft.OperationalInsights": ["loganalytics"],
    "Microsoft.Storage": ["storage"],
    "Microsoft.Web": ["web"],
}
# In every resource; a model's envelope has them under other names.
ENVELOPE = {"parent", "dependsOn", "scope", "name", "location", "tags", "properties", "kind", "sku", "identity"}
# Names of our own choice: settings of the app, notifications of the budget, what goes with an alert, a discriminator.
OURS = re.compile(r"[A-Z][A-Z0-9_]+|actual_80|forecast_100|runbook|odata\.type")
# Private DNS zones have a package of their own for this one word.
ELSEWHERE = {"registrationEnabled"}
# Words that decide how a resource behaves: values that the models list.
VALUES = {
    "Microsoft.App": ["Manual", "Schedule"],
    "Microsoft.Insights": ["LogAlert", "SingleResourceMultipleMetricCriteria", "standard"],
    "Microsoft.OperationalInsights": ["PerGB2018"],
    "Microsoft.Storage": ["StorageV2", "Standard_LRS", "TLS1_2"],
    "Microsoft.Web": ["custom", "blobContainer", "UserAssignedIdentity"],
    "Microsoft.Consumption": ["Forecasted", "GreaterThanOrEqualTo"],
}


def words(provider):
    """Every name and every value in the models of a provider, as they go over the wire."""
    found = set()
    site = next((tools.folder() / "venv/lib").glob("python*/site-packages/azure/mgmt"))
    for package in PACKAGES[provider]:
        for path in (site / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for key in re.findall(r'"key": "([^"]+)"', text) + re.findall(r'rest_field\(\s*name="([^"]+)"', text):
                found.update(key.split("."))
            found.update(re.findall(r"^\s+([a-z_]+): .*rest_field\(", text, re.MULTILINE))
            found.update(word for value in re.findall(r'= "([^"\s]+)"', text) for word in (value, value.rsplit(".", 1)[-1]))
    return found


def statements(text):
    """Resource statements of a file: provider and text, without comments. Existing ones give no properties."""
    plain = re.sub(r"//.*", "", text)
    pattern = r"^resource \w+ '(Microsoft\.[A-Za-z]+)/[^']*'( existing)? = .*?^[}\]]$"
    for match in re.finditer(pattern, plain, re.MULTILINE | re.DOTALL):
        if match.group(2) is None:
            yield match.group(1), match.group(0)


def properties(root):
    found, n_checked = [], 0
    known = {provider: words(provider) for provider in PACKAGES}
    for provider, values in VALUES.items():
        found += [f"the models of {provider} do not list the value {value}" for value in values if value not in known[provider]]
    for name, text in bicep.files(root).items():
        n_in_file = 0
        for provider, statement in statements(text):
            n_in_file += 1
            if provider == "Microsoft.Resources":
                continue
            keys = set(re.findall(r"(?:^|[{,(\[])\s*'?([A-Za-z][A-Za-z0-9_.]*)'?: ", statement, re.MULTILINE))
            n_checked += len(keys)
            for key in sorted(keys - known[provider] - ENVELOPE - ELSEWHERE):
                if not OURS.fullmatch(key):
                    found.append(f"{name}: {provider} knows no property {key}")
        n_written = len(re.findall(r"^resource \w+ '[^']+' = ", text, re.MULTILINE))
        if n_in_file != n_written:
            found.append(f"{name}: {n_in_file} of {n_written} resources were understood")
    return found if n_checked > 200 else [*found, f"only {n_checked} names were checked"]
