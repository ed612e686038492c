//! What a preview says of the database, before anything is written: tables, rights, view, rows.

use std::time::Duration;

use super::super::columns::{SCHOOLS, STAFF};
use super::catalogue::{Columns, Kind, columns};
use super::model::{Line, Look, Rights, TableLook, Totals, VIEW, View};
use super::{holdings, link, refresh};
use crate::config::DatabaseUrl;
use crate::db::{Access, Connection, Dialect, Security};
use crate::error::{Error, Failure, Result};

/// The tables that are written, and their keys.
const TABLES: [(&str, &str); 4] = [
    ("ref_wilayah", "kode_kecamatan"),
    ("satuan_pendidikan", "npsn"),
    ("data_ptk", "nik"),
    ("system_metadata", "key"),
];
const REGION: [&str; 6] = [
    "kode_kecamatan",
    "kecamatan",
    "kode_kabupaten",
    "kabupaten",
    "kode_provinsi",
    "provinsi",
];
const METADATA: [&str; 3] = ["key", "value", "updatedAt"];

pub async fn look(url: &DatabaseUrl, statement_timeout: Duration) -> Result<Look> {
    let mut look = Look {
        database: url.target_name(),
        embedded: url.path().is_some(),
        will_be_made: url.path().is_some_and(|path| !path.exists()),
        line: Line::Local,
        tables: Vec::new(),
        view: View::Absent,
        districts: Vec::new(),
        totals: Totals::default(),
        metadata: None,
        holder: None,
        problems: Vec::new(),
        remarks: Vec::new(),
    };
    if look.will_be_made {
        return Ok(look);
    }
    let mut connection = Connection::open(url, Access::Read).await?;
    connection.set_statement_timeout(statement_timeout);
    look.line = line(connection.security(url).await?);
    look.holder = match url.path() {
        Some(path) => link::holder_of_file(path),
        None => link::holder(&mut connection).await?.map(|(_, who)| who),
    };
    for (name, key) in TABLES {
        let table = look_at(&mut connection, (name, key), &mut look).await?;
        look.tables.push(table);
    }
    read_rows(&mut connection, &mut look).await?;
    read_view(&mut connection, &mut look).await?;
    connection.close().await?;
    Ok(look)
}

fn line(security: Security) -> Line {
    match security {
        Security::Local => Line::Local,
        Security::Plain => Line::Plain,
        Security::Unverified => Line::Unverified,
        Security::Verified => Line::Verified,
    }
}

fn wanted(table: &str) -> Vec<&'static str> {
    let of = |table: &super::super::columns::Table| {
        let names = table.columns.iter().map(|column| column.name);
        names.chain(["last_sync"]).collect()
    };
    match table {
        "satuan_pendidikan" => of(&SCHOOLS),
        "data_ptk" => of(&STAFF),
        "ref_wilayah" => REGION.to_vec(),
        _ => METADATA.to_vec(),
    }
}

/// Columns without which a sync cannot be.
fn needed(table: &str) -> &'static [&'static str] {
    match table {
        "satuan_pendidikan" => &["npsn", "nama", "kode_kecamatan", "last_sync"],
        "data_ptk" => &["nik", "nama_ptk", "npsn", "last_sync"],
        "ref_wilayah" => &REGION,
        _ => &METADATA,
    }
}

async fn look_at(
    connection: &mut Connection,
    (name, key): (&str, &str),
    look: &mut Look,
) -> Result<TableLook> {
    let found = columns(connection, name).await?;
    let wanted = wanted(name);
    let missing = wanted.iter().filter(|column| !found.contains_key(**column));
    let missing: Vec<String> = missing.map(|column| (*column).to_owned()).collect();
    let mut table = TableLook {
        name: name.to_owned(),
        there: !found.is_empty(),
        missing: Vec::new(),
        rights: rights(connection, name).await?,
    };
    if !table.there {
        table.rights = Rights::default();
        if look.embedded {
            look.remarks.push(format!("{name} will be made"));
        } else {
            look.problems.push(problem(
                format!("there is no table {name}"),
                "is this the E-Alumni database? check the end of the URL; a table that the \
                 database user may not see at all looks the same",
            ));
        }
        return Ok(table);
    }
    look.problems
        .extend(faults(&found, (name, key), &wanted, &missing));
    if !missing.is_empty() {
        look.remarks
            .push(format!("{name} has no {}: left out", missing.join(", ")));
    }
    table.missing = missing;
    if !has_unique_key(connection, name, key).await? {
        look.problems.push(problem(
            format!("{name} has no unique index on {key}"),
            "a sync needs it to tell a new row from one that is there: \
             a primary key, as E-Alumni has it",
        ));
    }
    let rights = &table.rights;
    for (has, right) in [
        (rights.select, "SELECT"),
        (rights.insert, "INSERT"),
        // Regions that are there are not touched.
        (rights.update || name == "ref_wilayah", "UPDATE"),
    ] {
        if !has {
            look.problems.push(problem(
                format!("this database user has no right to {right} on {name}"),
                format!(
                    "an administrator of the database runs: GRANT {right} ON {name} TO the user"
                ),
            ));
        }
    }
    Ok(table)
}

/// What is wrong with the columns of a table.
fn faults(
    found: &Columns,
    (name, key): (&str, &str),
    wanted: &[&str],
    missing: &[String],
) -> Vec<Failure> {
    let mut problems = Vec::new();
    for column in needed(name) {
        if missing.iter().any(|one| one == column) {
            problems.push(problem(
                format!("{name} has no column {column}"),
                "a sync cannot do without it",
            ));
        }
    }
    if let Some(column) = found
        .get(key)
        .filter(|one| !matches!(one.kind, Kind::Text(_)))
    {
        problems.push(problem(
            format!("{name}.{key} is {}, no text", column.sql_type),
            "its values are codes, which may begin with 0 or a letter",
        ));
    }
    for (column, of) in found {
        if of.demanded && !wanted.contains(&column.as_str()) {
            problems.push(problem(
                format!("{name}.{column} must have a value, and a sync knows none"),
                "a DEFAULT for it, or no NOT NULL",
            ));
        }
    }
    problems
}

fn problem(sentence: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure::from(Error::database(sentence).hint(hint))
}

async fn rights(connection: &mut Connection, table: &str) -> Result<Rights> {
    if connection.dialect() == Dialect::Sqlite {
        return Ok(Rights {
            select: true,
            insert: true,
            update: true,
        });
    }
    // A right on some columns is not enough: all of them are written.
    let sql = "SELECT has_table_privilege(oid, 'SELECT'), has_table_privilege(oid, 'INSERT'), \
               has_table_privilege(oid, 'UPDATE') FROM pg_class WHERE oid = to_regclass(?)";
    let rows = connection.query(sql, &[table.into()]).await?;
    let has = |index| rows.first().is_some_and(|row| row.int(index) != 0);
    Ok(Rights {
        select: has(0),
        insert: has(1),
        update: has(2),
    })
}

/// Whether `ON CONFLICT (key)` finds an index.
async fn has_unique_key(connection: &mut Connection, table: &str, key: &str) -> Result<bool> {
    let rows = if connection.dialect() == Dialect::Sqlite {
        let sql = format!(
            "SELECT 1 FROM pragma_index_list('{table}') i WHERE i.\"unique\" = 1 \
             AND i.partial = 0 AND (SELECT GROUP_CONCAT(c.name) FROM pragma_index_info(i.name) c) \
             = '{key}'"
        );
        connection.query(&sql, &[]).await?
    } else {
        let sql = "SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid \
                   AND a.attnum = i.indkey[0] WHERE i.indrelid = to_regclass(?) \
                   AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL \
                   AND i.indnkeyatts = 1 AND a.attname = ?";
        connection.query(sql, &[table.into(), key.into()]).await?
    };
    Ok(!rows.is_empty())
}

/// What the tables hold, as far as they may be read.
async fn read_rows(connection: &mut Connection, look: &mut Look) -> Result<()> {
    let readable = |name: &str| {
        let mut tables = look.tables.iter();
        let table = tables.find(|table| table.name == name);
        table.is_some_and(|table| {
            let has = |column: &&&str| !table.missing.iter().any(|one| one == **column);
            table.there
                && table.rights.select
                && needed(name).iter().filter(has).count() == needed(name).len()
        })
    };
    let all = ["ref_wilayah", "satuan_pendidikan", "data_ptk"];
    let (rows, metadata) = (all.into_iter().all(readable), readable("system_metadata"));
    if rows {
        look.totals = holdings::totals(connection).await?;
        look.districts = holdings::districts(connection).await?;
    }
    if metadata {
        look.metadata = holdings::metadata(connection).await?;
    }
    Ok(())
}

async fn read_view(connection: &mut Connection, look: &mut Look) -> Result<()> {
    look.view = refresh::view(connection).await?;
    let remark = match &look.view {
        View::Absent | View::Table if look.embedded => None,
        View::Absent => Some(format!("there is no {VIEW}: nothing will be refreshed")),
        View::Plain => Some(format!(
            "{VIEW} is a plain view: nothing has to be refreshed"
        )),
        View::Table => Some(format!("{VIEW} is a table: nothing will be refreshed")),
        View::Materialized {
            ours: false, owner, ..
        } => Some(format!(
            "{VIEW} belongs to {owner} and will not be refreshed; an administrator of the \
             database runs: {}",
            refresh::grant(connection).await?
        )),
        View::Materialized {
            populated: false, ..
        } => Some(format!(
            "{VIEW} is not populated: readers wait while it is refreshed"
        )),
        View::Materialized {
            unique_index: false,
            ..
        } => Some(format!(
            "{VIEW} has no unique index: readers wait while it is refreshed"
        )),
        View::Materialized { .. } => None,
    };
    look.remarks.extend(remark);
    Ok(())
}
