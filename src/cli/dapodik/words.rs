//! Texts of `selaras dapodik` for people; those of the sync are the engine's.

pub fn attaching(short: &str) -> String {
    format!("run {short} of this machine is at it already; following that one")
}

pub fn note(note: &str) -> String {
    format!("! {note}")
}
