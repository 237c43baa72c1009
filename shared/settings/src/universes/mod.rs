//! `universes.yaml`: phases, each a list of universes with their sources.

mod graph;
mod max_change;
mod model;
mod read;
mod read_source;
#[cfg(test)]
mod tests;

pub use max_change::{MaxChange, MaxChangeError};
pub use model::{
    MemberLimits, PageLayout, SymbolSuffix, UniverseEntry, UniverseSettings, UniverseSource,
};
pub(super) use read::{phase_name, read};
