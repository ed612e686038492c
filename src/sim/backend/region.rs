//! The kecamatan of DI Yogyakarta, 17 of them in Sleman; "Jetis" is there twice.

/// The list as E-Alumni has it.
pub const LIST: &str = include_str!("../../../config/kecamatan-diy.csv");

const SLEMAN: &str = "34.04.";

/// A kecamatan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Such as `34.04.07`.
    pub code: String,
    /// Such as `Depok`.
    pub name: String,
    /// Such as `34.04`.
    pub kabupaten_code: String,
    /// Such as `Sleman`.
    pub kabupaten: String,
}

/// All 78.
pub fn diy() -> Vec<Region> {
    let lines = LIST.lines().skip(1);
    let rows = lines.filter_map(|line| {
        let mut cells = line.split(',').map(str::to_owned);
        Some(Region {
            code: cells.next()?,
            name: cells.next()?,
            kabupaten_code: cells.next()?,
            kabupaten: cells.next()?,
        })
    });
    rows.collect()
}

/// The 17 of Sleman.
pub fn sleman() -> Vec<Region> {
    let all = diy().into_iter();
    all.filter(|region| region.code.starts_with(SLEMAN))
        .collect()
}
