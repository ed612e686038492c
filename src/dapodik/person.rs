//! NIK and NPSN: the number of a person, the number of a school.
//!
//! Parsed at the border and never checked again. A NIK says who somebody is: it is shown masked.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::text::excerpt;

/// A NIK: region (6 digits), birth date as DDMMYY with 40 added to a woman's day, serial (4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nik(String);

impl Nik {
    pub fn parse(raw: &str) -> Result<Self> {
        let nik = raw.trim();
        if nik.len() == 16 && nik.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(nik.to_owned()))
        } else {
            Err(Error::usage(bad_nik(nik))
                .hint("region (6 digits), birth date DDMMYY (women: day + 40), serial (4 digits)"))
        }
    }

    /// All of it, for the remote.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Why it looks mistyped, although its form is right.
    pub fn warning(&self) -> Option<String> {
        if self.birth_date_is_possible() {
            None
        } else {
            Some(format!(
                "digits 7 to 12 of the NIK ({}) are no birth date: is it mistyped?",
                &self.0[6..12]
            ))
        }
    }

    fn birth_date_is_possible(&self) -> bool {
        let part = |from: usize| self.0[from..from + 2].parse::<i8>().unwrap_or(0);
        let (day, month, year) = (part(6), part(8), i16::from(part(10)));
        let day = if day > 40 { day - 40 } else { day };
        // The century is not said: a leap day is possible when either century has it.
        [1900, 2000]
            .iter()
            .any(|century| Date::new(century + year, month, day).is_ok())
    }
}

impl fmt::Display for Nik {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "••••••••••••{}", &self.0[12..])
    }
}

/// An NPSN: 8 digits, or P or K and 7 digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Npsn(String);

impl Npsn {
    pub fn parse(raw: &str) -> Result<Self> {
        let npsn = raw.trim().to_ascii_uppercase();
        let digits = npsn.strip_prefix(['P', 'K']).unwrap_or(&npsn);
        if npsn.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(npsn))
        } else {
            Err(Error::usage(format!("«{}» is no NPSN", excerpt(&npsn, 20)))
                .hint("an NPSN is 8 digits, or P or K and 7 digits"))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Npsn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A NIK is not repeated, not even a wrong one.
fn bad_nik(nik: &str) -> String {
    let length = nik.chars().count();
    if nik.chars().all(|character| character.is_ascii_digit()) {
        format!("a NIK has 16 digits, this one has {length}")
    } else {
        "a NIK has 16 digits and nothing else".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nik_has_sixteen_digits_and_should_have_a_birth_date() {
        for (raw, warned) in [
            ("3404071708900001", false),
            (" 3404075708900001 ", false),
            ("3404072902000001", false),
            ("3404073002900001", true),
            ("3404070013900001", true),
            ("3404077208900001", true),
        ] {
            assert_eq!(
                Nik::parse(raw).unwrap().warning().is_some(),
                warned,
                "{raw}"
            );
        }
        for raw in [
            "",
            "340407170890000",
            "34040717089000012",
            "34040717089000O1",
        ] {
            assert!(Nik::parse(raw).is_err(), "{raw}");
        }
        let nik = Nik::parse("3404071708900001").unwrap();
        assert_eq!(nik.to_string(), "••••••••••••0001");
    }

    #[test]
    fn an_npsn_is_eight_digits_or_a_letter_and_seven() {
        for raw in ["20401234", "p1234567", "K1234567"] {
            assert_eq!(Npsn::parse(raw).unwrap().as_str(), raw.to_ascii_uppercase());
        }
        for raw in [
            "",
            "2040123",
            "204012345",
            "X1234567",
            "PK123456",
            "2040123４",
        ] {
            assert!(Npsn::parse(raw).is_err(), "{raw}");
        }
    }
}
