//! What tabs are drawn with: pure over data, in cells that are counted right.
//!
//! A widget scrubs the strings it is given, because that is where a value becomes text for people.
//! None of them knows a tab, an engine or a key binding; those that remember something (what is
//! selected, what was typed) hand that out as a value for the tab to own.

pub mod classes;
pub mod confirm;
pub mod gauge;
pub mod lines;
pub mod list;
pub mod page;
pub mod paint;
pub mod pane;
pub mod prompt;
pub mod run_view;
pub mod table;
pub mod viewer;
