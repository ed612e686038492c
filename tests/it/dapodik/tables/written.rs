//! Batches: what is stored, and how it is counted.

use selaras::dapodik::KecamatanCode;
use selaras::dapodik::tables::Asked;
use selaras::engine::Job;

use super::{Base, counts, ptk, school};

#[tokio::test]
async fn a_second_run_over_the_same_records_changes_nothing_but_last_sync() {
    for base in Base::each().await {
        let mut tables = base.furnished().await;
        let job = Job::silent();
        let people = || {
            let cells = [
                ("tanggal_lahir", "1975-07-01 00:00:00"),
                ("jenis_kelamin", "Laki-laki"),
                ("masa_kerja_thn", " 7 "),
                ("kode_pos", "5528"),
                ("email", ""),
            ];
            vec![("1".to_owned(), vec![ptk("01", &cells), ptk("02", &[])])]
        };
        let start = tables.now().await.unwrap();
        let written = tables.write_staff(people(), &start, &job).await.unwrap();
        assert_eq!(counts(&written), (2, 0, 0));
        assert_eq!(written.shortened, 1);
        let sql = "SELECT nik, nama_ptk, CAST(tanggal_lahir AS text), jenis_kelamin, \
                   masa_kerja_thn, email, npsn, kode_pos FROM data_ptk ORDER BY nik";
        let rows = base.rows(sql).await;
        let post = if base.is_file() { "5528" } else { "5528 " };
        let wanted = format!("3404071708900001|Ani|1975-07-01|L|7||1|{post}");
        assert_eq!(rows[0], wanted);
        assert_eq!(rows[1], "3404071708900002|Ani|∅|∅|∅|∅|1|∅");
        let stamps = "SELECT CAST(last_sync AS text) FROM data_ptk ORDER BY nik";
        let before = base.rows(stamps).await;
        assert_eq!(before[0], before[1]);
        // In the same run, nothing is counted twice.
        let again = tables.write_staff(people(), &start, &job).await.unwrap();
        assert_eq!(counts(&again), (0, 0, 0));
        let start = tables.now().await.unwrap();
        let second = tables.write_staff(people(), &start, &job).await.unwrap();
        assert_eq!(counts(&second), (0, 0, 2));
        assert_eq!(base.rows(sql).await, rows);
        assert!(base.rows(stamps).await[0] > before[0]);
        tables.close().await.unwrap();
    }
}

#[tokio::test]
async fn schools_are_written_in_the_forms_of_e_alumni() {
    for base in Base::each().await {
        let mut tables = base.furnished().await;
        let job = Job::silent();
        let start = tables.now().await.unwrap();
        let long = "x".repeat(120);
        let schools = vec![
            school(
                "4",
                &[("nama", " sd negeri \u{df} "), ("bentuk_pendidikan", "SD")],
            ),
            school(
                "5",
                &[("kode_kecamatan", "99.99.99"), ("daya_listrik", "1300")],
            ),
            school(
                "6",
                &[("nama", &long), ("tanggal_sk_pendirian", "0000-00-00")],
            ),
            school("7", &[("nama", "\u{a0}")]),
            school("8", &[("sekolah_id", "bukan"), ("email", "a\0b")]),
            // Known, and now with a district that is not.
            school("1", &[("kode_kecamatan", "99.99.99")]),
        ];
        let written = tables.write_schools(schools, &start, &job).await.unwrap();
        assert_eq!(counts(&written), (4, 0, 1));
        let dirt = (written.shortened, written.nulled, written.skipped);
        assert_eq!(dirt, (1, 2, 1));
        assert_eq!(
            (written.unknown_districts, written.removed_characters),
            (2, 1)
        );
        assert_eq!(written.skipped_rows[0].reason, "its nama is empty");
        let sql = "SELECT npsn, SUBSTR(nama, 1, 12), LENGTH(nama), kode_kecamatan, \
                   bentuk_pendidikan, email, CAST(daya_listrik AS int) FROM satuan_pendidikan \
                   WHERE npsn NOT IN ('2', '3') ORDER BY npsn";
        let wanted = [
            "1|SD CONTOH|9|34.04.07|∅|∅|∅",
            "4|SD NEGERI SS|12|34.04.07|SD|∅|∅",
            "5|SD CONTOH|9|∅|∅|∅|1300",
            "6|XXXXXXXXXXXX|100|34.04.07|∅|∅|∅",
            "8|SD CONTOH|9|34.04.07|∅|ab|∅",
        ];
        assert_eq!(base.rows(sql).await, wanted);
        // What E-Alumni never writes stays where the portal says nothing.
        let start = tables.now().await.unwrap();
        let schools = vec![school(
            "4",
            &[("nama", "sd negeri ss"), ("bentuk_pendidikan", " ")],
        )];
        let written = tables.write_schools(schools, &start, &job).await.unwrap();
        assert_eq!(counts(&written), (0, 0, 1));
        tables.close().await.unwrap();
    }
}

/// The contents of a PTK at three schools; the lowest knows no `tmt_tugas`.
fn at(npsn: &str) -> (String, Vec<Vec<Option<String>>>) {
    let cells: &[(&str, &str)] = match npsn {
        "1" => &[("jabatan_ptk", "Guru")],
        "2" => &[("jabatan_ptk", "Kepala"), ("tmt_tugas", "2002-02-02")],
        _ => &[("jabatan_ptk", "Tamu"), ("tmt_tugas", "2003-03-03")],
    };
    (npsn.to_owned(), vec![ptk("01", cells)])
}

#[tokio::test]
async fn a_ptk_at_three_schools_is_at_the_lowest_whatever_came_first() {
    let orders = [
        ["1", "2", "3"],
        ["1", "3", "2"],
        ["2", "1", "3"],
        ["2", "3", "1"],
        ["3", "1", "2"],
        ["3", "2", "1"],
    ];
    let sql = "SELECT npsn, jabatan_ptk, CAST(tmt_tugas AS text), nama_ptk FROM data_ptk";
    for base in Base::each().await {
        let mut tables = base.furnished().await;
        let job = Job::silent();
        for order in orders {
            base.run("DELETE FROM data_ptk").await;
            for wanted in [(1, 0, 0), (0, 0, 1)] {
                // Another process, for which nothing is remembered.
                tables.close().await.unwrap();
                tables = base.open().await;
                let start = tables.now().await.unwrap();
                let mut total = selaras::dapodik::tables::Written::default();
                for npsn in order {
                    total += tables
                        .write_staff(vec![at(npsn)], &start, &job)
                        .await
                        .unwrap();
                }
                assert_eq!((counts(&total), total.also_at), (wanted, 2), "{order:?}");
                assert_eq!(base.rows(sql).await, ["1|Guru|∅|Ani"], "{order:?}");
            }
            // At another school before the run.
            let start = tables.now().await.unwrap();
            let sql_before = "UPDATE data_ptk SET npsn = '2', jabatan_ptk = 'Kepala', \
                              tmt_tugas = '1999-09-09'";
            base.run(sql_before).await;
            base.run(if base.is_file() {
                "UPDATE data_ptk SET last_sync = '2020-01-01 00:00:00.000'"
            } else {
                "UPDATE data_ptk SET last_sync = '2020-01-01'"
            })
            .await;
            let mut total = selaras::dapodik::tables::Written::default();
            for npsn in order {
                total += tables
                    .write_staff(vec![at(npsn)], &start, &job)
                    .await
                    .unwrap();
            }
            assert_eq!((counts(&total), total.also_at), ((0, 1, 0), 2), "{order:?}");
            assert_eq!(base.rows(sql).await, ["1|Guru|1999-09-09|Ani"], "{order:?}");
        }
        // All in one batch.
        base.run("DELETE FROM data_ptk").await;
        let start = tables.now().await.unwrap();
        let all = vec![at("3"), at("1"), at("2")];
        let written = tables.write_staff(all, &start, &job).await.unwrap();
        assert_eq!((counts(&written), written.also_at), ((1, 0, 0), 2));
        tables.close().await.unwrap();
    }
}

#[tokio::test]
async fn one_ptk_keeps_its_school_and_a_school_that_is_unknown_gets_none() {
    for base in Base::each().await {
        let mut tables = base.furnished().await;
        let job = Job::silent();
        let start = tables.now().await.unwrap();
        let people = vec![("1".to_owned(), vec![ptk("01", &[])])];
        tables.write_staff(people, &start, &job).await.unwrap();
        let start = tables.now().await.unwrap();
        for (serial, wanted) in [("01", (0, 1, 0)), ("02", (1, 0, 0))] {
            let row = ptk(serial, &[("no_hp", "0812")]);
            let written = tables
                .write_one_staff("2", row, &start, &job)
                .await
                .unwrap();
            assert_eq!(counts(&written), wanted);
        }
        let sql = "SELECT nik, npsn, no_hp FROM data_ptk ORDER BY nik";
        let wanted = ["3404071708900001|1|0812", "3404071708900002|2|0812"];
        assert_eq!(base.rows(sql).await, wanted);
        let people = vec![("9".to_owned(), vec![ptk("03", &[])])];
        let written = tables.write_staff(people, &start, &job).await.unwrap();
        assert_eq!((counts(&written), written.skipped), ((0, 0, 0), 1));
        assert!(
            written.skipped_rows[0]
                .reason
                .contains("school 9 is not in")
        );
        tables.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_row_that_the_database_refuses_costs_no_other() {
    for base in Base::each().await {
        let mut tables = base.furnished().await;
        let refused = "3404071708900005";
        base.run(&if base.is_file() {
            format!(
                "CREATE TRIGGER no BEFORE INSERT ON data_ptk WHEN NEW.nik = '{refused}' \
                 BEGIN SELECT RAISE(ABORT, 'not this one'); END"
            )
        } else {
            format!("ALTER TABLE data_ptk ADD CHECK (nik <> '{refused}')")
        })
        .await;
        let job = Job::silent();
        let start = tables.now().await.unwrap();
        let people = (1..8)
            .map(|serial| ptk(&format!("0{serial}"), &[]))
            .collect();
        let written = tables
            .write_staff(vec![("1".to_owned(), people)], &start, &job)
            .await;
        let written = written.unwrap();
        assert_eq!((counts(&written), written.skipped), ((6, 0, 0), 1));
        let skipped = &written.skipped_rows[0];
        assert_eq!(skipped.key, "••••••••••••0005");
        assert!(
            skipped.reason.contains("the database says"),
            "{}",
            skipped.reason
        );
        assert!(!skipped.reason.contains(refused));
        tables.close().await.unwrap();
    }
}

#[tokio::test]
async fn regions_metadata_and_what_disappeared() {
    for base in Base::each().await {
        let mut tables = base.furnished().await;
        let job = Job::silent();
        let again = tables.add_regions(&super::regions(), &job).await.unwrap();
        assert!(again.is_empty());
        let codes: Vec<_> = tables.regions().await.unwrap();
        assert_eq!(codes[0].kode_kecamatan, "34.04.01");
        assert_eq!(tables.metadata().await.unwrap(), None);
        tables.set_metadata("RUNNING").await.unwrap();
        let moved = "SELECT CAST(\"updatedAt\" AS text) FROM system_metadata";
        let before = base.rows(moved).await;
        tables
            .set_metadata("2026-02-27T01:00:00.000Z")
            .await
            .unwrap();
        assert_eq!(base.rows(moved).await, before);
        let value = tables.metadata().await.unwrap();
        assert_eq!(value.as_deref(), Some("2026-02-27T01:00:00.000Z"));

        let first = tables.now().await.unwrap();
        let staff = |serials: &[&str]| serials.iter().map(|serial| ptk(serial, &[])).collect();
        let all = vec![
            ("1".to_owned(), staff(&["01", "02"])),
            ("2".to_owned(), staff(&["03", "04"])),
            ("3".to_owned(), staff(&["05"])),
        ];
        tables.write_staff(all, &first, &job).await.unwrap();
        let start = tables.now().await.unwrap();
        let listed = vec![school("1", &[]), school("2", &[])];
        tables.write_schools(listed, &start, &job).await.unwrap();
        let some = vec![
            ("1".to_owned(), staff(&["01"])),
            ("2".to_owned(), staff(&["03"])),
        ];
        tables.write_staff(some, &start, &job).await.unwrap();
        let depok = [KecamatanCode::parse("34.04.07").unwrap()];
        let but = ["2".to_owned()];
        let gone = tables
            .gone(&start, &depok, Asked::OfListed { but: &but })
            .await
            .unwrap();
        assert_eq!((gone.sekolah, gone.ptk), (1, 1));
        let named: Vec<_> = gone
            .named
            .iter()
            .map(|row| (row.key.as_str(), row.at.as_str()))
            .collect();
        assert_eq!(named, [("3", "34.04.07"), ("••••••••••••0002", "1")]);
        let gone = tables
            .gone(&start, &[], Asked::OfAll { but: &[] })
            .await
            .unwrap();
        assert_eq!((gone.sekolah, gone.ptk), (0, 3));
        let gone = tables.gone(&start, &[], Asked::Nobody).await.unwrap();
        assert_eq!((gone.sekolah, gone.ptk), (0, 0));
        let districts = tables.districts().await.unwrap();
        assert_eq!((districts[1].sekolah, districts[1].ptk), (3, 5));
        assert_eq!(tables.totals().await.unwrap().ptk, 5);
        assert_eq!(tables.schools().await.unwrap().len(), 3);
        tables.close().await.unwrap();
    }
}
