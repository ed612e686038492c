//! Parses, configures, picks a face, and turns the outcome into an exit code.

fn main() {}
