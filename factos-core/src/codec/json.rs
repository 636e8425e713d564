//! The JSON codec: serde's data model, with the variant's name left out.

mod de;
mod ser;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Codec, CodecError, Data, EventForm};

/// JSON by serde: the fields of the struct or variant as one object, whatever the type is called in Rust.
///
/// serde's attributes on variants and fields (`rename`, `rename_all`, `default`, `flatten`, `alias`, …) work as usual.
#[derive(Debug, Clone, Copy)]
pub struct Json;

impl<E: Serialize + DeserializeOwned> Codec<E> for Json {
    fn encode(event: &E) -> Result<Data, CodecError> {
        let mut text = Vec::with_capacity(128);
        let mut writer = serde_json::Serializer::new(&mut text);
        event
            .serialize(ser::Fields(&mut writer))
            .map_err(CodecError::new)?;
        let text = String::from_utf8(text).map_err(CodecError::new)?;
        Ok(Data::trusted_json(text))
    }

    fn decode(form: EventForm, data: &Data) -> Result<E, CodecError> {
        let mut reader = serde_json::Deserializer::from_slice(data.as_bytes());
        let event = match form {
            EventForm::Struct => E::deserialize(de::Struct(&mut reader)),
            EventForm::Variant { index, .. } => E::deserialize(de::Variant {
                index,
                fields: &mut reader,
            }),
        };
        let event = event.map_err(CodecError::new)?;
        reader.end().map_err(CodecError::new)?;
        Ok(event)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Extra {
        note: String,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Event {
        Opened {
            account_id: String,
            initial: u64,
        },
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        Renamed {
            new_name: String,
        },
        Closed,
        Noted {
            id: u8,
            #[serde(flatten)]
            extra: Extra,
        },
        Defaulted {
            #[serde(default)]
            amount: f64,
        },
    }

    fn there_and_back<E>(index: u32, event: &E, json: &str)
    where
        E: Debug + PartialEq + Serialize + DeserializeOwned,
    {
        let data = Json::encode(event).expect("encode");
        assert_eq!(data.as_json(), Some(json));
        let form = EventForm::Variant { index, ident: "" };
        assert_eq!(
            &<Json as Codec<E>>::decode(form, &data).expect("decode"),
            event
        );
    }

    #[test]
    fn the_data_is_the_variants_fields_and_serdes_attributes_hold() {
        let opened = Event::Opened {
            account_id: "a".into(),
            initial: 3,
        };
        there_and_back(0, &opened, r#"{"account_id":"a","initial":3}"#);
        there_and_back(
            1,
            &Event::Renamed {
                new_name: "n".into(),
            },
            r#"{"NEW_NAME":"n"}"#,
        );
        there_and_back(2, &Event::Closed, "{}");
        let extra = Extra { note: "n".into() };
        there_and_back(3, &Event::Noted { id: 1, extra }, r#"{"id":1,"note":"n"}"#);
    }

    #[test]
    fn older_json_still_loads() {
        let form = EventForm::Variant {
            index: 4,
            ident: "",
        };
        let read = |json| {
            <Json as Codec<Event>>::decode(form, &Data::json(json).expect("json")).expect("decode")
        };
        assert_eq!(read("{}"), Event::Defaulted { amount: 0.0 });
        assert_eq!(
            read(r#"{"amount":2,"unknown":1}"#),
            Event::Defaulted { amount: 2.0 }
        );
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Unit;

    #[test]
    fn structs_are_objects_too() {
        let data = Json::encode(&Unit).expect("encode");
        assert_eq!(data.as_json(), Some("{}"));
        assert_eq!(
            <Json as Codec<Unit>>::decode(EventForm::Struct, &data).expect("decode"),
            Unit
        );
        let extra = Extra {
            note: "é\"\n\u{0}".into(),
        };
        let data = Json::encode(&extra).expect("encode");
        assert_eq!(
            <Json as Codec<Extra>>::decode(EventForm::Struct, &data).expect("decode"),
            extra
        );
    }

    #[test]
    fn data_that_does_not_fit_is_an_error() {
        for (index, json) in [
            (0, "{}"),
            (0, "[]"),
            (0, "3"),
            (2, "3"),
            (9, "{}"),
            (0, r#"{"account_id":"a","initial":-1}"#),
        ] {
            let form = EventForm::Variant { index, ident: "" };
            let read = <Json as Codec<Event>>::decode(form, &Data::json(json).expect("json"));
            assert!(read.is_err(), "{json} was read as {read:?}");
        }
        assert!(Json::encode(&3_u8).is_err());
    }
}
