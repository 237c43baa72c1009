//! A store that fails by plan, for tests of what a run leaves behind. In no product.

mod store;

pub use store::{Fault, Faulty};
