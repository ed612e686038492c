//! A dashboard on a terminal of its own: taken, given back, lost, lent to the shell.
//!
//! The child is this test binary, told by a variable to be a screen with a probe in it, or (in
//! `real`) the program itself; what runs is the production `tui::run` on a real pseudo-terminal.

pub mod terminal;

mod child;
mod leaving;
mod lending;
mod pager;
mod real;
mod screen;
