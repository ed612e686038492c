//! From a request to a plan of our own work: what the portal would be asked, how the database is,
//! what keeps a sync from starting. Only looks.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::config;
use crate::dapodik::metadata::Metadata;
use crate::dapodik::model::{Plan, PortalPlan, Request, Resume, Scope};
use crate::dapodik::portal::Portal;
use crate::dapodik::region::{Kecamatan, KecamatanCode, choose, each_once, sorted};
use crate::dapodik::tables::{Look, Region, Tables};
use crate::dapodik::{Dapodik, portal};
use crate::engine::{Job, Seal as _};
use crate::error::{Error, Result};
use crate::text::excerpt;

/// How many rows a page of schools has.
const PAGE: u64 = 100;
/// After what a run said last its rows may still have been written, in seconds.
const STILL_OURS: i64 = 60;

pub(in crate::dapodik) async fn plan(
    dapodik: &Dapodik,
    settings: &config::Portal,
    request: Request,
    job: &Job,
) -> Result<Plan> {
    let Some(url) = &dapodik.database else {
        return Err(Error::bug("our own work has no database"));
    };
    let portal = dapodik.portal(settings)?;
    job.stage(format!("look at {}", url.target_name()));
    let looking = Tables::look(url, dapodik.config.statement_timeout);
    let look = job.or_cancel("the plan", looking).await??;
    job.stage(format!("ask {}", dapodik.server()));
    portal.sign_in(job).await?;
    let mut made = Draft {
        notes: look.remarks.clone(),
        look,
        portal: &portal,
        job,
    };
    let resume = request.resume.clone();
    if let Some(resume) = &resume {
        fits(resume, &request.scope, &made.look)?;
    }
    let (scope, kecamatan) = made.scope(dapodik, request.scope).await?;
    let chosen = match &scope {
        Scope::Kecamatan { .. } => Some(kecamatan.clone()),
        _ => None,
    };
    let (districts, new_regions) = match &scope {
        Scope::Global | Scope::AllSekolah | Scope::Kecamatan { .. } => {
            made.districts(&scope, chosen).await?
        }
        Scope::AllPtk | Scope::Ptk { .. } => (Vec::new(), Vec::new()),
    };
    let person = match &scope {
        Scope::Ptk { nik, npsn } => {
            made.notes.extend(nik.warning());
            let found = portal
                .one_staff(nik, npsn, job)
                .await
                .map_err(Error::from)?;
            Some(super::one::person(found, nik, npsn)?)
        }
        _ => None,
    };
    let sample = if request.sample {
        super::sample::take(&portal, url, &districts, &made.look, job).await?
    } else {
        None
    };
    let metadata = Metadata::of(made.look.metadata.clone());
    let repairs = request
        .died
        .filter(|died| metadata.is_running() && died.database.as_ref() == Some(&url.target_name()))
        .filter(|died| is_left_by(died.last, &made.look))
        .map(|died| died.run);
    let requests = made.requests(&scope, &districts, resume.as_deref());
    let Draft { look, notes, .. } = made;
    Plan {
        engine: "dapodik".into(),
        id: Uuid::now_v7(),
        hash: String::new(),
        server: dapodik.server(),
        database: dapodik.database(),
        scope,
        kecamatan,
        when_running: request.when_running,
        metadata,
        notes,
        emptied: None,
        portal: Some(Box::new(PortalPlan {
            look,
            districts,
            new_regions,
            requests,
            at_once: settings.concurrency,
            repairs,
            resume,
            person,
            sample,
        })),
    }
    .sealed()
}

/// How long a list to choose from is waited for: the file has one too.
const LIST: Duration = Duration::from_secs(10);

/// The portal's own list of kecamatan.
pub(in crate::dapodik) async fn list(
    dapodik: &Dapodik,
    settings: &config::Portal,
) -> Result<Vec<Kecamatan>> {
    let portal = dapodik.portal(settings)?;
    let job = Job::silent();
    let listed = tokio::time::timeout(LIST, portal.districts(&job)).await;
    let listed = listed
        .map_err(|_| Error::remote(format!("{} does not answer within 10 s", dapodik.server())))?;
    let listed = listed.map_err(Error::from)?;
    Ok(sorted(listed.iter().map(kecamatan).collect()))
}

fn kecamatan(district: &portal::District) -> Kecamatan {
    Kecamatan {
        code: district.code.clone(),
        name: district.name.trim().to_owned(),
        kabupaten: district.kabupaten.trim().to_owned(),
    }
}

/// Whether nobody has written since that run said its last word: RUNNING is then its own.
fn is_left_by(last: Timestamp, look: &Look) -> bool {
    let newest = look.districts.iter().filter_map(|one| one.newest).max();
    newest.is_none_or(|newest| newest <= last.as_second() + STILL_OURS)
}

/// Refuses to continue in another database, or with another scope.
fn fits(resume: &Resume, scope: &Scope, look: &Look) -> Result<()> {
    if *scope != Scope::Global {
        return Err(Error::usage("only a global sync can be continued"));
    }
    match &resume.database {
        Some(database) if *database != look.database => Err(Error::stale(format!(
            "run {} wrote to {database}, configured is {}",
            crate::text::short_id(resume.run),
            look.database
        ))
        .hint("nothing was started; a new global sync fetches everything")),
        _ => Ok(()),
    }
}

/// What becomes a plan.
struct Draft<'a> {
    look: Look,
    notes: Vec<String>,
    portal: &'a Portal,
    job: &'a Job,
}

impl Draft<'_> {
    /// The scope with each code once, and the kecamatan it names.
    async fn scope(&mut self, dapodik: &Dapodik, scope: Scope) -> Result<(Scope, Vec<Kecamatan>)> {
        let Scope::Kecamatan { codes } = scope else {
            return Ok((scope, Vec::new()));
        };
        if codes.is_empty() {
            return Err(Error::usage("no kecamatan is chosen").hint(
                "name their codes, such as 34.04.07; `selaras dapodik kecamatan --list` shows them",
            ));
        }
        let codes = each_once(codes);
        let regions = self.job.or_cancel("the plan", dapodik.regions()).await??;
        self.notes.extend(regions.note.clone());
        let kecamatan = choose(&regions, &codes, &mut self.notes)?;
        Ok((Scope::Kecamatan { codes }, kecamatan))
    }

    /// The kecamatan to ask for, and those that `ref_wilayah` lacks. Global: what the portal lists,
    /// and what the database has besides, as E-Alumni walks all of `ref_wilayah`.
    async fn districts(
        &mut self,
        scope: &Scope,
        chosen: Option<Vec<Kecamatan>>,
    ) -> Result<(Vec<Kecamatan>, Vec<Region>)> {
        let known: Vec<Kecamatan> = self.known();
        let has = |code: &KecamatanCode| known.iter().any(|one| one.code == *code);
        if *scope == Scope::AllSekolah && !known.is_empty() {
            return Ok((known, Vec::new()));
        }
        let listed = match self.portal.districts(self.job).await {
            Ok(listed) => listed,
            // What the database knows can be asked for without a list.
            Err(portal::Failed::Request { error, .. }) if !known.is_empty() => {
                let why = format!(
                    "the portal's list of kecamatan cannot be read, ref_wilayah is taken: {}",
                    error.chain()
                );
                self.notes.push(why);
                Vec::new()
            }
            Err(failed) => return Err(failed.into()),
        };
        let wanted = |code: &KecamatanCode| match &chosen {
            Some(chosen) => chosen.iter().any(|one| one.code == *code),
            None => true,
        };
        let new: Vec<Region> = (listed.iter())
            .filter(|one| !has(&one.code) && wanted(&one.code))
            .map(region)
            .collect();
        let districts = if let Some(chosen) = &chosen {
            chosen.clone()
        } else {
            let listed = listed.iter().map(kecamatan);
            sorted(known.iter().cloned().chain(listed).collect())
        };
        if let Some(chosen) = &chosen {
            self.note_unknown(chosen, &listed);
        }
        if districts.is_empty() {
            return Err(
                Error::remote("the portal lists no kecamatan, and ref_wilayah has none")
                    .hint("nothing was started; may this account see any? its operators know"),
            );
        }
        Ok((districts, new))
    }

    /// Chosen codes that neither the portal nor the database lists: their schools have no region.
    fn note_unknown(&mut self, chosen: &[Kecamatan], listed: &[portal::District]) {
        let known = self.known();
        for one in chosen {
            let there = known.iter().any(|known| known.code == one.code)
                || listed.iter().any(|listed| listed.code == one.code);
            if !there {
                let note = format!(
                    "neither the portal nor ref_wilayah has {}: its schools would be stored \
                     without a kecamatan",
                    excerpt(one.code.as_str(), 20)
                );
                if !self.notes.contains(&note) {
                    self.notes.push(note);
                }
            }
        }
    }

    /// What `ref_wilayah` has.
    fn known(&self) -> Vec<Kecamatan> {
        let rows = self.look.districts.iter();
        let known = rows.filter_map(|one| {
            Some(Kecamatan {
                code: KecamatanCode::parse(&one.kode_kecamatan).ok()?,
                name: one.kecamatan.trim().to_owned(),
                kabupaten: one.kabupaten.trim().to_owned(),
            })
        });
        sorted(known.collect())
    }

    /// About how many requests it takes, by what the database has; `None` where it has nothing yet.
    fn requests(
        &self,
        scope: &Scope,
        districts: &[Kecamatan],
        resume: Option<&Resume>,
    ) -> Option<u64> {
        if let Scope::Ptk { .. } = scope {
            return Some(1);
        }
        let schools_of = |code: &KecamatanCode| {
            let mut found = self.look.districts.iter();
            let found = found.find(|one| one.kode_kecamatan.trim() == code.as_str());
            found.map_or(0, |one| one.sekolah)
        };
        let schools: u64 = match scope {
            Scope::AllPtk => self.look.totals.sekolah,
            _ => districts.iter().map(|one| schools_of(&one.code)).sum(),
        };
        if schools == 0 {
            return None;
        }
        let pages: u64 = (districts.iter())
            .map(|one| schools_of(&one.code).div_ceil(PAGE).max(1))
            .sum();
        let done = resume.map_or(0, |resume| resume.done.len() as u64);
        let staff = match scope {
            Scope::AllSekolah => 0,
            _ => schools.saturating_sub(done),
        };
        Some(pages + staff)
    }
}

fn region(district: &portal::District) -> Region {
    Region {
        kode_kecamatan: district.code.to_string(),
        kecamatan: district.name.trim().to_owned(),
        kode_kabupaten: district.kode_kabupaten.trim().to_owned(),
        kabupaten: district.kabupaten.trim().to_owned(),
        kode_provinsi: district.kode_provinsi.trim().to_owned(),
        provinsi: district.provinsi.trim().to_owned(),
    }
}
