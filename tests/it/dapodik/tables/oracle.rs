//! Our rows against those of an independent statement with E-Alumni's rules, on PostgreSQL.

use selaras::dapodik::columns::{Row, SCHOOLS, STAFF, Table};
use selaras::engine::Job;
use serde_json::{Map, Value, json};

use super::{Base, regions};

/// What E-Alumni never writes.
const OURS: &str = "'last_sync,bentuk_pendidikan,kebutuhan_khusus,daya_listrik,sumber_listrik,\
                    akses_internet,partisipasi_bos,sertifikasi_iso,waktu_penyelenggaraan,\
                    kode_pos_ptk,sk_cpns,tgl_cpns,sk_pengangkatan,tmt_pengangkatan,tmt_tugas'";
const BLANKS: &str = r"E' \t\n\r\u00a0\ufeff'";

/// Records with all that the portal is known to send, but what E-Alumni fails at.
fn records() -> (Vec<Value>, Vec<Value>) {
    let schools = (0..20).map(|number: usize| {
        json!({
            "npsn": format!(" 2040{number:04} "),
            "sekolah_id": format!("0A1B2C3D-4E5F-6071-8293-A4B5C6D7{number:04}"),
            "nama": format!("\u{feff} sd negeri contoh {number}\u{a0}"),
            "nama_nomenklatur": if number.is_multiple_of(3) { Value::Null } else { json!(" sdn ") },
            "status_sekolah": "Negeri",
            "alamat_jalan": if number.is_multiple_of(2) { "" } else { "Jl. Kaliurang  km 5\t" },
            "kode_kecamatan": "34.04.07 ",
            "kode_kabupaten": "34.04",
            "kode_pos": "55281",
            "tanggal_sk_pendirian": (!number.is_multiple_of(4)).then_some("1975-07-01 00:00:00"),
            "email": format!(" SDN{number}@Sekolah.id"),
            "bentuk_pendidikan": "SD",
            "keaktifan": "1",
        })
    });
    let births = ["1975-07-01", "1980-02-29T00:00:00.000Z", " 1990-12-31 "];
    let staff = (0..200).map(|number: usize| {
        json!({
            "npsn": format!("2040{:04}", number % 20),
            "nik": format!(" 340407170890{number:04}"),
            "nuptk": "12345678901234567890",
            "nip": if number.is_multiple_of(2) { "" } else { "198001012005011001234" },
            "nama": format!("Guru  contoh {number} "),
            "jenis_kelamin": if number.is_multiple_of(2) { "L" } else { "P" },
            "tempat_lahir": (!number.is_multiple_of(5)).then_some("Sleman\n"),
            "tanggal_lahir": births[number % 3],
            "no_hp": "0812 3456",
            "email": "Guru@Sekolah.ID",
            "masa_kerja_thn": (!number.is_multiple_of(7)).then_some(" 7 "),
            "jenis_ptk": "Guru Kelas",
            "riwayat_sertifikasi_bidang_studi": "Guru Kelas SD/MI",
            "tmt_tugas": "2001-01-01",
        })
    });
    (schools.collect(), staff.collect())
}

fn row(table: &Table, record: &Value) -> Row {
    let cell = |key: Option<&str>| record.get(key?)?.as_str().map(str::to_owned);
    table
        .columns
        .iter()
        .map(|column| cell(column.key))
        .collect()
}

/// The statement of E-Alumni: a column, its key at the portal, and what is done to the trimmed text.
fn statement(table: &str, key: &str, columns: &[(&str, &str, &str)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, ..)| *name).collect();
    let cell = |(_, key, sql): &(&str, &str, &str)| {
        sql.replace('@', &format!("btrim(r->>'{key}', {BLANKS})"))
    };
    let cells: Vec<String> = columns.iter().map(cell).collect();
    let sets: Vec<String> = names
        .iter()
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    format!(
        "INSERT INTO {table} ({}) SELECT {} FROM mentah WHERE jenis = '{table}' \
         ON CONFLICT ({key}) DO UPDATE SET {}",
        names.join(", "),
        cells.join(", "),
        sets.join(", ")
    )
}

async fn dump(base: &Base, table: &str) -> Vec<String> {
    let sql = format!(
        "SELECT CAST(to_jsonb(t) - string_to_array({OURS}, ',') AS text) FROM {table} t ORDER BY 1"
    );
    base.rows(&sql).await
}

#[tokio::test]
async fn our_rows_are_those_of_e_alumni() {
    let (Some(theirs), Some(ours)) = (Base::server().await, Base::server().await) else {
        return;
    };
    let (schools, staff) = records();
    let mut tables = ours.open().await;
    let job = Job::silent();
    tables.add_regions(&regions(), &job).await.unwrap();
    let start = tables.now().await.unwrap();
    let rows = schools.iter().map(|record| row(&SCHOOLS, record)).collect();
    tables.write_schools(rows, &start, &job).await.unwrap();
    for number in 0..20 {
        let npsn = format!("2040{number:04}");
        let of = staff
            .iter()
            .filter(|record| record["npsn"] == npsn.as_str());
        let rows = of.map(|record| row(&STAFF, record)).collect();
        tables
            .write_staff(vec![(npsn, rows)], &start, &job)
            .await
            .unwrap();
    }
    tables.close().await.unwrap();

    theirs
        .run(
            "CREATE TABLE mentah (jenis text, r jsonb); INSERT INTO ref_wilayah VALUES \
             ('34.04.07', 'Depok', '34.04', 'Sleman', '34', 'DI Yogyakarta')",
        )
        .await;
    for (table, records) in [("satuan_pendidikan", &schools), ("data_ptk", &staff)] {
        for record in records {
            let clean: Map<String, Value> = record.as_object().unwrap().clone();
            let text = serde_json::to_string(&clean).unwrap();
            theirs
                .run(&format!("INSERT INTO mentah VALUES ('{table}', '{text}')"))
                .await;
        }
    }
    let school_columns = [
        ("npsn", "npsn", "@"),
        ("sekolah_id", "sekolah_id", "CAST(@ AS uuid)"),
        ("nama", "nama", "upper(@)"),
        ("nama_nomenklatur", "nama_nomenklatur", "upper(@)"),
        ("status_sekolah", "status_sekolah", "@"),
        ("alamat_jalan", "alamat_jalan", "@"),
        ("kode_kecamatan", "kode_kecamatan", "@"),
        ("kode_kabupaten", "kode_kabupaten", "@"),
        ("kode_pos", "kode_pos", "@"),
        (
            "tanggal_sk_pendirian",
            "tanggal_sk_pendirian",
            "CAST(@ AS date)",
        ),
        ("email", "email", "@"),
        ("keaktifan", "keaktifan", "@"),
    ];
    let certified = "riwayat_sertifikasi_bidang_studi";
    let staff_columns = [
        ("nik", "nik", "@"),
        ("nuptk", "nuptk", "left(@, 16)"),
        ("nip", "nip", "left(@, 18)"),
        ("nama_ptk", "nama", "@"),
        ("jenis_kelamin", "jenis_kelamin", "@"),
        ("tempat_lahir", "tempat_lahir", "@"),
        ("tanggal_lahir", "tanggal_lahir", "CAST(@ AS date)"),
        ("no_hp", "no_hp", "@"),
        ("email", "email", "@"),
        ("jenis_ptk", "jenis_ptk", "@"),
        ("masa_kerja_thn", "masa_kerja_thn", "CAST(@ AS int)"),
        (certified, certified, "@"),
        ("npsn", "npsn", "@"),
    ];
    theirs
        .run(&statement("satuan_pendidikan", "npsn", &school_columns))
        .await;
    theirs
        .run(&statement("data_ptk", "nik", &staff_columns))
        .await;
    for (table, rows) in [("satuan_pendidikan", 20), ("data_ptk", 200)] {
        let (ours, theirs) = (dump(&ours, table).await, dump(&theirs, table).await);
        assert_eq!(ours.len(), rows);
        assert_eq!(ours, theirs, "{table}");
    }
    // Ours fills what E-Alumni never writes.
    let filled = "SELECT COUNT(*) FROM data_ptk WHERE tmt_tugas = '2001-01-01'";
    assert_eq!(ours.rows(filled).await, ["200"]);
}
