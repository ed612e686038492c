//! doctor
use super::face::Face;
use crate::error::Result;
/// x
pub async fn run(_face: &Face) -> Result<u8> {
    Ok(0)
}
