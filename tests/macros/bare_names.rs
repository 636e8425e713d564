//! Queries, enums of commands and structs of results where nothing has its usual name.

mod no_prelude {
    #![no_implicit_prelude]

    use ::factos::{Command, Event, Facts, decider, fact, query};
    use ::serde::{Deserialize, Serialize};

    #[allow(dead_code)]
    struct Result;
    #[allow(dead_code)]
    struct Option;
    #[allow(dead_code)]
    struct Some;
    #[allow(dead_code)]
    struct Ok;
    #[allow(dead_code)]
    struct Query;
    #[allow(dead_code)]
    struct Arc;

    #[derive(Serialize, Deserialize, Event)]
    pub(super) enum LampEvent {
        SwitchedOn {
            #[tag(r#type)]
            lamp: u32,
        },
        #[allow(dead_code)]
        r#Self_ {
            #[tag]
            r#type: u32,
        },
    }
    use LampEvent::{Self_, SwitchedOn};

    #[fact]
    fn is_on(on: bool, event: &LampEvent, #[tag(r#type)] lamp: u32) -> bool {
        match event {
            SwitchedOn { .. } => !on,
        }
    }

    pub(super) struct Switch(pub(super) u32);

    #[decider]
    fn switch(
        cmd: &Switch,
        #[fact(Lamps::facts(cmd.0))] lamps: &Lamps,
    ) -> ::std::vec::Vec<LampEvent> {
        if lamps.r#as {
            return ::std::vec::Vec::new();
        }
        ::std::vec![SwitchedOn { lamp: cmd.0 }]
    }

    #[derive(::core::clone::Clone, Facts)]
    #[facts(r#in: u32)]
    pub(super) struct Lamps {
        #[fact(is_on(r#in))]
        r#as: bool,
    }

    #[derive(Command)]
    pub(super) enum r#Move {
        r#Switch(Switch),
    }

    pub(super) fn asked(
        message: u32,
    ) -> ::core::result::Result<::factos::Query, ::factos::LimitError> {
        let r#type = message;
        query!(SwitchedOn { r#type } | r#Self_ { r#type: message } | LampEvent::Self_ { "type": &message })
    }
}

/// The crate behind a path.
mod renamed {
    mod inner {
        pub(super) use factos as deep;
    }
    use factos::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Event)]
    #[event(crate = inner::deep, tags(id))]
    pub(super) struct Opened {
        pub(super) id: u32,
    }

    #[fact(crate = inner::deep)]
    fn opened(opened: bool, event: &Opened, #[tag] id: u32) -> bool {
        event.id == id || opened
    }

    #[derive(Clone, Facts)]
    #[facts(id: u32, crate = inner::deep)]
    pub(super) struct Doors(#[fact(opened(id))] bool);

    pub(super) struct Open(pub(super) u32);

    #[decider(crate = inner::deep)]
    fn open(cmd: &Open, #[fact(Doors::facts(cmd.0))] doors: &Doors) -> Option<Opened> {
        if doors.0 {
            return None;
        }
        Some(Opened { id: cmd.0 })
    }

    #[derive(Command)]
    #[command(crate = inner::deep)]
    pub(super) enum Any {
        Open(Open),
    }

    pub(super) fn asked() -> Result<factos::Query, factos::LimitError> {
        query!(crate = inner::deep, Opened { id: 3_u32 })
    }
}

#[test]
fn they_work_all_the_same() {
    use factos::Command;
    use factos::testing::{given, given_nothing};

    assert_eq!(no_prelude::Move::NAME, "Move");
    let switch = no_prelude::Move::Switch(no_prelude::Switch(1));
    let events = given_nothing().when(switch);
    drop(events);
    assert_eq!(no_prelude::asked(7).expect("query").items().len(), 1);

    let refused = given([renamed::Opened { id: 1 }]).when(renamed::Any::Open(renamed::Open(1)));
    drop(refused);
    assert_eq!(
        renamed::asked().expect("query").items()[0]
            .tags()
            .to_string(),
        "id:3"
    );
}
