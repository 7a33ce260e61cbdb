//! How secrets and patients' data cross a wire between two services: `#[serde(with = "tacenda_kernel::kept")]`.
//!
//! [`Secret`] and [`Phi`] themselves cannot be serialised. A field that names this module can, and into binary forms only:
//! a form that people can read (JSON, a log line) is refused while it is being written.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use zeroize::Zeroize;

use crate::{Phi, Secret};

const ONLY: &str = "secrets and patients' data cross wires in binary form only";

/// What can cross a wire though it is kept: secrets, patients' data, and lists and options of these.
pub trait Kept: Sized {
    /// What is written for it.
    type Wire<'a>: Serialize
    where
        Self: 'a;
    /// What is read for it.
    type Read<'de>: Deserialize<'de>;

    /// The value, to be written and for nothing else.
    fn wire(&self) -> Self::Wire<'_>;
    /// The value, as it was read.
    fn of(read: Self::Read<'_>) -> Self;
}

/// For `#[serde(with)]`.
///
/// # Errors
/// Those of the serialiser, and where what it writes could be read by people.
pub fn serialize<T: Kept, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        return Err(S::Error::custom(ONLY));
    }
    value.wire().serialize(serializer)
}

/// For `#[serde(with)]`.
///
/// # Errors
/// Those of the deserialiser, and where what it reads could be read by people.
pub fn deserialize<'de, T: Kept, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    if deserializer.is_human_readable() {
        return Err(D::Error::custom(ONLY));
    }
    T::Read::deserialize(deserializer).map(T::of)
}

macro_rules! crosses_as_what_it_holds {
    ($wrapper:ident, $($bound:ident)?) => {
        impl<T: Serialize + for<'de> Deserialize<'de> $(+ $bound)?> Kept for $wrapper<T> {
            type Wire<'a>
                = &'a T
            where
                Self: 'a;
            type Read<'de> = T;

            fn wire(&self) -> &T {
                // EXPOSE: it is written to a wire, in binary.
                self.expose()
            }

            fn of(read: T) -> Self {
                Self::new(read)
            }
        }
    };
}

crosses_as_what_it_holds!(Secret, Zeroize);
crosses_as_what_it_holds!(Phi,);

impl<T: Kept> Kept for Option<T> {
    type Wire<'a>
        = Option<T::Wire<'a>>
    where
        Self: 'a;
    type Read<'de> = Option<T::Read<'de>>;

    fn wire(&self) -> Option<T::Wire<'_>> {
        self.as_ref().map(T::wire)
    }

    fn of(read: Option<T::Read<'_>>) -> Self {
        read.map(T::of)
    }
}

impl<T: Kept> Kept for Vec<T> {
    type Wire<'a>
        = Vec<T::Wire<'a>>
    where
        Self: 'a;
    type Read<'de> = Vec<T::Read<'de>>;

    fn wire(&self) -> Vec<T::Wire<'_>> {
        self.iter().map(T::wire).collect()
    }

    fn of(read: Vec<T::Read<'_>>) -> Self {
        read.into_iter().map(T::of).collect()
    }
}

/// For `#[serde(with = "tacenda_kernel::kept::binary")]`, on what is plain by its type and tells of a patient all the same.
pub mod binary {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};

    use super::ONLY;

    /// # Errors
    /// As [`super::serialize`].
    pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { Err(S::Error::custom(ONLY)) } else { value.serialize(serializer) }
    }

    /// # Errors
    /// As [`super::deserialize`].
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        if deserializer.is_human_readable() {
            Err(D::Error::custom(ONLY))
        } else {
            T::deserialize(deserializer)
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[derive(Debug, Serialize, Deserialize)]
    struct Letter {
        #[serde(with = "crate::kept")]
        name: Phi<String>,
        #[serde(with = "crate::kept")]
        document: Option<Phi<Bytes>>,
        #[serde(with = "crate::kept")]
        codes: Vec<Secret<String>>,
    }

    fn letter() -> Letter {
        Letter {
            name: Phi::new("Rossi".to_owned()),
            document: Some(Phi::new(Bytes::from_static(b"{}"))),
            codes: vec![Secret::new("1".to_owned()), Secret::new("2".to_owned())],
        }
    }

    #[test]
    fn what_is_kept_crosses_a_wire() {
        let bytes = postcard::to_stdvec(&letter()).unwrap();
        let read: Letter = postcard::from_bytes(&bytes).unwrap();
        assert_eq!((read.name, read.document), (letter().name, letter().document));
        let codes: Vec<&str> = read.codes.iter().map(|code| code.expose().as_str()).collect();
        assert_eq!(codes, ["1", "2"]);
    }

    #[test]
    fn nothing_that_people_can_read_is_made_of_it() {
        let error = serde_json::to_string(&letter()).unwrap_err();
        assert!(error.to_string().contains("binary form only"), "{error}");
        let text = r#"{"name": "Rossi", "document": null, "codes": []}"#;
        assert!(serde_json::from_str::<Letter>(text).is_err());
    }
}
