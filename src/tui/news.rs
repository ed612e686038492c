//! What the work of the dashboard brings back: one variant for each tab, and what all share.
//!
//! The loop carries it without looking into it; a tab takes its own variant and [`News::Run`], and
//! lets everything else pass.

use super::flow;
use super::watch::Sighting;
use crate::users::Users;

/// What comes back to a place.
#[derive(Debug)]
pub enum News {
    /// For the tab of users.
    Users(flow::News<Users>),
    /// What happens to runs, whoever started them: to the overlay all of it, to a tab the runs of
    /// its engine.
    Run(Sighting),
}
