//! The macros assume nothing about the names around them, and give lints nothing to say.

#![deny(
    missing_docs,
    unsafe_code,
    unused,
    unused_qualifications,
    clippy::all,
    clippy::pedantic
)]
#![allow(dead_code, reason = "it is enough that this compiles")]

/// Nothing of the prelude is in scope, and what has its names means something else.
mod no_prelude {
    #![no_implicit_prelude]

    use ::factos::{Event, Recorded, Tables, TagValue, decider, fact, projection, reactor};
    use ::serde::{Deserialize, Serialize};

    struct Result;
    struct Send;
    struct Future;
    struct Query;
    struct Option;
    struct Vec;
    struct String;
    struct Box;
    struct Arc;
    struct Tags;
    struct Data;
    struct Schema;
    struct Clone;
    struct Default;
    struct Some;
    struct None;
    struct Ok;
    struct Err;

    #[derive(Clone2, PartialEq2, Eq2, Hash2, Debug2, Serialize, Deserialize, TagValue)]
    struct Id(::std::string::String);

    use ::core::clone::Clone as Clone2;
    use ::core::cmp::{Eq as Eq2, PartialEq as PartialEq2};
    use ::core::fmt::Debug as Debug2;
    use ::core::hash::Hash as Hash2;

    #[derive(Debug2, Serialize, Deserialize, Event)]
    enum LampEvent {
        SwitchedOn {
            #[tag]
            tags: Id,
            #[tag(data)]
            __tags: ::std::option::Option<Id>,
        },
        #[event(alias = "Off", version = 2)]
        SwitchedOff {
            #[tag]
            tags: Id,
        },
    }
    use LampEvent::{SwitchedOff, SwitchedOn};

    #[derive(Event)]
    enum AnyEvent {
        Lamp(LampEvent),
    }

    #[fact]
    fn is_on(message: bool, event: &LampEvent, #[tag] tags: &Id, limit: u32, name: &str) -> bool {
        match event {
            SwitchedOn { .. } => limit > 3 && name.is_empty(),
            SwitchedOff { .. } => false,
        }
    }

    #[fact(initial = limit)]
    fn switches(n: u32, event: &AnyEvent, #[tag] tags: &Id, limit: u32) -> u32 {
        match event {
            AnyEvent::Lamp(SwitchedOn { .. }) => n + 1,
        }
    }

    struct Connection;

    type Done = ::core::result::Result<(), ::std::string::String>;

    #[projection(version = 2, setup = make, tables(r#type, data))]
    async fn lamps(message: &Recorded<LampEvent>, tables: &mut Connection, db: &Tables) -> Done {
        match &message.data {
            SwitchedOn { .. } => make(tables, db).await,
        }
    }

    async fn make(_: &mut Connection, _: &Tables) -> Done {
        ::core::future::ready(()).await;
        ::core::result::Result::Ok(())
    }

    #[projection]
    async fn times(name: &[Recorded<AnyEvent>], _: &mut Connection) -> Done {
        let mut __events = 0;
        for __event in name {
            match &__event.data {
                AnyEvent::Lamp(SwitchedOff { .. }) => __events += 1,
            }
        }
        ::core::result::Result::Ok(())
    }

    struct Switch {
        id: Id,
    }

    #[reactor(order_by = tags)]
    async fn lighten(
        name: &Recorded<LampEvent>,
        __event: &Connection,
        query: &str,
        react: &[Id],
    ) -> Done {
        match &name.data {
            SwitchedOn { .. } if query.is_empty() && react.is_empty() => {
                let _ = __event;
                make(&mut Connection, &Tables::new(1, &[])).await
            }
        }
    }

    #[reactor]
    fn darken(__f: &AnyEvent, order_key: &[Switch; 0]) -> ::std::option::Option<Switch> {
        match __f {
            AnyEvent::Lamp(SwitchedOff { tags }) if order_key.is_empty() => {
                ::std::option::Option::Some(Switch { id: tags.clone() })
            }
            _ => ::std::option::Option::None,
        }
    }

    #[decider]
    fn switch(
        cmd: &Switch,
        #[fact(is_on(&cmd.id, 3, ""))] on: bool,
        #[fact(switches(&cmd.id, 0))] states: u32,
    ) -> ::core::result::Result<::std::option::Option<LampEvent>, ::std::string::String> {
        if states > 30 {
            return ::core::result::Result::Err(::std::string::String::new());
        }
        if on || states > 3 {
            return ::core::result::Result::Ok(::core::option::Option::None);
        }
        ::core::result::Result::Ok(::core::option::Option::Some(SwitchedOff {
            tags: ::core::clone::Clone::clone(&cmd.id),
        }))
    }
}

/// Names that are keywords.
mod raw_names {
    use factos::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
    pub(crate) enum RawEvent {
        Moved {
            #[tag]
            r#type: String,
            #[tag]
            r#loop: u32,
        },
        r#Self_ {
            #[tag]
            r#type: String,
        },
    }

    #[projection]
    pub(crate) async fn r#loop(
        r#in: &RawEvent,
        r#ref: &mut String,
        _: &Tables,
    ) -> Result<(), String> {
        match r#in {
            RawEvent::r#Self_ { r#type } => r#ref.push_str(r#type),
            _ => {}
        }
        Ok(())
    }

    #[reactor(order_by = r#type)]
    pub(crate) fn r#while(r#in: &RawEvent, r#ref: &std::sync::Mutex<String>) -> Result<(), String> {
        match r#in {
            RawEvent::r#Self_ { r#type } => {
                r#ref.lock().map_err(|e| e.to_string())?.push_str(r#type);
            }
            _ => {}
        }
        Ok(())
    }

    #[projection]
    pub(crate) async fn r#match(
        r#in: &[Recorded<RawEvent>],
        r#ref: &mut u32,
    ) -> Result<(), String> {
        for r#type in r#in {
            match &r#type.data {
                RawEvent::Moved { r#loop, .. } => *r#ref += r#loop,
            }
        }
        Ok(())
    }

    #[fact]
    pub(crate) fn r#move(r#in: u32, r#ref: &RawEvent, #[tag] r#type: &str, r#as: u32) -> u32 {
        match r#ref {
            RawEvent::Moved { .. } => r#in + r#as,
        }
    }
}

/// The crate under another name, and behind a path.
mod renamed {
    extern crate factos as renamed_factos;
    mod inner {
        pub(super) use factos as deep;
    }
    use renamed_factos::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
    #[tag_value(crate = inner::deep)]
    struct Id(u32);

    #[derive(Debug, Serialize, Deserialize, Event)]
    #[event(crate = inner::deep)]
    struct Opened {
        #[tag]
        id: Id,
    }

    #[fact(crate = inner::deep)]
    fn opened(opened: bool, _event: &Opened, #[tag] id: &Id) -> bool {
        !opened
    }

    #[projection(crate = inner::deep)]
    async fn openings(_: &[Recorded<Opened>], _: &mut String) -> Result<(), String> {
        Ok(())
    }

    #[reactor(crate = inner::deep, order_by = id)]
    fn reopen(event: &Opened, names: &[String]) -> Vec<Open> {
        names.iter().map(|_| Open(event.id.clone())).collect()
    }

    struct Open(Id);

    #[decider(crate = inner::deep)]
    fn open(cmd: &Open, #[fact(opened(&cmd.0))] opened: bool) -> Option<Opened> {
        (!opened).then(|| Opened { id: cmd.0.clone() })
    }
}

/// A library whose items are public: every one of them has to be documented.
pub mod public {
    use factos::prelude::*;
    use serde::{Deserialize, Serialize};

    /// An id.
    #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TagValue)]
    pub struct Id(u32);

    /// Events.
    #[derive(Debug, Serialize, Deserialize, Event)]
    #[event(tags(id))]
    pub enum DoorEvent {
        /// It went open.
        Opened {
            /// Which one.
            id: Id,
        },
        /// It went shut.
        Shut {
            /// Which one.
            id: Id,
        },
    }

    /// How often it went open.
    #[fact]
    pub fn openings(n: u32, event: &DoorEvent, #[tag] id: &Id) -> u32 {
        match event {
            DoorEvent::Opened { .. } => n + 1,
        }
    }

    /// How often it went open, counted in place.
    #[fact]
    pub fn counted(n: &mut u32, event: &DoorEvent, #[tag] id: &Id) {
        match event {
            DoorEvent::Opened { .. } => *n += 1,
        }
    }

    /// Openings by door.
    #[projection]
    pub async fn doors(event: &Recorded<DoorEvent>, db: &mut String) -> Result<(), String> {
        match &event.data {
            DoorEvent::Opened { id } => db.push_str(&id.0.to_string()),
        }
        Ok(())
    }

    /// Opens what was shut.
    #[reactor(name = "openings again", order_by = id)]
    pub fn open_again(event: &DoorEvent, _doors: &[u32], _name: &str) -> Option<Open> {
        match event {
            DoorEvent::Shut { id } => Some(Open { id: id.clone() }),
            DoorEvent::Opened { .. } => None,
        }
    }

    /// Tells of what was opened.
    #[reactor]
    pub async fn tell(event: &Recorded<DoorEvent>, to: &std::sync::Mutex<String>) {
        if let DoorEvent::Opened { .. } = event.data {
            std::future::ready(()).await;
            let _ = to.lock().map(|mut to| to.push('o'));
        }
    }

    /// Tells of all that was shut.
    #[reactor]
    pub fn shut(event: &DoorEvent) -> Result<(), String> {
        match event {
            DoorEvent::Shut { id } if id.0 == 3 => Err("no".to_owned()),
            DoorEvent::Shut { .. } => Ok(()),
        }
    }

    /// All openings.
    #[projection]
    pub async fn all_openings(
        events: &[Recorded<DoorEvent>],
        db: &mut u32,
        _tables: &Tables,
    ) -> Result<(), String> {
        for event in events {
            if let DoorEvent::Opened { .. } = event.data {
                *db += 1;
            }
        }
        Ok(())
    }

    /// Open it.
    #[derive(Debug)]
    pub struct Open {
        /// Which one.
        pub id: Id,
    }

    /// Opens it once.
    #[must_use]
    #[decider]
    pub fn open(cmd: &Open, #[fact(openings(&cmd.id))] openings: u32) -> Option<DoorEvent> {
        (openings == 0).then(|| DoorEvent::Opened { id: cmd.id.clone() })
    }
}

#[test]
fn raw_names_are_stored_without_their_mark() {
    use factos::Event;
    let event = raw_names::RawEvent::Moved {
        r#type: "t".to_owned(),
        r#loop: 3,
    };
    assert_eq!(event.tags().expect("tags").to_string(), "loop:3, type:t");
    let fact = raw_names::r#move("t", 2);
    assert_eq!(factos::Fact::over(&fact, &[event.clone(), event]), 4);
}

/// What a user's own macros write, whose names are not those of the place where they are called.
mod made_by_macros {
    use factos::prelude::*;
    use serde::{Deserialize, Serialize};

    macro_rules! events {
        ($name:ident { $($variant:ident $(, $field:ident: $type:ty)*;)+ }) => {
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
            pub(crate) enum $name {
                $($variant { #[tag] key: String, $(#[tag] $field: $type),* },)+
            }
        };
    }
    events!(PlantEvent {
        Planted, row: u32;
        Watered;
        Picked, row: u32, by: Option<String>;
    });

    macro_rules! count {
        ($name:ident, $event:ty, $path:path) => {
            #[fact]
            pub(crate) fn $name(n: u32, event: &$event, #[tag] key: &str) -> u32 {
                match event {
                    $path { .. } => n + 1,
                }
            }
        };
        ($name:ident in $event:ty, $pattern:pat) => {
            #[fact]
            pub(crate) fn $name(n: &mut u32, event: $event) {
                if matches!(event, $pattern) {
                    *n += 1;
                }
            }
        };
        ($name:ident, $state:ident: $type:ty, $body:block) => {
            #[fact]
            pub(crate) fn $name($state: $type, event: &PlantEvent) -> $type {
                if let PlantEvent::Planted { .. } = event $body else { $state }
            }
        };
    }
    count!(watered, PlantEvent, PlantEvent::Watered);
    count!(planted in &PlantEvent, PlantEvent::Planted { .. } | PlantEvent::Picked { row: 3, .. });
    count!(doubled, n: u32, { n * 2 + 1 });

    macro_rules! project {
        ($name:ident, $event:ty, $pattern:pat, $db:ident => $write:expr) => {
            #[projection]
            pub(crate) async fn $name(event: &$event, $db: &mut u32) -> Result<(), String> {
                match event {
                    $pattern => $write,
                }
                Ok(())
            }
        };
        ($name:ident in $events:ident: $event:ty, $path:path) => {
            #[projection]
            pub(crate) async fn $name($events: &[$event], db: &mut u32) -> Result<(), String> {
                for event in $events {
                    match &event.data {
                        $path { .. } => *db += 1,
                    }
                }
                Ok(())
            }
        };
    }
    project!(pickings, PlantEvent, PlantEvent::Picked { .. } | PlantEvent::Planted { row: 3, .. }, db => *db += 1);
    project!(waterings in all: Recorded<PlantEvent>, PlantEvent::Watered);

    macro_rules! react {
        ($name:ident, $event:ident: $type:ty, $pattern:pat, $db:ident: $held:ty => $answer:expr) => {
            #[reactor]
            pub(crate) fn $name($event: &$type, $db: $held) -> Result<Option<Water>, String> {
                Ok(match $event {
                    $pattern => $answer,
                })
            }
        };
    }
    react!(care, event: PlantEvent, PlantEvent::Planted { key, .. }, prefix: &str => Some(Water { key: format!("{prefix}{key}") }));

    macro_rules! command {
        ($name:ident, $function:ident, $key:ident => $fact:expr, $state:ident: $type:ty, $event:expr) => {
            pub(crate) struct $name {
                pub(crate) $key: String,
            }

            #[decider]
            pub(crate) fn $function(
                $name { $key }: &$name,
                #[fact($fact)] $state: $type,
            ) -> Option<PlantEvent> {
                ($state == 0).then(|| $event)
            }
        };
    }
    command!(Water, water, key => watered(key), n: u32, PlantEvent::Watered { key: key.clone() });
}

#[test]
fn facts_may_be_made_by_macros() {
    use factos::Fact as _;
    use made_by_macros::{PlantEvent, Water, doubled, planted, water, watered};

    let key = || "k".to_owned();
    let events = [
        PlantEvent::Planted { key: key(), row: 1 },
        PlantEvent::Watered { key: key() },
        PlantEvent::Picked {
            key: key(),
            row: 3,
            by: None,
        },
    ];
    assert_eq!(watered("k").over(&events), 1);
    assert_eq!(watered("z").over(&events), 0);
    assert_eq!(planted().over(&events), 2);
    assert_eq!(doubled().over(&events), 1);
    assert_eq!(water(&Water { key: key() }, 1), None);
}

#[test]
fn reactors_may_be_made_by_macros() {
    use factos::AsyncReactor;
    use made_by_macros::{PlantEvent, care};

    let planted = |key: &str| PlantEvent::Planted {
        key: key.to_owned(),
        row: 1,
    };
    let query = care("of ".to_owned()).query().expect("query");
    let types = query.items()[0].types().iter();
    let types: Vec<String> = types.map(ToString::to_string).collect();
    assert_eq!(types, ["Planted"]);
    let answer = care::react(&planted("rose"), "of ").expect("answered");
    assert_eq!(answer.map(|water| water.key).as_deref(), Some("of rose"));
    assert_eq!(raw_names::r#while::NAME, "while");
}

#[test]
fn projections_may_be_made_by_macros() {
    use factos::Projection;
    use made_by_macros::{pickings, waterings};

    fn types(projection: &impl Projection<u32>) -> Vec<String> {
        let query = projection.query().expect("query");
        let types = query.items()[0].types().iter();
        types.map(ToString::to_string).collect()
    }
    assert_eq!(types(&pickings()), ["Picked", "Planted"]);
    assert_eq!(types(&waterings()), ["Watered"]);
    assert_eq!(waterings::TABLES, ["waterings"]);
    assert_eq!(raw_names::r#loop::NAME, "loop");
    assert_eq!(raw_names::r#match::TABLES, ["match"]);
}
