//! The shapes a branch server may answer in; each enum knows all of its cases by `ALL`.

use serde_json::{Value, json};

/// Where the answer to a login carries the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenPlace {
    /// `access_token`.
    AccessToken,
    /// `token`.
    Token,
    /// `object.access_token`.
    ObjectAccessToken,
    /// `object.token`.
    ObjectToken,
    /// `data.access_token`.
    DataAccessToken,
    /// `data.token`.
    DataToken,
    /// There is none, though the login is said to have succeeded.
    Nowhere,
}

impl TokenPlace {
    /// Every place, the documented order.
    pub const ALL: [Self; 7] = [
        Self::AccessToken,
        Self::Token,
        Self::ObjectAccessToken,
        Self::ObjectToken,
        Self::DataAccessToken,
        Self::DataToken,
        Self::Nowhere,
    ];

    /// The answer to a login.
    pub(super) fn answer(self, token: &str) -> Value {
        match self {
            Self::AccessToken => {
                json!({ "access_token": token, "token_type": "bearer", "expires_in": 3600 })
            }
            Self::Token => json!({ "status": "success", "token": token }),
            Self::ObjectAccessToken => {
                json!({ "object": { "access_token": token }, "status": "success" })
            }
            Self::ObjectToken => json!({ "object": { "token": token }, "status": "success" }),
            Self::DataAccessToken => {
                json!({ "data": { "access_token": token }, "status": "success" })
            }
            Self::DataToken => json!({ "data": { "token": token }, "status": "success" }),
            Self::Nowhere => json!({ "status": "success", "user": { "id_user": 1 } }),
        }
    }
}

/// How wrong credentials are refused, always with 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// `{"status":"error","message":"These credentials do not match our records."}`.
    Message,
    /// `{"error":"Unauthorized"}`.
    Error,
}

impl Refusal {
    /// Every refusal.
    pub const ALL: [Self; 2] = [Self::Message, Self::Error];

    pub(super) fn answer(self) -> Value {
        match self {
            Self::Message => {
                let message = "These credentials do not match our records.";
                json!({ "status": "error", "message": message })
            }
            Self::Error => json!({ "error": "Unauthorized" }),
        }
    }
}

/// In which shape users are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListShape {
    /// `{"object":[…],"total","page","limit","status"}`, the documented one.
    Object,
    /// The same under `data`.
    Data,
    /// The same under `users`.
    Users,
    /// Laravel's paginator: `data`, `current_page`, `last_page`, `per_page`, `total`.
    Paginator,
    /// Laravel's paginator with its figures under `meta`.
    PaginatorMeta,
    /// `[…]` and nothing else.
    Bare,
}

impl ListShape {
    /// Every shape.
    pub const ALL: [Self; 6] = [
        Self::Object,
        Self::Data,
        Self::Users,
        Self::Paginator,
        Self::PaginatorMeta,
        Self::Bare,
    ];
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Numbers {
    /// `36`.
    Plain,
    /// `"36"`.
    Text,
}

impl Numbers {
    /// Both ways.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Text];

    pub(super) fn write(self, number: u64) -> Value {
        match self {
            Self::Plain => number.into(),
            Self::Text => number.to_string().into(),
        }
    }
}

/// What is said of the listing's end, where the shape has a place for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Totals {
    /// `total`, and the paginators' `last_page`.
    Sent,
    /// The paginators' `last_page` alone; elsewhere nothing.
    LastPage,
    /// Nothing.
    Absent,
    /// A `total` that counts the rows of the page alone.
    OfThePage,
    /// A `total` that is the limit.
    Limit,
}

impl Totals {
    /// Every case.
    pub const ALL: [Self; 5] = [
        Self::Sent,
        Self::LastPage,
        Self::Absent,
        Self::OfThePage,
        Self::Limit,
    ];
}

/// What of the paging that is asked for is obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Paging {
    /// All of it.
    Obeyed,
    /// Nothing: every page is the whole list.
    Ignored,
    /// The limit alone: every page is the first.
    LimitAlone,
    /// The page alone: the first is the whole list, the others are empty.
    PageAlone,
}

/// What stands where a page would have no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum After {
    /// A page without rows.
    Empty,
    /// 404.
    NotFound,
    /// null in the place of the list.
    Null,
    /// The last page again.
    LastPage,
}

/// Whether rows carry `status_user`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusField {
    /// Where the person has one.
    Sent,
    /// Never.
    Absent,
}
