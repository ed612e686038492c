//! Plain tables that `grep` and `awk` can take.

use comfy_table::{Table, presets};

/// An empty table without lines: columns stand two blanks apart.
pub fn plain(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}
