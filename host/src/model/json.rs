//! Fields as they lie in JSON.

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use serde_json::value::to_raw_value;

/// For a field whose value takes one line of the indented JSON.
pub(crate) fn on_one_line<S: Serializer>(
    value: &impl Serialize,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    to_raw_value(value)
        .map_err(ser::Error::custom)?
        .serialize(serializer)
}

/// A field that may be missing but not `null`, which is how JSON has NaN.
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}
