//! What Yahoo's v8 chart endpoint would have answered at an instant. Pure: truth, request and
//! instant in; status and body out. Source of every rule: `docs/data-model.md` section 1.

mod answer;
mod basis;
#[cfg(test)]
mod defect_tests;
mod defects;
mod meta;
mod moment;
mod points;
mod request;
#[cfg(test)]
mod tests;
mod wire;

pub use answer::{Answer, answer};
pub(super) use answer::{bad_query, not_found};
pub use defects::Defects;
pub(super) use moment::Moment;
pub use request::{BadQuery, ChartRange, ChartRequest, EventKinds, Window};
