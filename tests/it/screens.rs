//! The dashboard as people use it: by keyboard, in the simulated world, with real workers.

pub mod mask;
pub mod office;

mod attach;
mod attack;
mod browsing;
mod dapodik;
mod golden;
mod guards;
mod names;
mod plenty;
mod portal;
mod reach;
mod runs;
mod script;
mod sizes;
mod sync;
mod trouble;
mod undo;
