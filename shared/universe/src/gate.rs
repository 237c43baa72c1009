use std::ops::RangeInclusive;

use quantx_market::Listing;
use quantx_settings::MaxChange;

use super::Difference;
use super::identity::Rename;

/// What a fresh list must look like before it replaces the stored one.
///
/// A page can lose its table, gain a second one or be vandalised; none of that may reach the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Members a list may have.
    pub members: RangeInclusive<usize>,
    /// How many seats may change at once.
    pub max_change: MaxChange,
}

/// One reason to keep the stored list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GateFault {
    /// Fewer or more members than such a list ever has.
    #[error("it has {members} members, allowed are {} to {}", allowed.start(), allowed.end())]
    Size {
        members: usize,
        allowed: RangeInclusive<usize>,
    },
    /// More changed than changes at once.
    #[error("{changed} of {stored} seats changed, allowed are {allowed} ({rule})")]
    Change {
        changed: usize,
        stored: usize,
        allowed: usize,
        rule: MaxChange,
    },
}

/// Why a fresh list does not replace the stored one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the fresh list is refused: {} ({difference})", show(faults))]
pub struct GateError {
    /// Every reason.
    pub faults: Vec<GateFault>,
    /// What the list would have changed.
    pub difference: Difference,
}

fn show(faults: &[GateFault]) -> String {
    let faults: Vec<String> = faults.iter().map(GateFault::to_string).collect();
    faults.join("; ")
}

impl Gate {
    /// Compares a fresh list with the stored one; `None` where nothing is stored yet, which bounds
    /// the size only. Whether an operator's word overrides the refusal is the caller's business.
    ///
    /// # Errors
    /// [`GateError`] with every reason and with the difference.
    pub fn check(
        &self,
        stored: Option<&[Listing]>,
        fresh: &[Listing],
        renames: &[Rename],
    ) -> Result<Difference, GateError> {
        let difference = Difference::between(stored.unwrap_or_default(), fresh, renames);
        let mut faults = Vec::new();
        if !self.members.contains(&fresh.len()) {
            faults.push(GateFault::Size {
                members: fresh.len(),
                allowed: self.members.clone(),
            });
        }
        if let Some(stored) = stored {
            let allowed = self.max_change.seats(stored.len());
            let changed = difference.seats();
            if changed > allowed {
                faults.push(GateFault::Change {
                    changed,
                    stored: stored.len(),
                    allowed,
                    rule: self.max_change,
                });
            }
        }
        if faults.is_empty() {
            return Ok(difference);
        }
        Err(GateError { faults, difference })
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
