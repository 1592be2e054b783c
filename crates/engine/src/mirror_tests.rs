//! Random orders of things: the mirror always ends equal to the truth.
