//! The serverless face of the library.

pub mod durable;
