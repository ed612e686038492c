//! The kecamatan of the simulated world: the 78 of DI Yogyakarta, or the 17 of Sleman.

pub const LIST: &str = include_str!("../../config/kecamatan-diy.csv");

const SLEMAN: &str = "34.04.";
/// The province of all of them.
pub const PROVINCE: (&str, &str) = ("34", "DI Yogyakarta");

/// A kecamatan of DI Yogyakarta; "Jetis" is there twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Such as `34.04.07`.
    pub code: String,
    pub name: String,
    /// Such as `34.04`.
    pub kabupaten_code: String,
    pub kabupaten: String,
}

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

pub fn sleman() -> Vec<Region> {
    let all = diy().into_iter();
    all.filter(|region| region.code.starts_with(SLEMAN))
        .collect()
}
