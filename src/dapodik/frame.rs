//! One frame of a sync's stream: JSON whose every key is optional.
//!
//! What `message` says is shown and never understood: it has emoji, or lost them, and is
//! Indonesian. A key of an unexpected type counts as absent.

use serde_json::Value;

/// One frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// For people; as it came.
    pub message: Option<String>,
    /// Of the whole sync, 0 to 100.
    pub progress: Option<f64>,
    /// Of the kecamatan in hand, 0 to 100.
    pub progress_kec: Option<f64>,
    /// Which kecamatan is in hand, from 1.
    pub current: Option<u64>,
    /// Of how many.
    pub total: Option<u64>,
    /// Whether the backend says that it is done.
    pub done: bool,
    /// When it ended, as it came.
    pub last_sync: Option<String>,
    /// Why it failed, as it came; ends the run.
    pub error: Option<String>,
}

impl Frame {
    /// Reads the data of an event; `None` when it is no JSON object.
    pub fn read(data: &str) -> Option<Self> {
        let Ok(Value::Object(keys)) = serde_json::from_str(data) else {
            return None;
        };
        let text = |key: &str| match keys.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let percent = |key: &str| number(keys.get(key)?).map(|value| value.clamp(0.0, 100.0));
        let count = |key: &str| {
            let value = keys.get(key)?;
            value
                .as_u64()
                .or_else(|| value.as_str()?.trim().parse().ok())
        };
        let error = match keys.get("error") {
            None | Some(Value::Null | Value::Bool(false)) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        Some(Self {
            message: text("message"),
            progress: percent("progress"),
            progress_kec: percent("progressKec"),
            current: count("current"),
            total: count("total"),
            done: keys.get("done") == Some(&Value::Bool(true)),
            last_sync: text("last_sync"),
            error,
        })
    }
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().trim_end_matches('%').trim_end().parse().ok()?,
        other => other.as_f64()?,
    };
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_may_be_missing_or_strange() {
        let frame = Frame::read(r#"{"message":"x","current":"3","total":17,"progress":"5 %"}"#);
        let frame = frame.unwrap();
        assert_eq!((frame.current, frame.total), (Some(3), Some(17)));
        assert_eq!((frame.progress, frame.progress_kec), (Some(5.0), None));
        let frame = Frame::read(r#"{"progress":-3,"progressKec":1e9,"done":"yes","error":null}"#);
        let frame = frame.unwrap();
        assert_eq!(
            (frame.progress, frame.progress_kec),
            (Some(0.0), Some(100.0))
        );
        assert!(!frame.done && frame.error.is_none());
        assert_eq!(Frame::read("{}"), Some(Frame::default()));
        let failed = Frame::read(r#"{"error":{"code":7}}"#).unwrap();
        assert_eq!(failed.error.as_deref(), Some(r#"{"code":7}"#));
        for data in ["", "7", "[]", "{", "Memulai..."] {
            assert_eq!(Frame::read(data), None, "{data}");
        }
    }
}
