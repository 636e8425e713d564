//! Facts combined: their shapes, what is read for them together, what each is fed, and what is decoded.

#[path = "patterns/observed.rs"]
mod observed;
mod support;

use std::sync::atomic::{AtomicU32, Ordering};

use factos::prelude::*;
use factos::store::Source;
use factos::testing::given;
use factos::{Accepted, Codec, CodecError, Data, EventForm, Json, Position, Query};
use futures_util::TryStreamExt;
use observed::{Read, on_every_store};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(tags(item))]
enum ItemEvent {
    Stocked { item: u32, name: String },
    Taken { item: u32 },
    Priced { item: u32, price: u64 },
}
use ItemEvent::*;

fn stocked(item: u32) -> ItemEvent {
    let name = format!("item{item}");
    Stocked { item, name }
}

#[fact]
fn stock(stock: u32, event: &ItemEvent, #[tag] item: u32) -> u32 {
    match event {
        Stocked { .. } => stock + 1,
    }
}

#[fact]
fn taken(taken: u64, event: &ItemEvent, #[tag] item: u32) -> u64 {
    match event {
        Taken { .. } => taken + 1,
    }
}

#[fact]
fn price(price: Option<u64>, event: &ItemEvent, #[tag] item: u32) -> Option<u64> {
    match event {
        Priced { price, .. } => Some(*price),
    }
}

#[fact(last)]
fn last_name(name: String, event: &ItemEvent, #[tag] item: u32) -> String {
    match event {
        Stocked { name, .. } => name.clone(),
    }
}

/// Everything that the fold is given, whatever it is.
#[fact(events(Stocked, Taken))]
fn fed(mut fed: Vec<ItemEvent>, event: &ItemEvent, #[tag] item: u32) -> Vec<ItemEvent> {
    fed.push(event.clone());
    fed
}

fn query(read: &Read, part: usize) -> &Query {
    match &read.request.parts[part].source {
        Source::Query(query) => query,
        other => panic!("{other:?}"),
    }
}

// Shapes.

macro_rules! every_prefix {
    ($log:ident, $seen:ident, ($($before:literal)*)) => {};
    ($log:ident, $seen:ident, ($($before:literal)*) $next:literal $($rest:literal)*) => {
        let states = $log.read(($(stock($before),)* stock($next),)).await.expect("a read");
        assert_eq!(states, ($($before,)* $next,));
        let reads = $seen.reads();
        assert_eq!((reads.len(), reads[0].request.parts.len()), (1, 1));
        every_prefix!($log, $seen, ($($before)* $next) $($rest)*);
    };
}

#[tokio::test]
async fn tuples_of_one_to_twelve_facts_keep_their_order_and_are_one_read() {
    on_every_store(async |log, seen| {
        for item in (1..=12).flat_map(|item| vec![item; item as usize]) {
            log.append(stocked(item)).await.expect("an append");
        }
        every_prefix!(log, seen, () 1 2 3 4 5 6 7 8 9 10 11 12);
    })
    .await;
}

#[tokio::test]
async fn options_lists_and_arrays_keep_their_shape_in_each_other() {
    on_every_store(async |log, seen| {
        let events = [stocked(1), stocked(2), stocked(2), Taken { item: 2 }];
        log.append(events).await.expect("an append");
        log.append(Priced { item: 1, price: 7 })
            .await
            .expect("an append");

        let list = log.read(vec![stock(2), stock(3), stock(1), stock(2)]);
        assert_eq!(list.await.expect("a read"), [2, 0, 1, 2]);
        let array = log.read([price(1), price(2)]);
        assert_eq!(array.await.expect("a read"), [Some(7), None]);
        let option = log.read((Some(stock(2)), None::<stock>, Some(price(2))));
        assert_eq!(option.await.expect("a read"), (Some(2), None, Some(None)));

        seen.reads();
        let nested = log.read((
            Some((stock(1), vec![stock(2), stock(3)])),
            [[taken(1), taken(2)], [taken(3), taken(2)]],
            vec![(stock(1), price(1)), (stock(2), price(2))],
            [Some(vec![[stock(2)]]), None, Some(vec![])],
            ((), (((stock(2),),), fed(2))),
        ));
        let nested = nested.await.expect("a read");
        assert_eq!(nested.0, Some((1, vec![2, 0])));
        assert_eq!(nested.1, [[0, 1], [0, 1]]);
        assert_eq!(nested.2, [(1, Some(7)), (2, None)]);
        assert_eq!(nested.3, [Some(vec![[2]]), None, Some(vec![])]);
        let of_two = vec![stocked(2), stocked(2), Taken { item: 2 }];
        assert_eq!(nested.4, ((), (((2,),), of_two)));
        assert_eq!(seen.reads().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn no_facts_are_no_read() {
    on_every_store(async |log, seen| {
        let nothing = (None::<stock>, Vec::<price>::new(), (), [(); 2]);
        let nothing = log.read(nothing).await.expect("a read");
        assert_eq!(nothing, (None, vec![], (), [(), ()]));
        assert_eq!(seen.reads().len(), 0);
    })
    .await;
}

// What is read.

#[tokio::test]
async fn facts_at_one_position_share_one_part_that_holds_each_event_once() {
    on_every_store(async |log, seen| {
        log.append([stocked(1), Taken { item: 1 }, stocked(2), stocked(3)])
            .await
            .expect("an append");
        let facts = ((stock(1), stock(1)), (fed(1), taken(1)), [stock(2)]);
        let states = log.read(facts).await.expect("a read");
        assert_eq!(states.0, (1, 1));
        assert_eq!(states.1, (vec![stocked(1), Taken { item: 1 }], 1));
        assert_eq!(states.2, [1]);

        let reads = seen.reads();
        assert_eq!(reads.len(), 1);
        assert_eq!(reads[0].events, [3], "five facts, three events, one part");
        assert_eq!(query(&reads[0], 0).items().len(), 2, "one a tag");
    })
    .await;
}

#[tokio::test]
async fn a_fact_of_the_last_event_has_a_part_of_its_own() {
    on_every_store(async |log, seen| {
        log.append(vec![stocked(1); 5]).await.expect("an append");
        let read = log.read((last_name(1), stock(1), last_name(2), stock(2)));
        let expected = ("item1".to_owned(), 5, String::new(), 0);
        assert_eq!(read.await.expect("a read"), expected);
        assert_eq!(seen.reads()[0].events, [1, 5, 0]);
    })
    .await;
}

struct TakeItem(u32);

#[derive(Debug, PartialEq)]
struct NoneLeft;

#[decider]
fn take_item(
    cmd: &TakeItem,
    #[fact(stock(cmd.0))] stock: u32,
    #[fact(taken(cmd.0))] taken: u64,
    #[fact(price(cmd.0))] price: Option<u64>,
) -> Result<ItemEvent, NoneLeft> {
    if price.is_none() || u64::from(stock) <= taken {
        return Err(NoneLeft);
    }
    Ok(Taken { item: cmd.0 })
}

#[tokio::test]
async fn after_a_lost_round_only_what_is_new_is_read_in_one_part_again() {
    on_every_store(async |log, seen| {
        log.append([stocked(1), stocked(1), Priced { item: 1, price: 3 }])
            .await
            .expect("an append");
        seen.after_next_read([Taken { item: 1 }]);
        let accepted = log.dispatch(TakeItem(1)).await.expect("one is left");
        assert_eq!(accepted.rounds, 2);
        let reads = seen.reads();
        let events: Vec<_> = reads.iter().map(|read| read.events.as_slice()).collect();
        assert_eq!(events, [[3], [1]]);
        let after: Vec<_> = reads.iter().map(|r| r.request.parts[0].after).collect();
        assert_eq!(after, [Position::START, Position::new(3)]);
        assert_eq!(query(&reads[0], 0), query(&reads[1], 0));
    })
    .await;
}

#[tokio::test]
async fn each_fact_is_fed_only_its_own_events() {
    on_every_store(async |log, _| {
        let history = [
            stocked(1),
            Priced { item: 1, price: 9 },
            stocked(2),
            Taken { item: 1 },
            Priced { item: 2, price: 8 },
            Taken { item: 3 },
        ];
        log.append(history).await.expect("an append");
        let facts = ([fed(1), fed(2), fed(3), fed(4)], price(1), price(2));
        let (fed, one, two) = log.read(facts).await.expect("a read");
        assert_eq!(fed[0], [stocked(1), Taken { item: 1 }]);
        assert_eq!(fed[1], [stocked(2)]);
        assert_eq!(fed[2], [Taken { item: 3 }]);
        assert_eq!(fed[3], []);
        assert_eq!((one, two), (Some(9), Some(8)));
    })
    .await;
}

// What is decoded.

static DECODED: AtomicU32 = AtomicU32::new(0);

/// JSON whose decoding is counted.
struct Counted;

impl<E: Serialize + DeserializeOwned> Codec<E> for Counted {
    fn encode(event: &E) -> Result<Data, CodecError> {
        Json::encode(event)
    }

    fn decode(form: EventForm, data: &Data) -> Result<E, CodecError> {
        DECODED.fetch_add(1, Ordering::Relaxed);
        Json::decode(form, data)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(codec = Counted)]
enum MeterEvent {
    Read {
        #[tag]
        meter: u32,
    },
    Replaced {
        #[tag]
        meter: u32,
    },
}

#[derive(Debug, Clone, PartialEq, Event)]
enum HouseEvent {
    Meter(MeterEvent),
    Item(ItemEvent),
}

#[fact]
fn readings(readings: u32, event: &MeterEvent, #[tag] meter: u32) -> u32 {
    match event {
        MeterEvent::Read { .. } => readings + 1,
    }
}

#[fact]
fn all_readings(readings: u32, event: &MeterEvent) -> u32 {
    match event {
        MeterEvent::Read { .. } => readings + 1,
    }
}

#[fact]
fn house_readings(readings: u32, event: &HouseEvent) -> u32 {
    match event {
        HouseEvent::Meter(MeterEvent::Read { .. }) => readings + 1,
    }
}

#[fact]
fn house_events(events: u32, event: &HouseEvent, #[tag] meter: u32) -> u32 {
    match event {
        HouseEvent::Meter(_) => events + 1,
    }
}

#[fact]
fn house_times(times: usize, event: &Recorded<HouseEvent>, #[tag] meter: u32) -> usize {
    match &event.data {
        HouseEvent::Meter(_) => times + 1,
    }
}

#[tokio::test]
async fn an_event_is_decoded_once_for_each_enum_however_many_facts_read_it() {
    on_every_store(async |log, _| {
        let meters = [1, 1, 2, 1, 3].map(|meter| MeterEvent::Read { meter });
        log.append(events![
            meters,
            stocked(1),
            MeterEvent::Replaced { meter: 1 }
        ])
        .await
        .expect("an append");
        let decoded = || DECODED.swap(0, Ordering::Relaxed);
        decoded();

        log.read(stock(1)).await.expect("a read");
        assert_eq!(decoded(), 0);
        log.read(readings(1)).await.expect("a read");
        assert_eq!(decoded(), 3, "only what is read is decoded");

        let of_one_enum = (vec![all_readings(); 20], [1, 2, 3, 4].map(readings));
        let (all, each) = log.read(of_one_enum).await.expect("a read");
        assert_eq!((all, each), (vec![5; 20], [3, 1, 1, 0]));
        assert_eq!(decoded(), 5, "24 facts of one enum");

        let of_two_enums = (all_readings(), house_readings(), [1, 2].map(house_events));
        let states = log.read(of_two_enums).await.expect("a read");
        assert_eq!(states, (5, 5, [4, 1]));
        assert_eq!(decoded(), 5 + 6, "the enum and the set around it");

        let with_times = (house_events(1), house_times(1));
        assert_eq!(log.read(with_times).await.expect("a read"), (4, 4));
        assert_eq!(decoded(), 4, "the event, and the event with its time");
    })
    .await;
}

/// JSON backwards: bytes that no database can look into.
struct Backwards;

impl<E: Serialize + DeserializeOwned> Codec<E> for Backwards {
    fn encode(event: &E) -> Result<Data, CodecError> {
        let mut bytes = Json::encode(event)?.as_bytes().to_vec();
        bytes.reverse();
        Ok(Data::binary(bytes))
    }

    fn decode(form: EventForm, data: &Data) -> Result<E, CodecError> {
        let mut bytes = data.as_bytes().to_vec();
        bytes.reverse();
        let text = String::from_utf8(bytes).map_err(CodecError::new)?;
        Json::decode(form, &Data::json(text)?)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
#[event(codec = Backwards, tags(letter))]
enum LetterEvent {
    LetterWritten { letter: u32, text: String },
    LetterBurnt { letter: u32 },
}
use LetterEvent::*;

/// The bytes themselves: a type with a codec of its own needs no serde.
struct Raw;

impl Codec<PictureTaken> for Raw {
    fn encode(event: &PictureTaken) -> Result<Data, CodecError> {
        let mut bytes = event.picture.to_le_bytes().to_vec();
        bytes.extend(&event.pixels);
        Ok(Data::binary(bytes))
    }

    fn decode(form: EventForm, data: &Data) -> Result<PictureTaken, CodecError> {
        assert_eq!(form, EventForm::Struct);
        let (picture, pixels) = data.as_bytes().split_first_chunk().ok_or_else(cut_off)?;
        Ok(PictureTaken {
            picture: u32::from_le_bytes(*picture),
            pixels: pixels.to_vec(),
        })
    }
}

fn cut_off() -> CodecError {
    CodecError::new("the picture is cut off")
}

#[derive(Debug, Clone, PartialEq, Event)]
#[event(codec = Raw)]
struct PictureTaken {
    #[tag]
    picture: u32,
    pixels: Vec<u8>,
}

#[fact]
fn letter(text: Option<String>, event: &LetterEvent, #[tag] letter: u32) -> Option<String> {
    match event {
        LetterWritten { text, .. } => Some(text.clone()),
        LetterBurnt { .. } => None,
    }
}

#[fact(last)]
fn picture(_pixels: Vec<u8>, event: &PictureTaken, #[tag] picture: u32) -> Vec<u8> {
    event.pixels.clone()
}

/// Writes a letter about a picture, takes the item, and burns the letters before.
struct Conclude {
    letters: Vec<u32>,
}

#[decider]
fn conclude(
    cmd: &Conclude,
    #[fact(cmd.letters.iter().map(|n| letter(*n)).collect::<Vec<_>>())] letters: &[Option<
        String,
    >],
    #[fact(picture(1))] picture: &[u8],
    #[fact(last_name(1))] name: &str,
    #[fact(stock(1))] stock: u32,
    #[fact((stock(2), taken(2)))] both: &(u32, u64),
) -> factos::Events {
    let burnt = cmd.letters.iter().zip(letters);
    let burnt = burnt.filter(|(_, text)| text.is_some());
    let burnt: Vec<_> = burnt.map(|(n, _)| LetterBurnt { letter: *n }).collect();
    let text = format!("{stock} {name} {picture:?} {both:?}");
    events![
        burnt,
        LetterWritten { letter: 9, text },
        Some(PictureTaken {
            picture: 1,
            pixels: picture.iter().rev().copied().collect()
        }),
        None::<MemoTaken>,
        [Taken { item: 1 }, Taken { item: 1 }],
    ]
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Event)]
struct MemoTaken;

#[tokio::test]
async fn each_enum_has_its_codec_and_every_byte_comes_back() {
    on_every_store(async |log, _| {
        let written = LetterWritten {
            letter: 1,
            text: "dear \u{1F980}\n\0 \"you\"".into(),
        };
        let taken = PictureTaken {
            picture: 0xFF00_00FF,
            pixels: (0..=255).rev().collect(),
        };
        let stored = log.append(events![written.clone(), taken.clone(), stocked(1)]);
        let stored = stored.await.expect("an append");
        let read: Vec<_> = log
            .events(Query::all())
            .stored()
            .try_collect()
            .await
            .expect("a read");
        assert_eq!(read, stored);
        assert!(read[0].data.as_bytes().starts_with(b"}"));
        let json: Vec<_> = read.iter().map(|event| event.data.as_json()).collect();
        assert_eq!(json, [None, None, Some(r#"{"item":1,"name":"item1"}"#)]);
        assert_eq!(
            read[0].decode::<LetterEvent>().expect("it fits").data,
            written
        );
        assert_eq!(
            read[1].decode::<PictureTaken>().expect("it fits").data,
            taken
        );

        let states = log.read((letter(1), picture(0xFF00_00FF), stock(1))).await;
        let LetterWritten { text, .. } = written else {
            panic!("it was written")
        };
        assert_eq!(states.expect("a read"), (Some(text), taken.pixels, 1));
    })
    .await;
}

#[tokio::test]
async fn one_decision_reads_and_records_events_of_several_enums() {
    on_every_store(async |log, _| {
        let written = |letter| LetterWritten {
            letter,
            text: "dear".into(),
        };
        let pixels = vec![0, 255];
        log.append(events![
            [
                written(1),
                written(2),
                LetterBurnt { letter: 2 },
                written(3)
            ],
            PictureTaken { picture: 1, pixels },
            [stocked(1), stocked(1), stocked(2), Taken { item: 2 }],
        ])
        .await
        .expect("an append");
        let letters = vec![1, 2, 3, 4];
        let accepted: Accepted = log
            .dispatch(Conclude { letters })
            .await
            .expect("no rejection");
        let types: Vec<_> = accepted
            .events
            .iter()
            .map(|e| e.event_type.as_str())
            .collect();
        assert_eq!(
            types,
            [
                "LetterBurnt",
                "LetterBurnt",
                "LetterWritten",
                "PictureTaken",
                "Taken",
                "Taken"
            ]
        );
        let positions = accepted.events.iter().map(|event| event.position.get());
        assert_eq!(positions.collect::<Vec<_>>(), (10..=15).collect::<Vec<_>>());

        let states = log
            .read(([1, 2, 3, 9].map(letter), picture(1), taken(1)))
            .await;
        let (letters, picture, taken) = states.expect("a read");
        let text = "2 item1 [0, 255] (1, 1)".to_owned();
        assert_eq!(letters, [None, None, None, Some(text)]);
        assert_eq!((picture, taken), (vec![255, 0], 2));
    })
    .await;
}

#[test]
fn events_of_several_enums_are_given_and_expected_together() {
    let written = LetterWritten {
        letter: 9,
        text: "1 item1 [] (0, 0)".into(),
    };
    let picture = PictureTaken {
        picture: 1,
        pixels: vec![],
    };
    given(stocked(1))
        .and(LetterBurnt { letter: 1 })
        .when(Conclude { letters: vec![1] })
        .then(events![written, picture, vec![Taken { item: 1 }; 2]]);
}

// Size.

struct TakeAll {
    items: Vec<u32>,
}

#[derive(Debug, PartialEq)]
enum TakeAllError {
    NoneLeft(u32),
    NoPrice(u32),
}

#[decider]
fn take_all(
    cmd: &TakeAll,
    #[fact(cmd.items.iter().map(|item| (stock(*item), taken(*item), price(*item))).collect::<Vec<_>>())]
    items: &[(u32, u64, Option<u64>)],
) -> Result<Vec<ItemEvent>, TakeAllError> {
    let mut events = Vec::new();
    for (&item, (stock, taken, price)) in cmd.items.iter().zip(items) {
        if u64::from(*stock) <= *taken {
            return Err(TakeAllError::NoneLeft(item));
        }
        if price.is_none() {
            return Err(TakeAllError::NoPrice(item));
        }
        events.push(Taken { item });
    }
    Ok(events)
}

#[tokio::test]
async fn three_facts_about_each_of_a_hundred_ids_are_one_query_and_one_decision() {
    on_every_store(async |log, seen| {
        let priced = |item| Priced { item, price: 5 };
        for item in 0..150 {
            log.append([stocked(item), priced(item)])
                .await
                .expect("an append");
        }
        let all = || TakeAll {
            items: (0..100).collect(),
        };
        let accepted = log.dispatch(all()).await.expect("one of each is left");
        assert_eq!(accepted.events.len(), 100);
        let reads = seen.reads();
        assert_eq!((reads.len(), reads[0].events.as_slice()), (1, &[200][..]));
        assert_eq!(query(&reads[0], 0).items().len(), 100);

        let refused = log.dispatch(all()).await;
        let expected = TakeAllError::NoneLeft(0);
        assert!(
            matches!(&refused, Err(factos::DispatchError::Rejected(e)) if *e == expected),
            "{refused:?}"
        );

        // What happens to others does not matter, what happens to the last of them does.
        let again: Vec<_> = (0..100).map(stocked).collect();
        log.append(again).await.expect("an append");
        seen.after_next_read([stocked(100), priced(100), Taken { item: 149 }]);
        let accepted = log.dispatch(all()).rounds(1).await;
        assert_eq!(accepted.expect("one of each is left").rounds, 1);

        let again: Vec<_> = (0..100).map(stocked).collect();
        log.append(again).await.expect("an append");
        seen.after_next_read([Taken { item: 99 }]);
        let refused = log.dispatch(all()).await;
        let expected = TakeAllError::NoneLeft(99);
        assert!(
            matches!(&refused, Err(factos::DispatchError::Rejected(e)) if *e == expected),
            "{refused:?}"
        );
    })
    .await;
}

// States by reference and by value.

static CLONED: AtomicU32 = AtomicU32::new(0);

/// A state whose copies are counted.
#[derive(Debug, Default, PartialEq)]
struct Heavy(u32);

impl Clone for Heavy {
    fn clone(&self) -> Self {
        CLONED.fetch_add(1, Ordering::Relaxed);
        Self(self.0)
    }
}

#[fact]
fn heavy(state: &mut Heavy, event: &ItemEvent, #[tag] item: u32) {
    match event {
        Stocked { .. } => state.0 += 1,
    }
}

struct Borrow(u32);

#[decider]
fn borrow(cmd: &Borrow, #[fact(heavy(cmd.0))] state: &Heavy) -> Option<ItemEvent> {
    (state.0 > 1).then_some(Taken { item: cmd.0 })
}

struct Own(u32);

#[decider]
fn own(cmd: &Own, #[fact(heavy(cmd.0))] state: Heavy) -> Option<ItemEvent> {
    let enough = Some(state).filter(|state| state.0 > 1);
    enough.map(|_| Taken { item: cmd.0 })
}

#[tokio::test]
async fn a_borrowed_state_is_never_copied_and_an_owned_one_is_once() {
    on_every_store(async |log, seen| {
        let cloned = || CLONED.swap(0, Ordering::Relaxed);
        cloned();
        log.append(stocked(1)).await.expect("an append");
        let accepted = log.dispatch(Borrow(1)).await.expect("no rejection");
        assert_eq!(accepted.events.len(), 0);
        seen.after_next_read(stocked(1));
        let accepted = log.dispatch(Borrow(1)).await.expect("no rejection");
        assert_eq!((accepted.events.len(), accepted.rounds), (1, 2));
        assert_eq!(cloned(), 0);

        let accepted = log.dispatch(Own(1)).await.expect("no rejection");
        assert_eq!((accepted.events.len(), cloned()), (1, 1));
        assert_eq!(log.read(heavy(1)).await.expect("a read"), Heavy(2));
    })
    .await;
}
