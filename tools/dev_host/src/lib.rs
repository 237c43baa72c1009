//! A development host: runs the staged Functions app on this machine, without Azure and without `func`.
//!
//! The program `dev-host` is for people, [`DevHost`] for tests. What it does and what it refuses is said in `host/mod.rs`.

mod host;

pub use host::{
    Answer, Call, Delivery, DevHost, Echo, Event, HOST_VERSION, HandlerOutput, HostError, Instance,
    Interceptor, Keys, Options, Pace, RuntimeStatus, Turn, local_settings, post, say,
};
