//! The view after a run: every state that a foreign database may have it in.

use selaras::dapodik::tables::{Refreshed, Tables, View};
use selaras::engine::Job;

use super::guarded::as_another_user;
use super::{Base, STATEMENT, ptk};

const VIEW: &str = "mv_dashboard_analitik";

#[tokio::test]
async fn a_view_is_refreshed_concurrently_where_it_can_be() {
    let Some(base) = Base::server().await else {
        return;
    };
    let mut tables = base.furnished().await;
    let job = Job::silent();
    let start = tables.now().await.unwrap();
    let people = vec![("1".to_owned(), vec![ptk("01", &[])])];
    tables.write_staff(people, &start, &job).await.unwrap();
    assert_eq!(tables.refresh().await.unwrap(), Refreshed::Concurrently);
    let sql = "SELECT id, nik, nama_sekolah FROM mv_dashboard_analitik";
    assert_eq!(base.rows(sql).await, ["1|3404071708900001|SD CONTOH"]);

    base.run(&format!("REFRESH MATERIALIZED VIEW {VIEW} WITH NO DATA"))
        .await;
    let look = Tables::look(&base.url, STATEMENT).await.unwrap();
    assert!(matches!(
        look.view,
        View::Materialized {
            populated: false,
            ..
        }
    ));
    assert!(look.problems.is_empty(), "{:?}", look.problems);
    assert!(
        look.remarks[0].contains("not populated"),
        "{:?}",
        look.remarks
    );
    let why = |refreshed: &Refreshed| match refreshed {
        Refreshed::Plainly { why } => why.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        why(&tables.refresh().await.unwrap()),
        "it was not populated"
    );
    assert_eq!(base.rows(sql).await.len(), 1);

    base.run(&format!("DROP INDEX {VIEW}_id")).await;
    assert_eq!(
        why(&tables.refresh().await.unwrap()),
        "it has no unique index"
    );

    base.run(&format!("DROP MATERIALIZED VIEW {VIEW}")).await;
    assert_eq!(tables.refresh().await.unwrap(), Refreshed::Absent);
    base.run(&format!("CREATE VIEW {VIEW} AS SELECT 1 AS id"))
        .await;
    let refreshed = tables.refresh().await.unwrap();
    assert_eq!(refreshed, Refreshed::NotMaterialized);
    assert!(!refreshed.is_fresh());
    tables.close().await.unwrap();
}

#[tokio::test]
async fn a_view_of_another_user_is_not_refreshed_and_its_owner_is_named() {
    let Some(base) = Base::server().await else {
        return;
    };
    let other = as_another_user(
        &base,
        "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public",
    )
    .await;
    let look = Tables::look(&other.url, STATEMENT).await.unwrap();
    assert!(look.problems.is_empty(), "{:?}", look.problems);
    assert!(matches!(look.view, View::Materialized { ours: false, .. }));
    let mut tables = other.furnished().await;
    let refreshed = tables.refresh().await.unwrap();
    let Refreshed::NotOurs { owner, grant } = &refreshed else {
        panic!("{refreshed:?}");
    };
    assert_eq!(owner, "penguji");
    assert!(grant.starts_with("ALTER MATERIALIZED VIEW mv_dashboard_analitik OWNER TO r_"));
    assert!(refreshed.sentence().contains("belongs to penguji"));
    tables.close().await.unwrap();
}

#[tokio::test]
async fn the_embedded_view_is_a_table_that_is_rebuilt() {
    let base = Base::file();
    let mut tables = base.furnished().await;
    let job = Job::silent();
    let start = tables.now().await.unwrap();
    let head = [
        ("jenis_ptk", "KEPALA Sekolah"),
        ("tanggal_lahir", "1975-07-01"),
    ];
    let people = vec![ptk("02", &[]), ptk("01", &head)];
    tables
        .write_staff(vec![("1".to_owned(), people)], &start, &job)
        .await
        .unwrap();
    for _ in 0..2 {
        assert_eq!(
            tables.refresh().await.unwrap(),
            Refreshed::Rebuilt { rows: 2 }
        );
    }
    let sql = "SELECT id, nik, nama_sekolah, kecamatan, is_kepala_sekolah, usia_tahun > 40 \
               FROM mv_dashboard_analitik ORDER BY id";
    let wanted = [
        "1|3404071708900001|SD CONTOH|Depok|1|1",
        "2|3404071708900002|SD CONTOH|Depok|0|∅",
    ];
    assert_eq!(base.rows(sql).await, wanted);
    tables.close().await.unwrap();
}
