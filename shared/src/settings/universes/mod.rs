//! `universes.yaml`: phases, each a list of universes with their sources.

mod fields;
mod graph;
mod model;
mod read;
#[cfg(test)]
mod tests;

pub use model::{SymbolFormat, UniverseEntry, UniverseSettings, UniverseSource};
pub(super) use read::{phase_name, read};
