//! Events: names, tags, data, schema.

use std::collections::BTreeSet;

use factos::prelude::*;
use factos::{Codec, CodecError, Data, EventForm, NewEvent, TagKind, VariantForm};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TagValue)]
struct Sku(String);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
struct Table {
    number: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(prefix = "order.", tags(table))]
enum OrderEvent {
    Opened {
        table: Table,
    },
    #[event(
        name = "ItemAdded",
        alias = "Added",
        alias = "order.Added",
        version = 3
    )]
    Added {
        #[tag]
        sku: Sku,
        #[tag("restaurant-id")]
        place: Option<u64>,
        #[tag]
        #[tag(allergen)]
        contains: BTreeSet<String>,
        note: Option<String>,
    },
    Closed,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(name = "shop_opened", alias = "ShopOpened", tags(place))]
struct ShopOpened {
    place: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
struct ShopClosed;

#[derive(Debug, Clone, PartialEq, Event)]
enum Shop {
    Order(OrderEvent),
    Opened(ShopOpened),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
enum City {
    Shop(Shop2),
    Founded { year: u32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
struct Shop2 {
    id: u32,
}

fn there_and_back<E: Event + PartialEq + std::fmt::Debug>(
    event: &E,
    name: &str,
    version: u32,
    tags: &str,
    json: &str,
) {
    let encoded = NewEvent::encode(event).expect("encode");
    assert_eq!(encoded.event_type.as_str(), name);
    assert_eq!(encoded.version, version);
    assert_eq!(encoded.tags.to_string(), tags);
    assert_eq!(encoded.data.as_json(), Some(json));
    let decoded = E::decode(name, version, &encoded.data).expect("decode");
    assert_eq!(decoded.as_ref(), Some(event));
}

fn added() -> OrderEvent {
    OrderEvent::Added {
        sku: Sku("s".into()),
        place: Some(7),
        contains: ["nuts".to_owned(), "soy".to_owned()].into(),
        note: None,
    }
}

#[test]
fn names_versions_tags_and_data() {
    let table = Table { number: 4 };
    let opened = OrderEvent::Opened { table };
    there_and_back(
        &opened,
        "order.Opened",
        1,
        "table:4",
        r#"{"table":{"number":4}}"#,
    );
    let tags = "allergen:nuts, allergen:soy, contains:nuts, contains:soy, restaurant-id:7, sku:s";
    let json = r#"{"sku":"s","place":7,"contains":["nuts","soy"],"note":null}"#;
    there_and_back(&added(), "ItemAdded", 3, tags, json);
    there_and_back(&OrderEvent::Closed, "order.Closed", 1, "", "{}");
    there_and_back(
        &ShopOpened { place: 1 },
        "shop_opened",
        1,
        "place:1",
        r#"{"place":1}"#,
    );
    there_and_back(&ShopClosed, "ShopClosed", 1, "", "{}");
}

#[test]
fn sets_of_events_store_what_the_inner_types_say() {
    there_and_back(
        &Shop::Order(OrderEvent::Closed),
        "order.Closed",
        1,
        "",
        "{}",
    );
    let opened = Shop::Opened(ShopOpened { place: 1 });
    there_and_back(&opened, "shop_opened", 1, "place:1", r#"{"place":1}"#);
    assert_eq!(
        NewEvent::encode(&Shop::Order(added()))
            .expect("encode")
            .version,
        3
    );
    there_and_back(&City::Shop(Shop2 { id: 1 }), "Shop2", 1, "", r#"{"id":1}"#);
    there_and_back(
        &City::Founded { year: 1 },
        "Founded",
        1,
        "",
        r#"{"year":1}"#,
    );
}

#[test]
fn older_names_are_read() {
    let data = NewEvent::encode(&added()).expect("encode").data;
    for name in ["Added", "order.Added"] {
        assert_eq!(
            OrderEvent::decode(name, 1, &data).expect("decode"),
            Some(added())
        );
        assert_eq!(
            Shop::decode(name, 1, &data).expect("decode"),
            Some(Shop::Order(added()))
        );
    }
    assert_eq!(
        OrderEvent::decode("Opened", 1, &data).expect("decode"),
        None
    );
    assert!(OrderEvent::decode("order.Opened", 1, &data).is_err());
    assert_eq!(ShopOpened::decode("x", 1, &data).expect("decode"), None);
}

#[test]
fn the_schema_is_known_at_compile_time() {
    const SCHEMA: &factos::Schema = OrderEvent::SCHEMA;
    assert_eq!(SCHEMA.name, "OrderEvent");
    assert_eq!(
        SCHEMA.type_names(),
        [
            "order.Opened",
            "ItemAdded",
            "Added",
            "order.Added",
            "order.Closed"
        ]
    );
    let VariantForm::Own(opened) = &SCHEMA.variants[0].form else {
        panic!("Opened is an event of its own");
    };
    let kind = TagKind::new(module_path!(), "Table");
    assert_eq!(opened.tags, [("table", kind)]);
    assert!(ShopOpened::SCHEMA.is_struct && !SCHEMA.is_struct);
    assert_eq!(Shop::SCHEMA.variants[0].form, VariantForm::Wraps(SCHEMA));
}

struct Numbers;

impl Codec<Counted> for Numbers {
    fn encode(event: &Counted) -> Result<Data, CodecError> {
        let Counted::By { number } = event;
        Ok(Data::binary([*number]))
    }

    fn decode(form: EventForm, data: &Data) -> Result<Counted, CodecError> {
        assert_eq!(
            form,
            EventForm::Variant {
                index: 0,
                ident: "By"
            }
        );
        Ok(Counted::By {
            number: data.as_bytes()[0],
        })
    }
}

#[derive(Debug, PartialEq, Event)]
#[event(codec = Numbers)]
enum Counted {
    By { number: u8 },
}

#[test]
fn an_application_brings_its_own_codec() {
    let event = Counted::By { number: 9 };
    let data = event.encode().expect("encode");
    assert_eq!(data.as_bytes(), [9]);
    assert_eq!(
        Counted::decode("By", 1, &data).expect("decode"),
        Some(event)
    );
}

/// Types of the same names as others here.
mod elsewhere {
    use factos::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Event)]
    pub(super) struct ShopClosed;

    #[derive(Serialize, Deserialize, Event)]
    pub(super) struct Reopened {
        #[serde(rename = "at")]
        pub(super) time: u32,
    }

    #[derive(Serialize, Deserialize, Event)]
    #[event(name = "Reopening", alias = "ItemAdded")]
    pub(super) struct Reopening;

    #[derive(Event)]
    #[allow(dead_code, reason = "only its schema is used")]
    pub(super) enum Hidden {
        Closed(ShopClosed),
    }
}

#[test]
fn stored_names_of_different_types_are_told_apart() {
    use factos::distinct_names;
    let all = [
        Shop::SCHEMA,
        City::SCHEMA,
        OrderEvent::SCHEMA,
        ShopClosed::SCHEMA,
        elsewhere::Reopened::SCHEMA,
    ];
    // Types that stand in several sets are the same types.
    assert_eq!(distinct_names(all), Ok(()));
    let _ = elsewhere::Reopened { time: 3 }.time;

    let collision =
        distinct_names([ShopClosed::SCHEMA, elsewhere::Hidden::SCHEMA]).expect_err("a collision");
    assert_eq!(
        collision.to_string(),
        "stored name ShopClosed stands for both macros::events::ShopClosed and macros::events::elsewhere::ShopClosed"
    );
    let collision =
        distinct_names([elsewhere::Reopening::SCHEMA, Shop::SCHEMA]).expect_err("an older name");
    assert_eq!(collision.name, "ItemAdded");
    assert!(
        collision.second.ends_with("OrderEvent::Added"),
        "{collision}"
    );
}
