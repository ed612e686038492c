//! The columns of `satuan_pendidikan` and `data_ptk`: their keys at the portal, and how a value is
//! written. What E-Alumni writes is written in its form; what it never writes only from a value.
//!
//! ```text
//!   portal ─ JSON ─▶ Row (one text or nothing for each column) ─ cleaned ─▶ store
//! ```

/// What a table stores of the portal's records; `last_sync` is the database's own clock.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    /// The first one is the key.
    pub columns: &'static [Column],
}

#[derive(Debug)]
pub struct Column {
    pub name: &'static str,
    /// Its key in the portal's records; `None` where the sync itself knows the value.
    pub key: Option<&'static str>,
    pub form: Form,
    pub write: Write,
}

/// What becomes of a text. Blanks around it are dropped before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As it is; empty stays empty.
    Text,
    /// In upper case.
    Upper,
    /// Its first characters.
    Cut(usize),
    Date,
    Integer,
    Number,
    Uuid,
    /// A district code, which `ref_wilayah` must have.
    District,
}

/// When a column is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// Always; nothing becomes NULL.
    Always,
    /// Only a value that is there: what E-Alumni never writes, somebody else did.
    Value,
    /// Always; without it there is no row.
    Mandatory,
}

/// A record as the portal sent it: a text, or nothing, for each column of its table, in that order.
pub type Row = Vec<Option<String>>;

const fn column(name: &'static str, form: Form) -> Column {
    Column {
        name,
        key: Some(name),
        form,
        write: Write::Always,
    }
}

/// A column that E-Alumni never writes.
const fn extra(name: &'static str, form: Form) -> Column {
    Column {
        write: Write::Value,
        ..column(name, form)
    }
}

const fn mandatory(name: &'static str, key: &'static str, form: Form) -> Column {
    Column {
        name,
        key: Some(key),
        form,
        write: Write::Mandatory,
    }
}

/// By `npsn`.
pub static SCHOOLS: Table = Table {
    name: "satuan_pendidikan",
    columns: &[
        mandatory("npsn", "npsn", Form::Text),
        column("sekolah_id", Form::Uuid),
        mandatory("nama", "nama", Form::Upper),
        column("nama_nomenklatur", Form::Upper),
        extra("bentuk_pendidikan", Form::Text),
        column("status_sekolah", Form::Text),
        column("alamat_jalan", Form::Text),
        column("desa_kelurahan", Form::Text),
        column("kode_kecamatan", Form::District),
        column("kode_kabupaten", Form::Text),
        column("kode_provinsi", Form::Text),
        column("kode_pos", Form::Text),
        column("sk_pendirian_sekolah", Form::Text),
        column("tanggal_sk_pendirian", Form::Date),
        column("status_kepemilikan", Form::Text),
        column("yayasan", Form::Text),
        column("sk_izin_operasional", Form::Text),
        column("tanggal_sk_izin_operasional", Form::Date),
        column("npwp", Form::Text),
        column("nomor_telepon", Form::Text),
        column("nomor_fax", Form::Text),
        column("email", Form::Text),
        column("website", Form::Text),
        extra("kebutuhan_khusus", Form::Text),
        extra("daya_listrik", Form::Number),
        extra("sumber_listrik", Form::Text),
        extra("akses_internet", Form::Text),
        column("akreditasi", Form::Text),
        extra("partisipasi_bos", Form::Text),
        extra("sertifikasi_iso", Form::Text),
        extra("waktu_penyelenggaraan", Form::Text),
        column("keaktifan", Form::Text),
    ],
};

/// By `nik`; `npsn` is that of the school that was asked for.
pub static STAFF: Table = Table {
    name: "data_ptk",
    columns: &[
        mandatory("nik", "nik", Form::Text),
        column("nuptk", Form::Cut(16)),
        column("nip", Form::Cut(18)),
        mandatory("nama_ptk", "nama", Form::Text),
        column("jenis_kelamin", Form::Text),
        column("tempat_lahir", Form::Text),
        column("tanggal_lahir", Form::Date),
        column("agama", Form::Text),
        column("no_hp", Form::Text),
        extra("kode_pos", Form::Text),
        column("email", Form::Text),
        column("status_kepegawaian", Form::Text),
        column("pangkat_golongan", Form::Text),
        column("jenis_ptk", Form::Text),
        column("jabatan_ptk", Form::Text),
        column("tugas_tambahan_jabatan_ptk", Form::Text),
        extra("sk_cpns", Form::Text),
        extra("tgl_cpns", Form::Date),
        extra("sk_pengangkatan", Form::Text),
        extra("tmt_pengangkatan", Form::Date),
        extra("tmt_tugas", Form::Date),
        column("masa_kerja_thn", Form::Integer),
        column("riwayat_pendidikan_formal_jenjang_pendidikan", Form::Text),
        column("riwayat_pendidikan_formal_bidang_studi", Form::Text),
        column("riwayat_sertifikasi_bidang_studi", Form::Text),
        Column {
            name: "npsn",
            key: None,
            form: Form::Text,
            write: Write::Always,
        },
    ],
};

impl Table {
    /// The place of a column in a [`Row`].
    pub fn index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}
