-- The embedded database: the tables of an E-Alumni database as far as a sync writes them, with the
-- declared lengths that it cuts to, and the view as a table that is rebuilt.
CREATE TABLE IF NOT EXISTS ref_wilayah (
    kode_kecamatan VARCHAR(8) NOT NULL PRIMARY KEY,
    kecamatan VARCHAR(60) NOT NULL,
    kode_kabupaten VARCHAR(8) NOT NULL,
    kabupaten VARCHAR(60) NOT NULL,
    kode_provinsi VARCHAR(8) NOT NULL,
    provinsi VARCHAR(60) NOT NULL
);
CREATE INDEX IF NOT EXISTS ref_wilayah_kode_kabupaten ON ref_wilayah (kode_kabupaten);

CREATE TABLE IF NOT EXISTS satuan_pendidikan (
    npsn VARCHAR(8) NOT NULL PRIMARY KEY,
    sekolah_id UUID,
    nama VARCHAR(100) NOT NULL,
    nama_nomenklatur VARCHAR(100),
    bentuk_pendidikan VARCHAR(50),
    status_sekolah VARCHAR(20),
    alamat_jalan VARCHAR(255),
    desa_kelurahan TEXT,
    kode_kecamatan VARCHAR(8) REFERENCES ref_wilayah (kode_kecamatan),
    kode_kabupaten VARCHAR(6),
    kode_provinsi VARCHAR(6),
    kode_pos VARCHAR(5),
    sk_pendirian_sekolah VARCHAR(80),
    tanggal_sk_pendirian DATE,
    status_kepemilikan VARCHAR(50),
    yayasan VARCHAR(100),
    sk_izin_operasional VARCHAR(80),
    tanggal_sk_izin_operasional DATE,
    npwp VARCHAR(100),
    nomor_telepon VARCHAR(50),
    nomor_fax VARCHAR(50),
    email VARCHAR(60),
    website VARCHAR(500),
    kebutuhan_khusus VARCHAR(40),
    daya_listrik NUMERIC(10,2),
    sumber_listrik VARCHAR(50),
    akses_internet VARCHAR(50),
    akreditasi VARCHAR(30),
    partisipasi_bos VARCHAR(5),
    sertifikasi_iso VARCHAR(50),
    waktu_penyelenggaraan VARCHAR(50),
    keaktifan VARCHAR(5),
    last_sync TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);
CREATE INDEX IF NOT EXISTS satuan_pendidikan_kode_kecamatan ON satuan_pendidikan (kode_kecamatan);
CREATE INDEX IF NOT EXISTS satuan_pendidikan_nama ON satuan_pendidikan (nama);

CREATE TABLE IF NOT EXISTS data_ptk (
    nik VARCHAR(25) NOT NULL PRIMARY KEY,
    nuptk VARCHAR(25),
    nip VARCHAR(18),
    nama_ptk VARCHAR(150) NOT NULL,
    jenis_kelamin CHAR(1),
    tempat_lahir VARCHAR(100),
    tanggal_lahir DATE,
    agama VARCHAR(25),
    no_hp VARCHAR(20),
    kode_pos CHAR(5),
    email VARCHAR(100),
    status_kepegawaian VARCHAR(40),
    pangkat_golongan VARCHAR(30),
    jenis_ptk VARCHAR(30),
    jabatan_ptk VARCHAR(50),
    tugas_tambahan_jabatan_ptk VARCHAR(50),
    sk_cpns VARCHAR(80),
    tgl_cpns DATE,
    sk_pengangkatan VARCHAR(80),
    tmt_pengangkatan DATE,
    tmt_tugas DATE,
    masa_kerja_thn INTEGER,
    riwayat_pendidikan_formal_jenjang_pendidikan VARCHAR(50),
    riwayat_pendidikan_formal_bidang_studi VARCHAR(50),
    riwayat_sertifikasi_bidang_studi VARCHAR(50),
    npsn VARCHAR(8) REFERENCES satuan_pendidikan (npsn),
    last_sync TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);
CREATE INDEX IF NOT EXISTS data_ptk_nama_ptk ON data_ptk (nama_ptk);
CREATE INDEX IF NOT EXISTS data_ptk_npsn ON data_ptk (npsn);
CREATE INDEX IF NOT EXISTS data_ptk_tanggal_lahir ON data_ptk (tanggal_lahir);
CREATE INDEX IF NOT EXISTS data_ptk_status ON data_ptk (status_kepegawaian, jenis_ptk);
CREATE INDEX IF NOT EXISTS data_ptk_jenjang
    ON data_ptk (riwayat_pendidikan_formal_jenjang_pendidikan);

CREATE TABLE IF NOT EXISTS system_metadata (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT,
    "updatedAt" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))
);

CREATE TABLE IF NOT EXISTS mv_dashboard_analitik (
    id INTEGER PRIMARY KEY,
    nama_ptk VARCHAR(150),
    nik VARCHAR(25),
    nuptk VARCHAR(25),
    nip VARCHAR(18),
    jenis_kelamin CHAR(1),
    tanggal_lahir DATE,
    no_hp VARCHAR(20),
    jenis_ptk VARCHAR(30),
    jabatan_ptk VARCHAR(50),
    riwayat_pendidikan_formal_jenjang_pendidikan VARCHAR(50),
    riwayat_pendidikan_formal_bidang_studi VARCHAR(50),
    riwayat_sertifikasi_bidang_studi VARCHAR(50),
    status_kepegawaian VARCHAR(40),
    pangkat_golongan VARCHAR(30),
    usia_tahun INTEGER,
    nama_sekolah VARCHAR(100),
    npsn_sekolah VARCHAR(8),
    bentuk_pendidikan VARCHAR(50),
    kecamatan VARCHAR(60),
    kabupaten VARCHAR(60),
    is_sudah_pelatihan BOOLEAN,
    is_kepala_sekolah BOOLEAN
);
