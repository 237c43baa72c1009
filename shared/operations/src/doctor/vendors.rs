//! Who `quantx compare` would ask. Nobody is asked here, and no key is shown.

use super::Check;
use crate::compare::Witnesses;
use crate::listing::chain;
use quantx_settings::Settings;

/// A line for each vendor beside Yahoo.
pub(super) fn witnesses(settings: &Settings) -> Vec<Check> {
    let witnesses = match Witnesses::of_settings(settings) {
        Ok(witnesses) => witnesses,
        Err(error) => {
            let advice = "mend providers in settings.yaml; docs/vendors.md";
            return vec![Check::wrong("witnesses", chain(&error), advice)];
        }
    };
    let on = witnesses.on.iter().map(|vendor| {
        let name = vendor.provider.name().0;
        Check::ok(
            name,
            format!("{}; a witness of quantx compare", vendor.vendor.set_up),
        )
    });
    let off = witnesses
        .off
        .iter()
        .map(|vendor| Check::ok(vendor.name.0, format!("off; set {}", vendor.needs)));
    on.chain(off).collect()
}
