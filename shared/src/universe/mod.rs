//! Universes: named sets of listings, and how their symbols are read. Pure: text comes in, text goes out.

mod csv_text;
mod member;
mod source;
#[cfg(test)]
mod tests;
#[expect(
    clippy::module_inception,
    reason = "the room's main type has the room's name"
)]
mod universe;

pub use member::{About, Member};
pub use source::{local_path, local_universe, static_symbols};
pub use universe::{SymbolFault, Universe, UniverseError, union};
