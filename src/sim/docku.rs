//! Docku's `users` table with 13 invented people, 6 of them structural officials.
//!
//! Knows nothing of who reads it, and why. The columns that must not be read hold
//! a marked text, so that it is found wherever it leaks to.

use crate::config::DatabaseUrl;
use crate::db::{Access, Connection, Dialect};
use crate::error::Result;

/// What every password and telephone number is.
pub const UNREAD: &str = "rahasia-docku-8J";

/// A row of the table; without the columns that must not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: i64,
    pub username: Option<&'static str>,
    pub nama: &'static str,
    pub jabatan: Option<&'static str>,
    pub role: &'static str,
}

/// The people of a kecamatan office: 7 of roles that are not sent, 6 officials.
pub const OFFICE: [Row; 13] = [
    row(1, "admin", "Arunika Wirasena", None, "admin"),
    row(2, "operator1", "Candrika Adisurya", None, "operator"),
    row(3, "operator2", "Danurdara Tejakencana", None, "Operator"),
    row(
        4,
        "sekcam",
        "Padmarini Kertarasa",
        Some("Sekretaris Camat"),
        "pimpinan",
    ),
    row(5, "camat", "Bagaskara Pusparaga", Some("Camat"), "camat"),
    row(
        6,
        "kasi_pem",
        "Ekawira Banyubiru",
        Some("Kepala Seksi Pemerintahan"),
        "pimpinan",
    ),
    row(
        7,
        "kasi_pmd",
        "Gandaria Nirmalaya",
        Some("Kepala Seksi Pemberdayaan Masyarakat"),
        "pimpinan",
    ),
    row(
        8,
        "kasi_trantib",
        "Indratma Suryandaru",
        Some("Kepala Seksi Ketenteraman dan Ketertiban"),
        "pimpinan",
    ),
    row(
        9,
        "kasi_kesos",
        "Kinanthi Mandaraga",
        Some("Kepala Seksi Kesejahteraan Sosial"),
        "pimpinan",
    ),
    row(
        10,
        "kasubbag_umum",
        "Nawasena Jatiwangi",
        Some("Kepala Subbagian Umum"),
        "pimpinan",
    ),
    row(11, "staf1", "Hestiwi Wulandiva", None, "staff"),
    row(
        12,
        "staf2",
        "Jayeng Wirasena",
        Some("Pengadministrasi"),
        "STAFF",
    ),
    row(13, "staf3", "Laras Kertarasa", None, " staff"),
];

const fn row(
    id: i64,
    username: &'static str,
    nama: &'static str,
    jabatan: Option<&'static str>,
    role: &'static str,
) -> Row {
    Row {
        id,
        username: Some(username),
        nama,
        jabatan,
        role,
    }
}

/// Makes the table with `rows`, in an SQLite file (made too) or in a database of a server.
pub async fn create(url: &DatabaseUrl, rows: &[Row]) -> Result<()> {
    let mut connection = Connection::open(url, Access::Write).await?;
    // PHP leaves SQLite's journal as it is by default.
    if connection.dialect() == Dialect::Sqlite {
        connection
            .execute("PRAGMA journal_mode = DELETE", &[])
            .await?;
    }
    let table = "CREATE TABLE users (id INTEGER PRIMARY KEY, nama VARCHAR(100) NOT NULL, \
                 username VARCHAR(50), password VARCHAR(255), role VARCHAR(20) NOT NULL, \
                 jabatan VARCHAR(100), nip VARCHAR(30), no_hp VARCHAR(20), bidang_id INT, \
                 created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)";
    connection.execute(table, &[]).await?;
    let unique = "CREATE UNIQUE INDEX username ON users (username)";
    connection.execute(unique, &[]).await?;
    for row in rows {
        let values = [
            row.id.into(),
            row.nama.into(),
            row.username.map(str::to_owned).into(),
            UNREAD.into(),
            row.role.into(),
            row.jabatan.map(str::to_owned).into(),
            UNREAD.into(),
        ];
        let sql = "INSERT INTO users (id, nama, username, password, role, jabatan, no_hp) \
                   VALUES (?, ?, ?, ?, ?, ?, ?)";
        connection.execute(sql, &values).await?;
    }
    connection.close().await
}
