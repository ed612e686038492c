//! The tab of the push as people use it: by keyboard, in the simulated world, with real workers.

mod choosing;
mod golden;
mod hall;
mod refusals;
mod running;
mod trouble;
