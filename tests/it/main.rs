//! Integration tests: engines, faces, terminals and the house rules.

#[cfg(test)]
mod pty;
#[cfg(test)]
mod tui;
