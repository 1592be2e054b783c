//! The engine crate against real Docker engines: `SHIPYARD_LAB` names the folder of a lab that is up (`./x lab up`).
//! Without it these tests fail: a test that skips itself proves nothing.
//!
//! Everything is in test modules of one program, which is quicker to build than a program for each.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod follow;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod probe;
#[cfg(test)]
mod read_back;
#[cfg(test)]
mod recreate;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod watch;
