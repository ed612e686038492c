//! The viewer of files: what it shows of files that grow, shrink, turn over, and are hostile.

mod attack;
mod files;
mod following;
mod hand;
mod lines;
mod saving;
mod screen;
mod searching;
