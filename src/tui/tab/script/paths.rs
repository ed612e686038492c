//! Long paths in little room: their begin and their end, which tell the most.

use std::path::Path;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::script::LocalPlan;
use crate::text::{fit, scrub, width};

/// `path` in at most `cells` cells; what is left out of its middle is a `…`.
pub fn short(path: &Path, cells: usize) -> String {
    let whole = scrub(&path.to_string_lossy());
    if width(&whole) <= cells {
        return whole;
    }
    // The end names the file: two thirds for it.
    let mut end = String::new();
    for grapheme in whole.graphemes(true).rev() {
        if width(&end) + width(grapheme) > cells * 2 / 3 {
            break;
        }
        end.insert_str(0, grapheme);
    }
    fit(&whole, cells.saturating_sub(width(&end))) + &end
}

/// `words` with the paths of a script in at most `cells` cells each.
pub fn shortened(words: &str, script: &LocalPlan, cells: usize) -> String {
    let lock = script.lock.as_ref().map(|lock| lock.path.as_path());
    let log = script.log.as_ref().map(|log| log.path.as_path());
    let paths = [Some(script.path.as_path()), lock, log].into_iter();
    paths.flatten().fold(words.to_owned(), |words, path| {
        words.replace(&*path.to_string_lossy(), &short(path, cells))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_its_begin_and_its_end() {
        let long = "/srv/aplikasi/sinkronisasi/basis-data/sync_fkk_db.sh";
        let table = [
            ("/opt/sync.sh", 12, "/opt/sync.sh"),
            (long, 30, "/srv/apli…-data/sync_fkk_db.sh"),
            (long, 12, "/sr…kk_db.sh"),
            (long, 0, ""),
        ];
        for (path, cells, expected) in table {
            assert_eq!(short(Path::new(path), cells), expected);
        }
        assert_eq!(short(Path::new("/opt/\u{1b}[2J"), 40), "/opt/^[[2J");
    }
}
