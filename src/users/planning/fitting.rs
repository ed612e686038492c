//! New users whose e-mail or name no column can hold: found before the apply, and left out of it.

use super::basis::Basis;
use crate::config::NameFrom;
use crate::error::Result;
use crate::users::model::{Conflict, Fill, Row};
use crate::users::partition::Classes;
use crate::users::store::{Column, Store};

/// Gives each new user the name that the table demands, and makes a conflict of who does not fit.
pub async fn fit(
    classes: &mut Classes,
    basis: &Basis,
    from: NameFrom,
    store: &mut Store,
) -> Result<()> {
    let mut new = std::mem::take(&mut classes.new);
    let emails: Vec<_> = new.iter().map(|row| row.email.as_str()).collect();
    let held = faults(&emails, basis.catalogue.user_column("email"), store).await?;
    let mut unfit: Vec<_> = held.into_iter().collect();
    if basis.fills.contains(&Fill::Name) {
        let column = basis.catalogue.user_column("name");
        let as_name = faults(&emails, column, store).await?;
        let wanted: Vec<_> = new
            .iter()
            .map(|row| name_of(row, from).to_owned())
            .collect();
        let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
        let as_wanted = faults(&wanted, column, store).await?;
        let names: Vec<_> = (as_wanted.iter().zip(&wanted))
            .map(|(fault, name)| fault.is_none().then(|| (*name).to_owned()))
            .collect();
        for (index, name) in names.into_iter().enumerate() {
            if name.is_none() && unfit[index].is_none() {
                unfit[index].clone_from(&as_name[index]);
            }
            new[index].name = Some(name.unwrap_or_else(|| new[index].email.clone()));
        }
    } else {
        for row in &mut new {
            row.name = None;
        }
    }
    for (row, fault) in new.into_iter().zip(unfit) {
        match fault {
            None => classes.new.push(row),
            Some(reason) => classes.conflict.push(Conflict {
                email: row.email,
                reason,
            }),
        }
    }
    classes.conflict.sort();
    Ok(())
}

/// The name of a new user: never empty.
fn name_of(row: &Row, from: NameFrom) -> &str {
    let named = row.name.as_deref().filter(|name| !name.is_empty());
    match from {
        NameFrom::Remote => named.unwrap_or(&row.email),
        NameFrom::Email => &row.email,
    }
}

/// For each text why `column` cannot hold it; `None` where it can.
async fn faults(
    texts: &[&str],
    column: Option<&Column>,
    store: &mut Store,
) -> Result<Vec<Option<String>>> {
    let Some(column) = column else {
        return Ok(vec![None; texts.len()]);
    };
    let unstorable = store.unstorable(texts, column.charset.as_deref()).await?;
    let faults = texts.iter().zip(unstorable).map(|(text, unstorable)| {
        let name = &column.name;
        match column.length {
            _ if unstorable => {
                let charset = column.charset.as_deref().unwrap_or_default();
                Some(format!(
                    "a character of it is not in {charset}, the character set of users.{name}"
                ))
            }
            Some(length) if text.chars().count() > length => {
                Some(format!("users.{name} takes {length} characters"))
            }
            _ => None,
        }
    });
    Ok(faults.collect())
}
