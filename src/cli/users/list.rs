//! `selaras users list`: the table of users, filtered and sorted, as text, CSV or JSON.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;

use super::words;
use crate::cli::args::{Format, SortWord, StatusWord, UsersList};
use crate::cli::face;
use crate::config::Config;
use crate::error::{Context, Error, Result};
use crate::text::scrub;
use crate::users::Users;
use crate::users::export::{self, export};
use crate::users::model::Status;
use crate::users::store::Store;
use crate::users::store::browse::{Column, Created, Filter, Listed, Order};

/// How many users of a plain table are read at a time.
const WINDOW: usize = 5_000;

/// Lists the users.
pub async fn run(config: &Arc<Config>, args: &UsersList) -> Result<u8> {
    let engine = Users::new(Arc::clone(config))?;
    let filter = filter(&engine, args).await?;
    let order = Order {
        column: column(args.sort),
        descending: !args.ascending,
    };
    let mut store = engine.reading().await?;
    let mut ids = match &mut store {
        Some(store) => store.ids(&filter, order).await?,
        None => Vec::new(),
    };
    ids.truncate(args.limit.unwrap_or(usize::MAX));
    let format = if args.json { Format::Json } else { args.format };
    let mut out = Out::open(args.output.as_deref(), args.force)?;
    let written = match format {
        Format::Table => table(store.as_mut(), &ids, &mut out).await,
        Format::Csv => export(store.as_mut(), &ids, export::Format::Csv, &mut out).await,
        Format::Json => export(store.as_mut(), &ids, export::Format::Json, &mut out).await,
    };
    let written = match written {
        // A reader that has enough (`| head`) is no error.
        Err(_) if out.closed => return Ok(0),
        written => written?,
    };
    if let Some(path) = &args.output {
        face::say(&words::exported(written, path));
    }
    Ok(0)
}

/// Standard output or a file, and whether the reader has gone.
struct Out {
    writer: BufWriter<Box<dyn Write + Send>>,
    closed: bool,
}

impl Out {
    /// Personal data is nobody else's: a new file is readable by its owner alone.
    fn open(path: Option<&Path>, force: bool) -> Result<Self> {
        let writer: Box<dyn Write + Send> = match path {
            None => Box::new(io::stdout()),
            Some(path) => Box::new(create(path, force)?),
        };
        Ok(Self {
            writer: BufWriter::new(writer),
            closed: false,
        })
    }

    fn note<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &done {
            self.closed |= error.kind() == io::ErrorKind::BrokenPipe;
        }
        done
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.writer.write(bytes);
        self.note(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.writer.flush();
        self.note(done)
    }
}

fn create(path: &Path, force: bool) -> Result<File> {
    let mut options = OpenOptions::new();
    options
        .write(true)
        .mode(0o600)
        .create_new(!force)
        .create(true)
        .truncate(force);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Error::usage(words::exists(path)).hint(words::HINT_FORCE))
        }
        opened => opened.doing("create", path),
    }
}

async fn table(store: Option<&mut Store>, ids: &[i64], out: &mut Out) -> Result<u64> {
    let mut written = 0;
    let failed = |cause| Error::local(words::CANNOT_LIST).because(cause);
    line(out, ["EMAIL", "LOCATION", "STATUS", "CREATED"]).map_err(failed)?;
    if let Some(store) = store {
        for window in ids.chunks(WINDOW) {
            for Listed {
                email,
                location_code,
                status,
                created_at,
                ..
            } in store.rows(window).await?
            {
                let [email, code, status, created] =
                    [email, location_code, status, created_at].map(|value| scrub(&value));
                line(out, [&email, &code, &status, &created]).map_err(failed)?;
                written += 1;
            }
        }
    }
    out.flush().map_err(failed)?;
    Ok(written)
}

fn line(out: &mut Out, [email, code, status, created]: [&str; 4]) -> io::Result<()> {
    let padding = 40_usize.saturating_sub(crate::text::width(email));
    writeln!(
        out,
        "{email}{:padding$}  {code:<10}  {status:<8}  {created}",
        ""
    )
}

async fn filter(engine: &Users, args: &UsersList) -> Result<Filter> {
    let location = match &args.location {
        Some(code) => Some(engine.location(code).await?.id),
        None => None,
    };
    Ok(Filter {
        location,
        status: args.status.map(|status| match status {
            StatusWord::Active => Status::Active,
            StatusWord::Inactive => Status::Inactive,
        }),
        created: args.created.as_deref().map(created).transpose()?,
        text: args.text.clone(),
    })
}

fn column(word: SortWord) -> Column {
    match word {
        SortWord::Email => Column::Email,
        SortWord::Location => Column::Location,
        SortWord::Status => Column::Status,
        SortWord::Created => Column::Created,
        SortWord::Updated => Column::Updated,
    }
}

/// `today`, `week`, a day, or `FROM..TO` with either end open.
fn created(text: &str) -> Result<Created> {
    let day = |text: &str| -> Result<Option<Date>> {
        match text.trim() {
            "" => Ok(None),
            day => day.parse().map(Some).map_err(|cause: jiff::Error| {
                Error::usage(words::no_day(day))
                    .because(cause)
                    .hint(words::HINT_DAY)
            }),
        }
    };
    Ok(match (text.trim(), text.split_once("..")) {
        ("today", _) => Created::Today,
        ("week", _) => Created::LastWeek,
        (_, Some((from, to))) => Created::Range(day(from)?, day(to)?),
        (one, None) => Created::Range(day(one)?, day(one)?),
    })
}
