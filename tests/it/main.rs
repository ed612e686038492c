//! Integration tests: engines, faces, terminals and the house rules.

#[cfg(test)]
mod tui;
