//! What every implementation of a port must do, once for all of them.

pub mod provider;
pub mod storage;
