//! What goes wrong with engines, on simulated ones: the simulator is compared with a real dockerd in its own tests.
mod fleet;
mod many;
mod one;
mod versions;
