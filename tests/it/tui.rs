//! The dashboard, driven through its production loop by what a person does and work reports.

pub mod dump;
pub mod probe;
pub mod stage;
pub mod svg;

mod attack;
mod dapodik;
mod dialogs;
mod frame;
mod overlays;
mod tables;
mod widgets;
mod wire;
mod work;
