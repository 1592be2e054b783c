//! Charts of what was used: of a container, of an engine's containers together, of the fleet's. They come in a chunk of their own,
//! after the page that they stand on.
pub mod back;
pub mod container;
pub mod sums;

pub use container::ContainerCharts;
pub use sums::{EngineCharts, FleetCharts};
