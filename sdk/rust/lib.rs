//! For cargo: the same as `mod postern;` with the two files beside an exit's own.
mod postern;
pub use crate::postern::*;
