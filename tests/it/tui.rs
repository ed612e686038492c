//! The dashboard, driven through its production loop by what a person does and work reports.

pub mod attack;
pub mod context;
pub mod dump;
pub mod elsewhere;
pub mod probe;
pub mod stage;
pub mod svg;
pub mod wire;

mod dapodik;
mod dialogs;
mod frame;
mod grammar;
mod overlays;
mod push;
mod tables;
mod widgets;
mod work;
