//! What a preview finds wrong, and the lock against a second sync.

use selaras::config::DatabaseUrl;
use selaras::dapodik::tables::{Tables, View};
use selaras::engine::Job;
use selaras::error::Kind;

use super::{Base, STATEMENT, counts, ptk, school};

/// The same database as a user of its own, with these rights.
pub(super) async fn as_another_user(base: &Base, grants: &str) -> Base {
    let name = base.rows("SELECT current_database()").await.remove(0);
    let user = format!("r_{name}");
    base.run(&format!("CREATE ROLE {user} LOGIN; {grants} TO {user}"))
        .await;
    let text = base
        .url
        .to_string()
        .replace("penguji@", &format!("{user}@"));
    Base {
        url: DatabaseUrl::parse(&text, std::path::Path::new("/")).unwrap(),
        _folder: None,
    }
}

async fn problems(base: &Base) -> Vec<String> {
    let look = Tables::look(&base.url, STATEMENT).await.unwrap();
    look.problems
        .into_iter()
        .map(|problem| problem.message)
        .collect()
}

#[tokio::test]
async fn a_look_at_a_file_makes_nothing() {
    let base = Base::file();
    let look = Tables::look(&base.url, STATEMENT).await.unwrap();
    assert!(look.will_be_made && look.problems.is_empty());
    assert!(!base.url.path().unwrap().exists());
    let mut tables = base.furnished().await;
    tables.lock(&Job::silent()).await.unwrap();
    let look = Tables::look(&base.url, STATEMENT).await.unwrap();
    assert_eq!((look.view, look.totals.sekolah), (View::Table, 3));
    assert!(look.problems.is_empty(), "{:?}", look.problems);
    assert!(look.remarks.is_empty(), "{:?}", look.remarks);
    assert!(look.holder.unwrap().starts_with("process "));
    assert_eq!(look.districts[1].sekolah, 3);
    assert!(look.districts[1].newest.is_some());
    let json = serde_json::to_string(&look.districts).unwrap();
    assert!(json.contains("34.04.07"));
    tables.close().await.unwrap();
}

#[tokio::test]
async fn a_second_sync_is_refused_and_told_who_is_first() {
    for base in Base::each().await {
        let job = Job::silent();
        let mut first = base.open().await;
        first.lock(&job).await.unwrap();
        let mut second = base.open().await;
        let refused = second.lock(&job).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Busy);
        assert!(refused.to_string().contains("(process "), "{refused}");
        if !base.is_file() {
            assert!(refused.to_string().contains("penguji"), "{refused}");
            let look = Tables::look(&base.url, STATEMENT).await.unwrap();
            assert!(look.holder.unwrap().contains("«selaras»"));
        }
        first.close().await.unwrap();
        // The server forgets a connection a moment after it ended.
        let mut free = second.lock(&job).await;
        while free.is_err() {
            tokio::task::yield_now().await;
            free = second.lock(&job).await;
        }
        second.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_a_sync_cannot_do_without_is_a_problem() {
    let Some(base) = Base::server().await else {
        return;
    };
    assert!(problems(&base).await.is_empty());
    base.run("ALTER TABLE data_ptk ADD COLUMN wajib int NOT NULL")
        .await;
    assert_eq!(
        problems(&base).await,
        ["data_ptk.wajib must have a value, and a sync knows none"]
    );
    base.run("ALTER TABLE data_ptk DROP COLUMN wajib").await;
    base.run("ALTER TABLE data_ptk DROP CONSTRAINT data_ptk_pkey CASCADE")
        .await;
    assert_eq!(
        problems(&base).await,
        ["data_ptk has no unique index on nik"]
    );
    base.run("DROP TABLE system_metadata").await;
    assert_eq!(
        problems(&base).await[1],
        "there is no table system_metadata"
    );

    let Some(base) = Base::server().await else {
        return;
    };
    let other = as_another_user(&base, "GRANT SELECT ON ALL TABLES IN SCHEMA public").await;
    let found = problems(&other).await;
    let wanted = "this database user has no right to INSERT on data_ptk";
    assert!(found.iter().any(|problem| problem == wanted), "{found:?}");
    assert_eq!(found.len(), 7, "{found:?}");
}

#[tokio::test]
async fn columns_that_are_not_there_are_left_out_and_other_types_are_written_as_text() {
    let Some(base) = Base::server().await else {
        return;
    };
    base.run(
        "DROP MATERIALIZED VIEW mv_dashboard_analitik; \
         ALTER TABLE data_ptk DROP COLUMN agama, DROP COLUMN tmt_tugas; \
         ALTER TABLE data_ptk ALTER COLUMN tanggal_lahir TYPE varchar(12); \
         ALTER TABLE data_ptk ALTER COLUMN masa_kerja_thn TYPE smallint; \
         ALTER TABLE satuan_pendidikan DROP COLUMN website",
    )
    .await;
    let look = Tables::look(&base.url, STATEMENT).await.unwrap();
    assert!(look.problems.is_empty(), "{:?}", look.problems);
    assert_eq!(look.tables[2].missing, ["agama", "tmt_tugas"]);
    assert_eq!(
        look.remarks[0],
        "satuan_pendidikan has no website: left out"
    );
    let mut tables = base.furnished().await;
    let job = Job::silent();
    let start = tables.now().await.unwrap();
    let written = tables
        .write_schools(vec![school("4", &[("website", "x")])], &start, &job)
        .await;
    assert_eq!(counts(&written.unwrap()), (1, 0, 0));
    let cells = [
        ("agama", "Islam"),
        ("tanggal_lahir", "0000-00-00 00:00"),
        ("masa_kerja_thn", "40000"),
    ];
    let people = vec![("4".to_owned(), vec![ptk("01", &cells)])];
    let written = tables.write_staff(people, &start, &job).await.unwrap();
    assert_eq!((written.shortened, written.nulled), (1, 1));
    let sql = "SELECT nik, tanggal_lahir, masa_kerja_thn, npsn FROM data_ptk";
    assert_eq!(base.rows(sql).await, ["3404071708900001|0000-00-00 0|∅|4"]);
    tables.close().await.unwrap();
}
