//! What is decoded, how often and by which codec.

use super::*;

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
