//! Universes: named sets of listings, who was in them when, and how sources tell them. Pure, but for
//! the client of [`source`].

mod constituent;
mod csv_text;
mod difference;
mod gate;
pub mod identity;
mod member;
pub mod membership;
mod reading;
pub mod source;
mod table;
#[cfg(test)]
mod tests;
mod universe;

pub use constituent::Constituent;
pub use difference::Difference;
pub use gate::{Gate, GateError, GateFault};
pub use member::{About, Member};
pub use reading::{CodeFault, FreshList, ReadError, change_listing, fresh_list};
pub use table::{RowFault, RowProblem, Table, TableError, UnusableLine, with_kept};
pub use universe::{Universe, UniverseError, union};
