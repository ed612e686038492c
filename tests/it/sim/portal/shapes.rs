//! Pages, totals, wrapping and marks: the same schools in every shape.

use std::collections::BTreeSet;

use selaras::sim::portal::{AfterLastPage, DISTRICTS, Expiry, Portal, STAFF, Setup};
use serde_json::{Value, json};

use super::{Visitor, json_of, nothing, sign_in, small};
use crate::sim::client;

fn npsns(rows: &[Value]) -> Vec<String> {
    let npsn = |row: &Value| row["npsn"].as_str().unwrap().trim().to_owned();
    rows.iter().map(npsn).collect()
}

/// Ten clean schools in each of two kecamatan.
fn clean() -> Setup {
    Setup {
        dirt: false,
        ..small()
    }
}

#[tokio::test]
async fn pages_together_are_the_whole_list_each_school_once() {
    let visitor = Visitor::of(clean()).await;
    let mut together = Vec::new();
    for (page, length) in [(1, 4), (2, 4), (3, 2)] {
        let rows = visitor.rows(&visitor.schools_path(1, page, 4)).await;
        assert_eq!(rows.len(), length);
        together.extend(npsns(&rows));
    }
    assert_eq!(together, visitor.portal.schools()[10..]);
    let after = visitor.schools_path(1, 4, 4);
    assert_eq!(visitor.json(&after).await, nothing());
}

#[tokio::test]
async fn a_page_may_be_capped_and_the_page_after_the_last_may_be_anything() {
    let table = [
        (AfterLastPage::Keterangan, nothing(), 1),
        (AfterLastPage::Empty, json!([]), 0),
    ];
    for (after, expected, length) in table {
        let visitor = Visitor::of(Setup {
            per_page_cap: Some(3),
            after,
            ..clean()
        })
        .await;
        assert_eq!(visitor.schools(0).await.len(), 3);
        let answer = visitor.json(&visitor.schools_path(0, 5, 100)).await;
        assert_eq!(answer.as_array().map(Vec::len), Some(length));
        assert_eq!(answer, expected);
    }
    let visitor = Visitor::of(Setup {
        per_page_cap: Some(3),
        after: AfterLastPage::Repeated,
        ..clean()
    })
    .await;
    let last = visitor.json(&visitor.schools_path(0, 4, 100)).await;
    let after = visitor.json(&visitor.schools_path(0, 9, 100)).await;
    assert_eq!((last.as_array().map(Vec::len), &last), (Some(1), &after));
}

#[tokio::test]
async fn totals_come_as_numbers_and_texts_or_not_at_all() {
    let visitor = Visitor::of(clean()).await;
    let rows = visitor.schools(0).await;
    assert_eq!(rows[0]["total_rows"], "10");
    assert_eq!(rows[1]["total_rows"], 10);
    let visitor = Visitor::of(Setup {
        total_rows: false,
        ..clean()
    })
    .await;
    let rows = visitor.schools(0).await;
    assert!(rows.iter().all(|row| row.get("total_rows").is_none()));
}

#[tokio::test]
async fn lists_may_be_wrapped_and_begin_with_a_mark() {
    for (total_rows, total) in [(true, Some(10)), (false, None)] {
        let visitor = Visitor::of(Setup {
            wrapped: true,
            bom: true,
            total_rows,
            ..clean()
        })
        .await;
        let page = visitor.json(&visitor.schools_path(0, 1, 4)).await;
        assert_eq!(page["data"].as_array().unwrap().len(), 4);
        assert_eq!(page.get("total_rows").and_then(Value::as_u64), total);
        assert_eq!(
            visitor.json(STAFF).await,
            json!({ "data": nothing() }),
            "nothing is wrapped too"
        );
        let answer = visitor.request(DISTRICTS).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        let bytes = answer.bytes().await.unwrap();
        assert!(bytes.starts_with("\u{feff}{\"data\":[".as_bytes()));
    }
}

#[tokio::test]
async fn the_end_of_a_token_is_told_in_several_ways() {
    let form = |text: &str| -> String {
        let sign = |letter: char| if letter.is_ascii_digit() { '0' } else { letter };
        text.chars().map(sign).collect()
    };
    let table = [
        (Expiry::Utc, Some("0000-00-00T00:00:00.000Z")),
        (Expiry::Local, Some("0000-00-00 00:00:00")),
        (Expiry::Absent, None),
    ];
    for (expiry, expected) in table {
        let portal = Portal::start(Setup { expiry, ..clean() }).unwrap();
        let answer = sign_in(&client(), &portal).send().await.unwrap();
        let answer = json_of(answer).await;
        let told = answer["expired_date"].as_str().map(form);
        assert_eq!(told.as_deref(), expected, "{expiry:?}");
    }
}

#[tokio::test]
async fn records_have_every_key_of_the_tables_and_more() {
    let visitor = Visitor::of(clean()).await;
    let school = visitor.schools(0).await[0].clone();
    let staff = visitor.staff(&visitor.portal.npsn(0, 0)).await[0].clone();
    let of_schools = "npsn sekolah_id nama nama_nomenklatur bentuk_pendidikan status_sekolah \
        alamat_jalan desa_kelurahan kode_kecamatan kode_kabupaten kode_provinsi kode_pos \
        sk_pendirian_sekolah tanggal_sk_pendirian status_kepemilikan yayasan sk_izin_operasional \
        tanggal_sk_izin_operasional npwp nomor_telepon nomor_fax email website kebutuhan_khusus \
        daya_listrik sumber_listrik akses_internet akreditasi partisipasi_bos sertifikasi_iso \
        waktu_penyelenggaraan keaktifan";
    let of_staff = "nik nuptk nip nama jenis_kelamin tempat_lahir tanggal_lahir agama no_hp \
        kode_pos email status_kepegawaian pangkat_golongan jenis_ptk jabatan_ptk \
        tugas_tambahan_jabatan_ptk sk_cpns tgl_cpns sk_pengangkatan tmt_pengangkatan tmt_tugas \
        masa_kerja_thn riwayat_pendidikan_formal_jenjang_pendidikan \
        riwayat_pendidikan_formal_bidang_studi riwayat_sertifikasi_bidang_studi";
    for (row, keys) in [(school, of_schools), (staff, of_staff)] {
        let row = row.as_object().unwrap();
        let keys: Vec<_> = keys.split_whitespace().collect();
        for key in &keys {
            assert!(row.contains_key(*key), "{key}");
        }
        assert!(row.len() >= keys.len() + 10, "{} keys", row.len());
    }
}

#[tokio::test]
async fn values_come_in_more_than_one_form() {
    let visitor = Visitor::of(clean()).await;
    let mut rows = visitor.schools(0).await;
    for number in 0..10 {
        rows.extend(visitor.staff(&visitor.portal.npsn(0, number)).await);
    }
    let of = |key: &str| -> Vec<Value> { rows.iter().map(|row| row[key].clone()).collect() };
    let padded = |value: &Value| value.as_str().is_some_and(|text| text.ends_with(' '));
    for key in ["nama", "nik", "kode_kecamatan", "jenis_ptk"] {
        let padded = of(key).iter().filter(|value| padded(value)).count();
        assert!(padded > 0 && padded < rows.len() / 2, "{key}: {padded}");
    }
    for key in ["kode_pos", "masa_kerja_thn", "daya_listrik"] {
        let values = of(key);
        assert!(values.iter().any(Value::is_number), "{key}");
        assert!(values.iter().any(Value::is_string), "{key}");
    }
}

#[tokio::test]
async fn a_portal_says_the_same_every_time() {
    let (one, other) = (Visitor::of(small()).await, Visitor::of(small()).await);
    assert_eq!(one.schools(1).await, other.schools(1).await);
    let npsn = one.portal.npsn(1, 2);
    assert_eq!(one.staff(&npsn).await, other.staff(&npsn).await);
    assert_eq!(one.staff(&npsn).await, one.portal.staff_rows(&npsn));
    let whole = Visitor::of(Setup::large()).await;
    let first = "34.04.01";
    let regions = whole.portal.kecamatan().iter();
    let district = regions.clone().position(|region| region.code == first);
    assert_eq!(
        one.portal.npsn(0, 3),
        whole.portal.npsn(district.unwrap(), 3),
        "a school has the same number in every setup"
    );
}

#[tokio::test]
async fn numbers_are_unique_over_all_there_can_be() {
    let portal = Portal::start(Setup {
        schools: 70,
        ptk: 20,
        ..Setup::large()
    })
    .unwrap();
    let (mut npsns, mut niks) = (BTreeSet::new(), BTreeSet::new());
    for district in 0..78 {
        for number in 0..70 {
            let npsn = portal.npsn(district, number);
            assert_eq!(npsn.len(), 8);
            npsns.insert(npsn);
            for serial in 0..20 {
                let nik = portal.nik(district, number, serial);
                assert!(nik.len() == 16 && nik.bytes().all(|byte| byte.is_ascii_digit()));
                niks.insert(nik);
            }
        }
    }
    assert_eq!((npsns.len(), niks.len()), (78 * 70, 78 * 70 * 20));
}
