//! The table of users for other programs: CSV or JSON, a window at a time, in bounded memory.

use std::io::{self, Write};

use super::store::Store;
use super::store::browse::Listed;
use crate::error::{Error, Result};
use crate::text::{json_escaped, scrub};

const WINDOW: usize = 5_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180) with a header. What a spreadsheet would take for a
    /// formula begins with `'`.
    Csv(Reader),
    Json,
}

/// Who reads it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A program, which gets values as the database has them.
    Program,
    /// A person at a terminal, which no value may drive.
    Terminal,
}

/// Writes the users with `ids`, in their order, and says how many there were.
pub async fn export(
    store: Option<&mut Store>,
    ids: &[i64],
    format: Format,
    out: &mut (impl Write + Send),
) -> Result<u64> {
    let mut sheet = Sheet::begin(format, out)?;
    let mut written = 0;
    if let Some(store) = store {
        for window in ids.chunks(WINDOW) {
            for user in store.rows(window).await? {
                sheet.add(&user, written == 0).map_err(unwritten)?;
                written += 1;
            }
        }
    }
    sheet.end().map_err(unwritten)?;
    Ok(written)
}

enum Sheet<'a, W: Write> {
    Csv(Box<csv::Writer<&'a mut W>>, Reader),
    Json(&'a mut W),
}

impl<'a, W: Write> Sheet<'a, W> {
    fn begin(format: Format, out: &'a mut W) -> Result<Self> {
        match format {
            Format::Csv(reader) => {
                let mut writer = csv::WriterBuilder::new()
                    .has_headers(false)
                    .from_writer(out);
                let header = [
                    "id",
                    "email",
                    "location_code",
                    "location_name",
                    "status",
                    "created_at",
                    "updated_at",
                ];
                writer.write_record(header).map_err(unwritten)?;
                Ok(Self::Csv(Box::new(writer), reader))
            }
            Format::Json => {
                out.write_all(b"[").map_err(unwritten)?;
                Ok(Self::Json(out))
            }
        }
    }

    fn add(&mut self, user: &Listed, is_first: bool) -> io::Result<()> {
        match self {
            Self::Csv(writer, reader) => {
                let texts = [
                    &user.email,
                    &user.location_code,
                    &user.location_name,
                    &user.status,
                    &user.created_at,
                    &user.updated_at,
                ];
                let cells = texts.into_iter().map(|text| cell(text, *reader));
                writer.write_record(std::iter::once(user.id.to_string()).chain(cells))?;
            }
            Self::Json(out) => {
                out.write_all(if is_first { b"\n" } else { b",\n" })?;
                out.write_all(json_escaped(&serde_json::to_string(user)?).as_bytes())?;
            }
        }
        Ok(())
    }

    fn end(self) -> io::Result<()> {
        match self {
            Self::Csv(mut writer, _) => writer.flush(),
            Self::Json(out) => {
                out.write_all(b"\n]\n")?;
                out.flush()
            }
        }
    }
}

/// A value as it is written: no formula (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn cell(text: &str, reader: Reader) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quote = if formula { "'" } else { "" };
    match reader {
        Reader::Program => format!("{quote}{text}"),
        Reader::Terminal => format!("{quote}{}", scrub(text)),
    }
}

fn unwritten(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::local("the list of users cannot be written").because(cause)
}
