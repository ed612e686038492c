//! The embedded database across versions: what an earlier selaras made still opens.

use std::path::Path;

use selaras::config::DatabaseUrl;
use selaras::db::{Access, Connection, Row};
use selaras::users::store::Store;
use tempfile::TempDir;

/// What version 0.1.0 wrote, by `sqlite3 users.db .dump`, shortened to a location and three users.
const VERSION_0_1_0: &str = include_str!("version_0_1_0.sql");

/// The steps a file remembers, with their checksums.
async fn steps(connection: &mut Connection) -> Vec<String> {
    let sql = "SELECT version, description, success, hex(checksum) FROM _sqlx_migrations";
    let rows = connection.query(sql, &[]).await.unwrap();
    let step = |row: &Row| {
        let (number, success) = (row.int(0), row.int(2));
        format!("{number} {} {success} {}", row.text(1), row.text(3))
    };
    rows.iter().map(step).collect()
}

/// Opens the file for writing twice, which completes it.
async fn complete(url: &DatabaseUrl) {
    for _ in 0..2 {
        let store = Store::for_writing(url, &[]).await.unwrap();
        store.close().await.unwrap();
    }
}

fn file(folder: &TempDir, name: &str) -> DatabaseUrl {
    DatabaseUrl::parse(&format!("sqlite:{name}"), Path::new(folder.path())).unwrap()
}

#[tokio::test]
async fn a_file_of_an_earlier_version_opens_and_keeps_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (file(&folder, "old.db"), file(&folder, "new.db"));
    let mut connection = Connection::open(&old, Access::Write).await.unwrap();
    connection.execute(VERSION_0_1_0, &[]).await.unwrap();
    let remembered = steps(&mut connection).await;
    connection.close().await.unwrap();
    complete(&old).await;
    complete(&new).await;

    let mut connection = Connection::open(&old, Access::Read).await.unwrap();
    assert_eq!(steps(&mut connection).await, remembered);
    let sql = "SELECT email FROM users WHERE location_id = 7 ORDER BY id";
    let rows = connection.query(sql, &[]).await.unwrap();
    let emails: Vec<_> = rows.iter().map(|row| row.text(0)).collect();
    let wanted = [
        "test_vendor1@dkm",
        "test_petugas1@dkm",
        "test_pengawas1@dkm",
    ];
    assert_eq!(emails, wanted);
    // A file of this version starts with the same step, so an earlier selaras opens it as well.
    let mut connection = Connection::open(&new, Access::Read).await.unwrap();
    assert_eq!(steps(&mut connection).await[..1], remembered);
}
