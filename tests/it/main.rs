//! Integration tests: engines, faces, terminals and the house rules.

mod run;
