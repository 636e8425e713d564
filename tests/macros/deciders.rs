//! Deciders: what they may take and return.

#![allow(
    clippy::too_many_arguments,
    clippy::needless_pass_by_value,
    clippy::ptr_arg,
    clippy::redundant_closure,
    clippy::unnecessary_wraps,
    reason = "every kind of parameter and result is tried"
)]

use std::convert::Infallible;
use std::sync::Arc;

use factos::prelude::*;
use factos::{Command, Events, Reads};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(key))]
enum Store {
    Put { key: String, value: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
struct Audited {
    by: String,
}

#[fact]
fn value_of(value: String, event: &Store, #[tag] key: &str) -> String {
    match event {
        Store::Put { value, .. } => value.clone(),
    }
}

#[fact]
fn values_of(values: &mut Vec<String>, event: &Store, #[tag] key: &str) {
    match event {
        Store::Put { value, .. } => values.push(value.clone()),
    }
}

struct Borrowing {
    key: String,
}

#[decider]
fn borrowing(
    cmd: &Borrowing,
    #[fact(value_of(&cmd.key))] text: &str,
    #[fact(values_of(&cmd.key))] list: &[String],
    #[fact(values_of(&cmd.key))] vec: &Vec<String>,
    #[fact(value_of(&cmd.key))] owned: String,
    #[fact((value_of(&cmd.key), values_of(&cmd.key)))] (a, b): (String, Vec<String>),
    #[fact([&cmd.key, "z"].map(|key| value_of(key)))] both: [String; 2],
    #[fact(cmd.key.is_empty().then(|| value_of("")))] maybe: Option<String>,
    #[fact(cmd.key.chars().map(|c| value_of(&c.to_string())).collect::<Vec<_>>())]
    each: &[String],
) -> Result<[Store; 1], Box<str>> {
    if text.is_empty() {
        return Err("empty".into());
    }
    let sizes = [
        list.len(),
        vec.len(),
        owned.len(),
        a.len(),
        b.len(),
        both.len(),
        each.len(),
    ];
    Ok([Store::Put {
        key: cmd.key.clone(),
        value: format!("{sizes:?} {maybe:?}"),
    }])
}

#[test]
fn states_are_borrowed_or_owned() {
    let cmd = Borrowing { key: "k".into() };
    let (text, list) = (Arc::new("t".to_owned()), Arc::new(vec!["u".to_owned()]));
    let pair = Arc::new(("a".to_owned(), vec![]));
    let both = Arc::new(["x".to_owned(), "y".to_owned()]);
    let decide = |text: &Arc<String>| {
        let rest = (both.clone(), (Arc::new(None), (list.clone(), ())));
        let states = (text.clone(), (pair.clone(), rest));
        cmd.decide((text.clone(), (list.clone(), (list.clone(), states))))
    };
    let events = decide(&text).expect("accepted").encode().expect("encode");
    assert_eq!(
        events[0].data.as_json(),
        Some(r#"{"key":"k","value":"[1, 1, 1, 1, 0, 2, 1] None"}"#)
    );
    assert_eq!(&*decide(&Arc::default()).expect_err("refused"), "empty");
    let _facts = <Borrowing as Reads<()>>::facts(&cmd);
}

macro_rules! returns {
    ($($command:ident $function:ident -> $output:ty = $value:expr, $count:expr;)+) => {
        $(
            struct $command;

            #[decider]
            fn $function(_: &$command) -> $output {
                $value
            }
        )+

        #[test]
        fn every_shape_of_a_decision() {
            $(
                let decided = $command.decide(()).ok();
                assert_eq!(decided.map(|events| events.len()), $count);
                assert_eq!(<$command as Command>::NAME, stringify!($command));
            )+
        }
    };
}

fn put() -> Store {
    Store::Put {
        key: "k".into(),
        value: "v".into(),
    }
}

fn audited() -> Audited {
    Audited { by: "me".into() }
}

type Alias<T> = Result<T, String>;

returns! {
    One one -> Store = put(), Some(1);
    Array array -> [Store; 2] = [put(), put()], Some(2);
    List list -> Vec<Store> = vec![put()], Some(1);
    Nothing nothing -> Option<Store> = None, Some(0);
    Mixed mixed -> Events = events![put(), vec![audited()], Some(put())], Some(3);
    MaybeOne maybe_one -> Result<Store, String> = Ok(put()), Some(1);
    Aliased aliased -> Alias<Events> = Ok(events![]), Some(0);
    Refused refused -> Alias<Vec<Store>> = Err("no".into()), None;
}

#[test]
fn a_decider_without_a_result_never_refuses() {
    struct Always;
    #[decider]
    fn always(_: &Always) -> Store {
        put()
    }
    let decided: Result<Events, Infallible> = Always.decide(());
    assert!(decided.is_ok());
}

struct Tick<T> {
    of: T,
}

#[decider]
fn tick<T: ToString + Send + Sync + 'static>(
    cmd: &Tick<T>,
    #[fact(value_of(&cmd.of.to_string()))] value: String,
) -> Option<Store> {
    value.is_empty().then(put)
}

struct Pair {
    left: String,
}

#[decider]
fn pair(Pair { left }: &Pair, #[fact(value_of(left))] value: &String) -> Option<Audited> {
    (value == left).then(audited)
}

#[test]
fn commands_may_be_generic_and_taken_apart() {
    assert_eq!(tick(&Tick { of: 3 }, String::new()), Some(put()));
    assert_eq!(
        Tick { of: 3 }
            .decide((Arc::default(), ()))
            .expect("accepted")
            .len(),
        1
    );
    let cmd = Pair { left: "l".into() };
    assert_eq!(
        cmd.decide((Arc::new("l".to_owned()), ()))
            .expect("accepted")
            .len(),
        1
    );
}
