//! Is the simulator honest? The same requests go to a real dockerd of the lab and to it, and the answers are compared.
//! `SHIPYARD_LAB` names the folder of a lab that is up (`./x lab up`). Without it these tests fail: a test that skips itself
//! proves nothing.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod client;
#[cfg(test)]
mod happenings;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod sides;
#[cfg(test)]
mod streams;
