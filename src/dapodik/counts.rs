//! What a database holds of each kecamatan, for people who look before they sync.
//!
//! Only counts; what a sync left out is said in `check`.

use std::collections::BTreeMap;

use super::Dapodik;
use crate::error::Result;

/// What is stored of a kecamatan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many schools.
    pub sekolah: u64,
    /// How many PTK at these schools.
    pub ptk: u64,
}

impl Dapodik {
    /// What the database holds, by kecamatan code; `None` where there is no database to look into.
    pub async fn stock(&self) -> Result<Option<BTreeMap<String, Counts>>> {
        let Some(url) = &self.database else {
            return Ok(None);
        };
        let mut store = self.open(url).await?;
        let mark = store.mark().await?;
        let schools = store.schools(&mark).await?;
        store.close().await?;
        let mut stock: BTreeMap<String, Counts> = BTreeMap::new();
        for school in schools {
            let of = stock.entry(school.kecamatan).or_default();
            of.sekolah += 1;
            of.ptk += school.ptk;
        }
        Ok(Some(stock))
    }
}
