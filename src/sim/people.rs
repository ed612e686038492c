//! Invented people, the same ones every time: what the simulated locations list.
//!
//! Names are put together from two lists and belong to no real person. Knows no server and no database.

/// Whether a person may still log in, as `status_user` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Active,
    Inactive,
}

/// A user as a branch server lists it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Person {
    /// The server's own number for it.
    pub id_user: u64,
    /// Such as `dev_vendor1@dkm`.
    pub email: String,
    pub name: String,
    pub role: String,
    pub company: String,
    pub location: String,
    /// `None` where the row does not say.
    pub status: Option<Status>,
    /// Such as `2023-05-13T05:10:19.000000Z`.
    pub created_at: String,
}

/// The user that every location has.
pub const EVERYWHERE: &str = "vendor1@dkm";

const ROLES: [&str; 5] = ["vendor", "petugas", "pengawas", "operator", "admin"];
const GIVEN: &str = "Arunika Bagaskara Candrika Danurdara Ekawira Gandaria Hestiwi Indratma Jayeng \
    Kinanthi Laras Maheswari Nawasena Padmarini Rinjani Tirtayasa";
const FAMILY: &str = "Wirasena Pusparaga Adisurya Kertarasa Nirmalaya Suryandaru Tejakencana Wulandiva \
    Mandaraga Banyubiru Jatiwangi";
const COMPANIES: [&str; 4] = [
    "PT Contoh Sejahtera",
    "CV Umpama Jaya",
    "PT Misal Nusantara",
    "Koperasi Andaikata",
];
const CITIES: [&str; 5] = ["SURABAYA", "SLEMAN", "SEMARANG", "MALANG", "BANTUL"];

/// `number` people whose e-mails begin with `prefix`: `dev_vendor1@dkm`, `dev_petugas1@dkm`, …,
/// `dev_vendor2@dkm`. All are active; a longer list begins with the shorter one.
pub fn named(prefix: &str, number: usize) -> Vec<Person> {
    (0..number)
        .map(|index| {
            let role = ROLES[index % ROLES.len()];
            let email = format!("{prefix}_{role}{}@dkm", index / ROLES.len() + 1);
            person(index as u64 + 2, &email, role)
        })
        .collect()
}

/// What Dev lists: exactly 25, one of them [`EVERYWHERE`].
pub fn dev() -> Vec<Person> {
    with_vendor(named("dev", 24))
}

/// What Test lists: exactly 13, the first 10 of [`test_local`] and 3 that it lacks, one of them
/// [`EVERYWHERE`].
pub fn test() -> Vec<Person> {
    with_vendor(named("test", TEST_KEPT + TEST_NEW - 1))
}

/// The e-mails of Test in the database: exactly 12, the last 2 gone from the server.
pub fn test_local() -> Vec<String> {
    named("test", TEST_KEPT)
        .into_iter()
        .chain(named("test_lama", TEST_GONE))
        .map(|person| person.email)
        .collect()
}

/// What Prod lists: exactly 800, one of them [`EVERYWHERE`].
pub fn prod() -> Vec<Person> {
    with_vendor(named("prod", 799))
}

const TEST_KEPT: usize = 10;
const TEST_NEW: usize = 3;
const TEST_GONE: usize = 2;

fn with_vendor(mut people: Vec<Person>) -> Vec<Person> {
    people.insert(0, person(1, EVERYWHERE, "vendor"));
    people
}

/// The person with this number; everything about it follows from number and e-mail.
fn person(id_user: u64, email: &str, role: &str) -> Person {
    let seed = mixed(id_user, email);
    let pick = |from: &[&str], shift: u32| {
        let index = (seed >> shift) % from.len() as u64;
        from.get(usize::try_from(index).unwrap_or_default())
            .copied()
            .unwrap_or_default()
            .to_owned()
    };
    Person {
        id_user,
        email: email.to_owned(),
        name: name(seed),
        role: role.to_owned(),
        company: pick(&COMPANIES, 16),
        location: pick(&CITIES, 24),
        status: Some(Status::Active),
        created_at: format!(
            "202{}-{:02}-{:02}T{:02}:{:02}:{:02}.000000Z",
            (seed >> 32) % 6,
            (seed >> 35) % 12 + 1,
            (seed >> 39) % 28 + 1,
            (seed >> 44) % 24,
            (seed >> 49) % 60,
            (seed >> 55) % 60,
        ),
    }
}

/// An invented name, chosen by `seed`.
pub(super) fn name(seed: u64) -> String {
    let pick = |from: &'static str, shift: u32| {
        let number = from.split_whitespace().count() as u64;
        let index = usize::try_from((seed >> shift) % number).unwrap_or_default();
        from.split_whitespace().nth(index).unwrap_or_default()
    };
    format!("{} {}", pick(GIVEN, 0), pick(FAMILY, 8))
}

/// A fixed hash (FNV-1a): the standard one may change between compilers, and the names with it.
pub(super) fn mixed(number: u64, text: &str) -> u64 {
    number
        .to_le_bytes()
        .iter()
        .chain(text.as_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn emails(people: &[Person]) -> BTreeSet<String> {
        people.iter().map(|person| person.email.clone()).collect()
    }

    #[test]
    fn every_location_has_its_number_of_people_and_the_vendor() {
        for (people, number) in [(dev(), 25), (test(), 13), (prod(), 800)] {
            assert_eq!(people.len(), number);
            let emails = emails(&people);
            assert_eq!((emails.len(), emails.contains(EVERYWHERE)), (number, true));
            let ids: BTreeSet<u64> = people.iter().map(|person| person.id_user).collect();
            assert_eq!(ids.len(), number);
        }
    }

    #[test]
    fn test_has_ten_unchanged_three_new_and_two_gone() {
        let remote = emails(&test());
        let local: BTreeSet<String> = test_local().into_iter().collect();
        assert_eq!(remote.intersection(&local).count(), 10);
        assert_eq!(remote.difference(&local).count(), 3);
        assert_eq!(local.difference(&remote).count(), 2);
        assert!(!local.contains(EVERYWHERE));
    }

    #[test]
    fn people_are_the_same_every_time() {
        let people = named("dev", 30);
        assert_eq!(people[..7], named("dev", 7));
        assert_eq!(people[0].email, "dev_vendor1@dkm");
    }
}
