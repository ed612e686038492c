//! The portal's endpoints, as a client sees them; here is what its tests share.

use reqwest::{Client, RequestBuilder, Response};
use selaras::sim::portal::{
    API_KEY, DISTRICTS, NOTHING, ONE_STAFF, PASSWORD, Portal, SCHOOLS, STAFF, Setup, TOKEN,
    TOKEN_MARK, USERNAME,
};
use selaras::sim::world::{DapodikSide, World, WorldOptions};
use serde_json::{Value, json};

use super::client;

mod dirt;
mod faults;
mod shapes;

/// A client of a portal, signed in.
struct Visitor {
    portal: Portal,
    client: Client,
    token: String,
}

fn credentials() -> [(&'static str, &'static str); 2] {
    [("username", USERNAME), ("password", PASSWORD)]
}

fn sign_in(client: &Client, portal: &Portal) -> RequestBuilder {
    let request = client.post(portal.url() + TOKEN);
    form(request, &credentials()).header("X-API-KEY", API_KEY)
}

/// A request with a form as its body.
fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    request
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(body.extend_pairs(fields).finish())
}

/// The JSON of an answer, with or without a byte order mark.
async fn json_of(answer: Response) -> Value {
    let text = answer.text().await.unwrap();
    serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap()
}

impl Visitor {
    async fn of(setup: Setup) -> Self {
        let (portal, client) = (Portal::start(setup).unwrap(), client());
        let answer = sign_in(&client, &portal).send().await.unwrap();
        let answer = json_of(answer).await;
        let token = answer["access_token"].as_str().unwrap().to_owned();
        Self {
            portal,
            client,
            token,
        }
    }

    /// A request for what stands below the portal's address.
    fn request(&self, path: &str) -> RequestBuilder {
        let request = self.client.get(self.portal.url() + path);
        request
            .bearer_auth(&self.token)
            .header("X-API-KEY", API_KEY)
    }

    async fn status(&self, path: &str) -> u16 {
        self.request(path).send().await.unwrap().status().as_u16()
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.request(path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        json_of(answer).await
    }

    async fn rows(&self, path: &str) -> Vec<Value> {
        self.json(path).await.as_array().unwrap().clone()
    }

    /// The first page of a kecamatan's schools.
    async fn schools(&self, district: usize) -> Vec<Value> {
        self.rows(&self.schools_path(district, 1, 100)).await
    }

    fn schools_path(&self, district: usize, page: usize, per_page: usize) -> String {
        let code = &self.portal.kecamatan()[district].code;
        format!("{SCHOOLS}?page={page}&per_page={per_page}&kode_kecamatan={code}")
    }

    async fn staff(&self, npsn: &str) -> Vec<Value> {
        self.rows(&format!("{STAFF}?npsn={npsn}")).await
    }
}

/// Two kecamatan with ten schools each: every rule of the dirt has its place.
fn small() -> Setup {
    let mut setup = Setup {
        schools: 10,
        ..Setup::default()
    };
    setup.kecamatan.truncate(2);
    setup
}

fn nothing() -> Value {
    json!([{ "keterangan": NOTHING }])
}

#[tokio::test]
async fn a_token_is_given_for_the_right_form_and_key_alone() {
    let portal = Portal::start(small()).unwrap();
    let client = client();
    let post = || client.post(portal.url() + TOKEN);
    let wrong = [
        form(post(), &credentials()),
        form(post(), &credentials()).header("X-API-KEY", "invented"),
        form(post(), &[("username", USERNAME), ("password", "wrong")]).header("X-API-KEY", API_KEY),
        form(post(), &[("username", USERNAME)]).header("X-API-KEY", API_KEY),
        post()
            .json(&json!({ "username": USERNAME, "password": PASSWORD }))
            .header("X-API-KEY", API_KEY),
    ];
    for request in wrong {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert!(json_of(answer).await["message"].is_string());
    }
    assert_eq!(portal.tokens_issued(), 0);
    let answer = sign_in(&client, &portal).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let answer = json_of(answer).await;
    assert!(
        answer["access_token"]
            .as_str()
            .unwrap()
            .starts_with(TOKEN_MARK)
    );
    assert_eq!(answer["token_type"], "Bearer");
    let end = answer["expired_date"].as_str().unwrap();
    assert!(end.parse::<jiff::Timestamp>().is_ok(), "{end}");
    assert_eq!(portal.tokens_issued(), 1);
}

#[tokio::test]
async fn all_but_the_token_needs_a_token_and_the_key() {
    let visitor = Visitor::of(small()).await;
    for path in [DISTRICTS, SCHOOLS, STAFF, ONE_STAFF] {
        let get = || visitor.client.get(visitor.portal.url() + path);
        let wrong = [
            get(),
            get().bearer_auth(&visitor.token),
            get().header("X-API-KEY", API_KEY),
            get().bearer_auth("invented").header("X-API-KEY", API_KEY),
            get().bearer_auth(&visitor.token).header("X-API-KEY", "x"),
        ];
        for request in wrong {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 401, "{path}");
            assert!(json_of(answer).await["message"].is_string());
        }
        assert_eq!(visitor.status(path).await, 200, "{path}");
    }
    assert_eq!(visitor.status("/api/sekolah").await, 404);
}

#[tokio::test]
async fn districts_have_their_codes_and_names_padded_in_places() {
    let visitor = Visitor::of(Setup::default()).await;
    let rows = visitor.rows(DISTRICTS).await;
    assert_eq!(rows.len(), 17);
    assert_eq!(
        rows[0],
        json!({
            "kode_kecamatan": "34.04.01   ", "kecamatan": "Gamping   ",
            "kode_kabupaten": "34.04   ", "kabupaten": "Sleman",
            "kode_provinsi": "34   ", "provinsi": "DI Yogyakarta   ",
        })
    );
    assert_eq!(rows[1]["kode_kecamatan"], "34.04.02");
}

#[tokio::test]
async fn one_staff_is_the_record_of_the_list() {
    let visitor = Visitor::of(small()).await;
    let (npsn, nik) = (visitor.portal.npsn(1, 4), visitor.portal.nik(1, 4, 3));
    let listed = visitor.staff(&npsn).await[3].clone();
    assert_eq!(listed["nik"].as_str().unwrap().trim(), nik);
    let ask = |nik: &str, npsn: &str| format!("{ONE_STAFF}?nik={nik}&npsn={npsn}");
    assert_eq!(visitor.json(&ask(&nik, &npsn)).await, json!([listed]));
    let elsewhere = visitor.portal.npsn(1, 5);
    for path in [
        ask(&nik, &elsewhere),
        ask("3404010101010000", &npsn),
        ask("", &npsn),
        ask(&nik, "20499999"),
        format!("{ONE_STAFF}?nik={nik}"),
    ] {
        assert_eq!(visitor.json(&path).await, nothing(), "{path}");
    }
}

#[tokio::test]
async fn what_is_outside_of_the_area_is_answered_with_keterangan() {
    let visitor = Visitor::of(small()).await;
    for path in [
        format!("{SCHOOLS}?page=1&per_page=100&kode_kecamatan=34.04.17"),
        format!("{SCHOOLS}?page=1&per_page=100"),
        visitor.schools_path(0, 2, 100),
        format!("{STAFF}?npsn=20400000"),
        format!("{STAFF}?npsn=none"),
        STAFF.to_owned(),
    ] {
        assert_eq!(visitor.json(&path).await, nothing(), "{path}");
    }
}

#[tokio::test]
async fn the_most_requests_at_once_are_told() {
    let visitor = Visitor::of(Setup {
        latency: std::time::Duration::from_millis(200),
        ..small()
    })
    .await;
    assert_eq!(visitor.portal.peak_concurrency(), 1);
    let requests = (0..7).map(|_| visitor.status(DISTRICTS));
    futures_util::future::join_all(requests).await;
    assert_eq!(visitor.portal.peak_concurrency(), 7);
}

#[tokio::test]
async fn a_world_has_the_portal_where_it_is_asked_for() {
    for (large, districts, schools) in [(false, 17, 17 * 45), (true, 78, 5_000)] {
        let folder = tempfile::tempdir().unwrap();
        let options = WorldOptions {
            dapodik: DapodikSide::Portal {
                latency: std::time::Duration::ZERO,
            },
            large,
            ..WorldOptions::default()
        };
        let world = World::start(folder.path(), &options).await.unwrap();
        let portal = world.portal().unwrap();
        assert_eq!(portal.kecamatan().len(), districts);
        assert_eq!(portal.schools().len(), schools);
        let config = std::fs::read_to_string(world.config()).unwrap();
        assert!(config.contains(&portal.url()), "{config}");
        let answer = sign_in(&client(), portal).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let folder = tempfile::tempdir().unwrap();
    let usual = World::start(folder.path(), &WorldOptions::default()).await;
    assert!(usual.unwrap().portal().is_none());
}
