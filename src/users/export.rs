//! The table of users for other programs: CSV or JSON, a window at a time, in bounded memory.

use std::io::Write;

use super::store::Store;
use super::store::browse::Listed;
use crate::error::{Error, Result};

/// How many users are read and written at a time.
const WINDOW: usize = 5_000;

/// How users are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180) with a header.
    Csv,
    /// One JSON array of objects.
    Json,
}

/// Writes the users with `ids`, in their order, and says how many there were. Values are written
/// as the database has them: a file is not a screen.
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
            Format::Csv => {
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
                Self::Csv { writer, written: 0 }
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
                Self::Csv { writer, written } => {
                    writer.serialize(user).map_err(unwritten)?;
                    *written += 1;
                }
                Self::Json { out, written } => {
                    let start: &[u8] = if *written == 0 { b"\n" } else { b",\n" };
                    out.write_all(start).map_err(unwritten)?;
                    serde_json::to_writer(&mut **out, user).map_err(unwritten)?;
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

fn unwritten(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::local("the list of users cannot be written").because(cause)
}
