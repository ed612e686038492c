//! The table of users for other programs: CSV or JSON, a window at a time, in bounded memory.

use std::io::Write;

use super::store::Store;
use super::store::browse::Listed;
use crate::error::{Error, Result};
use crate::text::{json_escaped, scrub};

/// How many users are read and written at a time.
const WINDOW: usize = 5_000;

/// How users are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180) with a header. What a spreadsheet would take for a
    /// formula begins with `'`.
    Csv(Reader),
    /// One JSON array of objects.
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
    if let Some(store) = store {
        for window in ids.chunks(WINDOW) {
            sheet.add(&store.rows(window).await?)?;
        }
    }
    sheet.end()
}

enum Sheet<'a, W: Write> {
    Csv {
        writer: Box<csv::Writer<&'a mut W>>,
        reader: Reader,
        written: u64,
    },
    Json {
        out: &'a mut W,
        written: u64,
    },
}

impl<'a, W: Write> Sheet<'a, W> {
    fn begin(format: Format, out: &'a mut W) -> Result<Self> {
        Ok(match format {
            Format::Csv(reader) => {
                let builder = csv::WriterBuilder::new()
                    .has_headers(false)
                    .from_writer(out);
                let mut writer = Box::new(builder);
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
                Self::Csv {
                    writer,
                    reader,
                    written: 0,
                }
            }
            Format::Json => {
                out.write_all(b"[").map_err(unwritten)?;
                Self::Json { out, written: 0 }
            }
        })
    }

    fn add(&mut self, users: &[Listed]) -> Result<()> {
        for user in users {
            match self {
                Self::Csv {
                    writer,
                    reader,
                    written,
                } => {
                    let id = user.id.to_string();
                    let texts = [
                        &user.email,
                        &user.location_code,
                        &user.location_name,
                        &user.status,
                        &user.created_at,
                        &user.updated_at,
                    ];
                    let cells = texts.into_iter().map(|text| cell(text, *reader));
                    let record = std::iter::once(id).chain(cells);
                    writer.write_record(record).map_err(unwritten)?;
                    *written += 1;
                }
                Self::Json { out, written } => {
                    let start: &[u8] = if *written == 0 { b"\n" } else { b",\n" };
                    out.write_all(start).map_err(unwritten)?;
                    let json = serde_json::to_string(user).map_err(unwritten)?;
                    out.write_all(json_escaped(&json).as_bytes())
                        .map_err(unwritten)?;
                    *written += 1;
                }
            }
        }
        Ok(())
    }

    fn end(self) -> Result<u64> {
        match self {
            Self::Csv {
                mut writer,
                written,
                ..
            } => {
                writer.flush().map_err(unwritten)?;
                Ok(written)
            }
            Self::Json { out, written } => {
                out.write_all(b"\n]\n")
                    .and_then(|()| out.flush())
                    .map_err(unwritten)?;
                Ok(written)
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
