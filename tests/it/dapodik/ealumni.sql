-- The tables of an E-Alumni database, as deployed, as far as a sync and the view need them.
CREATE TABLE ref_wilayah (
    kode_kecamatan varchar(8) PRIMARY KEY,
    kecamatan varchar(60) NOT NULL,
    kode_kabupaten varchar(8) NOT NULL,
    kabupaten varchar(60) NOT NULL,
    kode_provinsi varchar(8) NOT NULL,
    provinsi varchar(60) NOT NULL
);
CREATE INDEX ON ref_wilayah (kode_kabupaten);

CREATE TABLE satuan_pendidikan (
    npsn varchar(8) PRIMARY KEY,
    sekolah_id uuid,
    nama varchar(100) NOT NULL,
    nama_nomenklatur varchar(100),
    bentuk_pendidikan varchar(50),
    status_sekolah varchar(20),
    alamat_jalan varchar(255),
    desa_kelurahan text,
    kode_kecamatan varchar(8) REFERENCES ref_wilayah (kode_kecamatan),
    kode_kabupaten varchar(6),
    kode_provinsi varchar(6),
    kode_pos varchar(5),
    sk_pendirian_sekolah varchar(80),
    tanggal_sk_pendirian date,
    status_kepemilikan varchar(50),
    yayasan varchar(100),
    sk_izin_operasional varchar(80),
    tanggal_sk_izin_operasional date,
    npwp varchar(100),
    nomor_telepon varchar(50),
    nomor_fax varchar(50),
    email varchar(60),
    website varchar(500),
    kebutuhan_khusus varchar(40),
    daya_listrik numeric(10,2),
    sumber_listrik varchar(50),
    akses_internet varchar(50),
    akreditasi varchar(30),
    partisipasi_bos varchar(5),
    sertifikasi_iso varchar(50),
    waktu_penyelenggaraan varchar(50),
    keaktifan varchar(5),
    last_sync timestamptz(6) DEFAULT now()
);
CREATE INDEX ON satuan_pendidikan (kode_kecamatan);
CREATE INDEX ON satuan_pendidikan (nama);

CREATE TABLE data_ptk (
    nik varchar(25) PRIMARY KEY,
    nuptk varchar(25),
    nip varchar(18),
    nama_ptk varchar(150) NOT NULL,
    jenis_kelamin char(1),
    tempat_lahir varchar(100),
    tanggal_lahir date,
    agama varchar(25),
    no_hp varchar(20),
    kode_pos char(5),
    email varchar(100),
    status_kepegawaian varchar(40),
    pangkat_golongan varchar(30),
    jenis_ptk varchar(30),
    jabatan_ptk varchar(50),
    tugas_tambahan_jabatan_ptk varchar(50),
    sk_cpns varchar(80),
    tgl_cpns date,
    sk_pengangkatan varchar(80),
    tmt_pengangkatan date,
    tmt_tugas date,
    masa_kerja_thn int,
    riwayat_pendidikan_formal_jenjang_pendidikan varchar(50),
    riwayat_pendidikan_formal_bidang_studi varchar(50),
    riwayat_sertifikasi_bidang_studi varchar(50),
    npsn varchar(8) REFERENCES satuan_pendidikan (npsn),
    last_sync timestamptz(6) DEFAULT now()
);
CREATE INDEX ON data_ptk (nama_ptk);
CREATE INDEX ON data_ptk (npsn);
CREATE INDEX ON data_ptk (tanggal_lahir);
CREATE INDEX ON data_ptk (status_kepegawaian, jenis_ptk);
CREATE INDEX ON data_ptk (riwayat_pendidikan_formal_jenjang_pendidikan);

CREATE TABLE system_metadata (
    key text PRIMARY KEY,
    value text,
    "updatedAt" timestamp(3) NOT NULL DEFAULT now()
);

CREATE TABLE diklat_kandidat (
    id serial PRIMARY KEY,
    nik varchar(25) NOT NULL REFERENCES data_ptk (nik) ON DELETE CASCADE,
    judul_diklat varchar(255),
    status_kelulusan varchar(20)
);

CREATE MATERIALIZED VIEW mv_dashboard_analitik AS
SELECT row_number() OVER (ORDER BY p.nik, d.id) AS id,
    p.nama_ptk, p.nik, p.nuptk, p.nip, p.jenis_kelamin, p.tanggal_lahir, p.no_hp, p.jenis_ptk,
    p.jabatan_ptk, p.riwayat_pendidikan_formal_jenjang_pendidikan,
    p.riwayat_pendidikan_formal_bidang_studi, p.riwayat_sertifikasi_bidang_studi,
    p.status_kepegawaian, p.pangkat_golongan,
    CAST(date_part('year', age(CURRENT_DATE, p.tanggal_lahir)) AS int) AS usia_tahun,
    s.nama AS nama_sekolah, s.npsn AS npsn_sekolah, s.bentuk_pendidikan, w.kecamatan, w.kabupaten,
    COALESCE(d.status_kelulusan = 'Lulus', false) AS is_sudah_pelatihan,
    COALESCE(p.jenis_ptk ILIKE '%kepala sekolah%', false) AS is_kepala_sekolah,
    d.id AS diklat_id, d.judul_diklat, d.status_kelulusan
FROM data_ptk p
JOIN satuan_pendidikan s ON s.npsn = p.npsn
JOIN ref_wilayah w ON w.kode_kecamatan = s.kode_kecamatan
LEFT JOIN diklat_kandidat d ON d.nik = p.nik;
CREATE UNIQUE INDEX mv_dashboard_analitik_id ON mv_dashboard_analitik (id);
