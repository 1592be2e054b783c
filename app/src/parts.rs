//! Reusable pieces, on the browser's own elements: `<dialog>`, popover, `<details>`, `<table>`.
pub mod age;
pub mod dialog;
pub mod empty;
pub mod field;
pub mod icon;
pub mod meter;
pub mod palette;
pub mod problem;
pub mod state;
pub mod toast;
