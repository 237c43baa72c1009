//! The bill of materials: CycloneDX 1.5 as JSON, without a time and a random number, so that equal sources give equal bytes.

use anyhow::Result;
use serde_json::{Value, json};

use super::packages::{Linked, Package};

/// All packages, with who links whom.
pub(super) fn json(linked: &Linked) -> Result<String> {
    // One of the rooms has the name quantx too.
    let whole = format!("release:quantx@{}", linked.version);
    let components: Vec<Value> = linked.packages.iter().map(component).collect();
    let mut dependencies: Vec<Value> = linked
        .links
        .iter()
        .map(|(from, to)| json!({"ref": from, "dependsOn": to}))
        .collect();
    let programs = linked
        .packages
        .iter()
        .filter(|it| matches!(it.name.as_str(), "quantx-cli" | "quantx-functions"));
    let programs: Vec<String> = programs.map(Package::purl).collect();
    dependencies.push(json!({"ref": &whole, "dependsOn": programs}));
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": &whole,
                "name": "quantx",
                "version": &linked.version,
                "licenses": [{"expression": "MIT OR Apache-2.0"}],
            },
        },
        "components": components,
        "dependencies": dependencies,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&bill)?))
}

fn component(package: &Package) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": package.purl(),
        "name": &package.name,
        "version": &package.version,
    });
    if !package.licence.is_empty() {
        component["licenses"] = json!([{"expression": &package.licence}]);
    }
    if let Some(checksum) = &package.checksum {
        // Packages of this checkout are on no index.
        component["purl"] = json!(package.purl());
        component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
    }
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{"type": "vcs", "url": repository}]);
    }
    component
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::packages::tests::of_this_checkout;
    use super::*;

    #[test]
    fn every_reference_is_a_component_and_equal_sources_give_equal_bytes() {
        let linked = of_this_checkout();
        let text = json(&linked).unwrap();
        assert_eq!(text, json(&linked).unwrap());
        let bill: Value = serde_json::from_str(&text).unwrap();
        let components = bill["components"].as_array().unwrap();
        let mut known: BTreeSet<&str> = components
            .iter()
            .filter_map(|it| it["bom-ref"].as_str())
            .collect();
        assert_eq!(known.len(), components.len());
        known.extend(bill["metadata"]["component"]["bom-ref"].as_str());
        let dependencies = bill["dependencies"].as_array().unwrap();
        assert_eq!(dependencies.len(), known.len());
        for entry in dependencies {
            let to = entry["dependsOn"].as_array().unwrap().iter();
            for reference in to.chain([&entry["ref"]]) {
                assert!(known.contains(reference.as_str().unwrap()), "{reference}");
            }
        }
        let hashed = components.iter().filter(|it| it["purl"].is_string());
        assert!(hashed.clone().count() > 100);
        for component in hashed {
            let digest = component["hashes"][0]["content"].as_str().unwrap();
            assert_eq!(digest.len(), 64, "{component}");
        }
    }
}
