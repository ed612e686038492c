//! Many users: only what is seen is read.

use selaras::users::plan::Row;

use super::office::Office;

#[test]
fn any_row_of_many_is_shown_when_one_goes_there() {
    let office = Office::open();
    let mut store = office.store();
    let emails = (0..3_000).map(|number| format!("u{number:04}@dkm"));
    let rows: Vec<_> = emails.map(Row::of_email).collect();
    office.runtime.block_on(async {
        store.begin().await.unwrap();
        for batch in rows.chunks(500) {
            store.insert(8, batch, &[]).await.unwrap();
        }
        store.commit().await.unwrap();
    });
    let mut stage = office.sit(100, 30);
    stage
        .until_words("u2999@dkm")
        .press("Tab")
        .press("G")
        .until_words("u0000@dkm");
    for _ in 0..20 {
        stage.press("PgUp");
    }
    stage.settle().press("g").until_words("u2999@dkm");
    let screen = stage.settle().screen();
    assert!(
        !screen.contains('…') || screen.contains("3 000"),
        "{screen}"
    );
}
