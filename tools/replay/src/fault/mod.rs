//! What goes wrong on purpose: on the wire, request by request, and in the vendor's data, day by
//! day. Everything is a function of (seed, symbol, attempt or date).

mod kind;
mod plan;
mod spec;
#[cfg(test)]
mod tests;

pub use kind::{Flaw, WireFault};
pub use plan::FaultPlan;
pub use spec::FaultSpecError;
