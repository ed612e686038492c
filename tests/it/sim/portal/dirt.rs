//! Every rule of the dirt holds at its place, and the figures for a sync follow from all of them.

use selaras::sim::portal::{
    Expected, ListState, Place, Portal, SchoolDirt, Setup, StaffDirt, expected,
};
use serde_json::{Value, json};

use super::{Visitor, nothing, small};

/// The rows of the school that a rule is for, in its kecamatan's list.
async fn school(visitor: &Visitor, dirt: SchoolDirt) -> Vec<Value> {
    let npsn = visitor.portal.dirty_school(dirt);
    let mut rows = visitor.schools(dirt.place().district).await;
    rows.retain(|row| row["npsn"].as_str().unwrap().trim() == npsn);
    rows
}

/// The row of the PTK that a rule is for, in its school's list.
async fn staff(visitor: &Visitor, dirt: StaffDirt) -> Value {
    let (Place { district, number }, serial) = dirt.place();
    let npsn = visitor.portal.npsn(district, number);
    visitor.staff(&npsn).await[serial].clone()
}

#[tokio::test]
async fn each_rule_of_a_school_holds_at_its_place() {
    let visitor = Visitor::of(small()).await;
    let long = |text: &str| text.chars().count() > 100;
    for dirt in SchoolDirt::all() {
        let rows = school(&visitor, dirt).await;
        let row = &rows[0];
        let name = row["nama"].as_str().unwrap_or_default();
        let date = &row["tanggal_sk_pendirian"];
        let holds = match dirt {
            SchoolDirt::LowerCaseName => name == name.to_lowercase(),
            SchoolDirt::LongName => long(name),
            SchoolDirt::EmptyName => row["nama"] == "",
            SchoolDirt::NullName => row["nama"].is_null(),
            SchoolDirt::NoUuid => row["sekolah_id"] == "bukan-uuid",
            SchoolDirt::UnknownDistrict => row["kode_kecamatan"] == "34.99.99",
            SchoolDirt::EmptyDistrict => row["kode_kecamatan"] == "",
            SchoolDirt::OnlyKeterangan | SchoolDirt::NoStaff => true,
            SchoolDirt::ListedTwice => rows.len() == 2,
            SchoolDirt::NulByte => row["alamat_jalan"].as_str().unwrap().contains('\0'),
            SchoolDirt::EmptyDate => date == "",
            SchoolDirt::ZeroDate => date == "0000-00-00",
            SchoolDirt::ImpossibleDate => date == "2023-02-30",
            SchoolDirt::TimedDate => date == "1975-07-01 00:00:00",
            SchoolDirt::CapitalEmail => row["email"] == "Sekolah.Contoh@Sleman.Example",
        };
        assert!(holds, "{dirt:?}: {row}");
        let staff = visitor.staff(&visitor.portal.dirty_school(dirt)).await;
        match dirt {
            SchoolDirt::NoStaff => assert_eq!(staff, [] as [Value; 0]),
            SchoolDirt::OnlyKeterangan | SchoolDirt::EmptyName | SchoolDirt::NullName => {
                assert_eq!(json!(staff), nothing(), "{dirt:?}");
            }
            _ => assert!(staff.len() >= 12, "{dirt:?}"),
        }
    }
}

#[tokio::test]
async fn each_rule_of_a_ptk_holds_at_its_place() {
    let visitor = Visitor::of(small()).await;
    for dirt in StaffDirt::all() {
        let row = staff(&visitor, dirt).await;
        let (birth, years) = (&row["tanggal_lahir"], &row["masa_kerja_thn"]);
        let length = |key: &str| row[key].as_str().map(|text| text.chars().count());
        let holds = match dirt {
            StaffDirt::ShortNik => length("nik") == Some(8),
            StaffDirt::NullNik => row["nik"].is_null(),
            StaffDirt::EmptyName => row["nama"] == "",
            StaffDirt::NullName => row["nama"].is_null(),
            StaffDirt::BlankName => row["nama"] == "   ",
            StaffDirt::EmptyDate => birth == "",
            StaffDirt::ZeroDate => birth == "0000-00-00",
            StaffDirt::ImpossibleDate => birth == "2023-02-30",
            StaffDirt::TimedDate => birth == "1975-07-01 00:00:00",
            StaffDirt::PaddedYears => years == " 7 ",
            StaffDirt::TextYears => years == "12",
            StaffDirt::NumberYears => *years == json!(9),
            StaffDirt::WordYears => years == "abc",
            StaffDirt::MissingYears => row.get("masa_kerja_thn").is_none(),
            StaffDirt::LongNuptk => length("nuptk") > Some(16),
            StaffDirt::LongNip => length("nip") > Some(18),
            StaffDirt::LongPhone => length("no_hp") > Some(20),
            StaffDirt::NulByte => row["tempat_lahir"].as_str().unwrap().contains('\0'),
            StaffDirt::Emoji => length("jabatan_ptk") > Some(50),
            StaffDirt::CapitalEmail => row["email"] == "Guru.Contoh@Sleman.Example",
            StaffDirt::ListedTwice
            | StaffDirt::AlsoInAnotherDistrict
            | StaffDirt::AlsoInSameDistrict
            | StaffDirt::AlsoBefore => row["ptk_induk"] == "Ya",
        };
        assert!(holds, "{dirt:?}: {row}");
    }
}

/// The rows that a school has of the PTK of a rule.
async fn rows_of(visitor: &Visitor, place: Place, dirt: StaffDirt) -> Vec<Value> {
    let nik = visitor.portal.dirty_staff(dirt);
    let npsn = visitor.portal.npsn(place.district, place.number);
    let mut rows = visitor.staff(&npsn).await;
    rows.retain(|row| row["nik"].as_str().is_some_and(|found| found.trim() == nik));
    rows
}

#[tokio::test]
async fn a_double_differs_in_its_phone_number_and_a_guest_in_its_post() {
    let visitor = Visitor::of(small()).await;
    let twice = StaffDirt::ListedTwice;
    let rows = rows_of(&visitor, twice.place().0, twice).await;
    assert_eq!(rows.len(), 2);
    assert_ne!(rows[0]["no_hp"], rows[1]["no_hp"]);
    assert_eq!(rows[1]["no_hp"], "081299990000");

    let guests = [
        (StaffDirt::AlsoInAnotherDistrict, false),
        (StaffDirt::AlsoInSameDistrict, false),
        (StaffDirt::AlsoBefore, true),
    ];
    for (dirt, is_before) in guests {
        let (home, other) = (dirt.place().0, dirt.also_at().unwrap());
        assert_eq!(other < home, is_before, "{dirt:?}");
        let at_home = rows_of(&visitor, home, dirt).await;
        let there = rows_of(&visitor, other, dirt).await;
        assert_eq!((at_home.len(), there.len()), (1, 1), "{dirt:?}");
        assert_ne!(at_home[0]["tmt_tugas"], there[0]["tmt_tugas"]);
        assert_eq!(at_home[0]["nama"], there[0]["nama"]);
    }
}

/// What every rule together makes of a portal with two kecamatan, ten schools and twelve PTK each.
fn of_small() -> Expected {
    Expected {
        districts: 2,
        schools: 2 * 10 - 2,
        // Sixteen schools list theirs; two rows have no NIK to go by, three no name.
        staff: 16 * 12 - 5,
        at_two_schools: 3,
        doubled_schools: 1,
        doubled_staff: 1,
        nameless_schools: 2,
        nameless_staff: 3,
        short_nik: 1,
        missing_nik: 1,
        shortened: 3,
        cut: 2,
        nul_bytes: 2,
        empty_values: 2,
        zero_dates: 2,
        impossible_dates: 2,
        no_numbers: 1,
        no_uuids: 1,
        unknown_districts: 1,
        empty_districts: 1,
        without_staff: 2,
    }
}

#[test]
fn the_figures_of_a_small_dirty_portal_are_these() {
    let found = expected(&small());
    assert_eq!(found, of_small());
    assert_eq!((found.skipped(), found.impossible()), (7, 6));
}

#[test]
fn a_larger_portal_has_the_same_dirt_and_a_clean_one_none() {
    let clean = |setup: Setup| Setup {
        dirt: false,
        ..setup
    };
    let table = [
        (Setup::default(), (17, 17 * 45)),
        (Setup::large(), (78, 5_000)),
    ];
    for (setup, (districts, schools)) in table {
        let dirty = Expected {
            districts,
            schools: schools - 2,
            staff: (schools - 4) * 12 - 5,
            ..of_small()
        };
        assert_eq!(expected(&setup), dirty);
        let spotless = Expected {
            districts,
            schools,
            staff: schools * 12,
            ..Expected::default()
        };
        assert_eq!(expected(&clean(setup)), spotless);
    }
}

#[tokio::test]
async fn what_changes_between_two_syncs_changes_the_figures() {
    let visitor = Visitor::of(small()).await;
    let Visitor { portal, .. } = &visitor;
    assert_eq!(portal.expected(), of_small());
    let (npsn, other) = (portal.npsn(1, 7), portal.npsn(1, 8));
    let nik = portal.nik(1, 8, 2);

    portal.drop_school(&npsn);
    assert_eq!(json!(visitor.staff(&npsn).await), nothing());
    portal.drop_staff(&nik);
    assert_eq!(visitor.staff(&other).await.len(), 11);
    let fewer = Expected {
        schools: 17,
        staff: 16 * 12 - 5 - 13,
        ..of_small()
    };
    assert_eq!(portal.expected(), fewer);
    portal.restore(&npsn);
    portal.restore(&nik);
    assert_eq!(portal.expected(), of_small());

    portal.rename_school(&npsn, "SD BARU");
    portal.rename_staff(&nik, "Nama Baru");
    assert_eq!(visitor.schools(1).await[7]["nama"], "SD BARU");
    assert_eq!(visitor.staff(&other).await[2]["nama"], "Nama Baru");

    portal.move_staff(&nik, &npsn);
    assert_eq!(visitor.staff(&other).await.len(), 11);
    let there = visitor.staff(&npsn).await;
    assert_eq!((there.len(), &there[12]["nama"]), (13, &json!("Nama Baru")));
    assert_eq!(there[12]["npsn"], npsn);
    assert_eq!(portal.expected(), of_small());
}

#[tokio::test]
async fn a_list_may_be_answered_differently() {
    let visitor = Visitor::of(small()).await;
    let portal = &visitor.portal;
    let npsn = portal.npsn(1, 7);
    let code = portal.kecamatan()[0].code.clone();
    let staff = format!("/ptk?npsn={npsn}");
    let schools = visitor.schools_path(0, 1, 100);
    let set = |state| {
        portal.set_staff(&npsn, state);
        portal.set_schools(&code, state);
    };
    for path in [&staff, &schools] {
        set(ListState::Empty);
        assert_eq!(visitor.json(path).await, json!([]));
        set(ListState::Keterangan);
        assert_eq!(visitor.json(path).await, nothing());
        set(ListState::Fails(403));
        assert_eq!(visitor.status(path).await, 403);
        set(ListState::Html);
        let answer = visitor.request(path).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    }
    // Another school and another kecamatan are as they were.
    assert_eq!(visitor.staff(&portal.npsn(1, 6)).await.len(), 12);
    assert_eq!(visitor.schools(1).await.len(), 11);
    set(ListState::Usual);
    assert_eq!(portal.expected(), of_small());
    portal.set_staff(&npsn, ListState::Keterangan);
    let found = portal.expected();
    assert_eq!(found.without_staff, 3);
    assert_eq!(found.staff, of_small().staff - 12);
}

#[tokio::test]
async fn a_smaller_portal_has_the_dirt_that_fits() {
    let mut setup = Setup {
        schools: 2,
        ptk: 1,
        ..Setup::default()
    };
    setup.kecamatan.truncate(1);
    let portal = Portal::start(setup).unwrap();
    let found = Expected {
        districts: 1,
        schools: 2,
        staff: 2,
        doubled_staff: 1,
        ..Expected::default()
    };
    assert_eq!(portal.expected(), found);
}
