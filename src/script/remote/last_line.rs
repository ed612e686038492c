//! What the last line of a log says about how a followed run ended, where the service says nothing.
//!
//! A line is no verdict about a run of ours, and none at all when it speaks of trouble: only a plain
//! word of success counts, and only for somebody else's run that was followed to its end.

const GOOD: [&str; 8] = [
    "success",
    "successful",
    "successfully",
    "succeeded",
    "completed",
    "berhasil",
    "sukses",
    "selesai",
];
/// What such words must not stand beside; beginnings of words.
const BAD: [&str; 12] = [
    "error",
    "fail",
    "gagal",
    "abort",
    "batal",
    "kesalahan",
    "not",
    "no",
    "tidak",
    "belum",
    "without",
    "tanpa",
];

/// The last line that says something.
pub fn last_line(lines: &[String]) -> Option<&str> {
    let mut lines = lines.iter().rev().map(|line| line.trim());
    lines.find(|line| !line.is_empty())
}

/// Whether a line tells of success and of nothing else.
pub fn tells_of_success(line: &str) -> bool {
    let line = line.to_lowercase();
    let words = || line.split(|letter: char| !letter.is_alphabetic());
    let bad = |word: &str| {
        BAD.iter().any(|bad| match bad.len() {
            // The short ones begin too many other words.
            0..=3 => word == *bad,
            _ => word.starts_with(bad),
        })
    };
    words().any(|word| GOOD.contains(&word)) && !words().any(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_word_of_success_is_one() {
        let table = [
            ("[2026-11-08 14:03:28] Sync completed successfully", true),
            (
                "[2026-11-08 14:03:28] Sinkronisasi database berhasil.",
                true,
            ),
            ("Selesai: 42 tabel", true),
            ("ERROR: Sync is already running", false),
            ("completed with 3 errors", false),
            ("not successful", false),
            ("unsuccessful", false),
            ("Sinkronisasi tidak berhasil", false),
            ("Importing into app_copy...", false),
            ("", false),
        ];
        for (line, good) in table {
            assert_eq!(tells_of_success(line), good, "{line}");
        }
    }
}
