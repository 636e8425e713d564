//! Expansions, kept as files that are read in reviews: `FACTOS_ACCEPT=1 cargo test -p factos-macros` writes them anew.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Call, Macro};

const EVENT: &str = "
    #[derive(Serialize, Deserialize, Event)]
    #[event(tags(course, student))]
    enum CourseEvent {
        CourseDefined { course: CourseId, capacity: u32 },
        CourseCapacityChanged { course: CourseId, capacity: u32 },
        StudentSubscribed { course: CourseId, student: StudentId },
    }
";

const STRUCT: &str = r#"
    #[derive(Serialize, Deserialize, Event)]
    #[event(name = "rate_changed", alias = "RateSet", version = 2)]
    pub struct RateChanged { #[tag(currencies)] currency: Vec<String>, percent: u32 }
"#;

const SET: &str = "
    #[derive(Event)]
    enum Bank { Account(AccountEvent), Rate(RateChanged) }
";

const TAG_VALUE: &str = "
    #[derive(TagValue)]
    pub struct CourseId(String);
";

const TAGS: &str = "
    /// Seats that are taken.
    pub fn seats_taken(taken: u32, event: &CourseEvent, #[tag] course: &CourseId, bonus: u32) -> u32 {
        match event {
            StudentSubscribed { .. } => taken + 1,
            #[tags()]
            TermEnded => bonus,
        }
    }
";

const IN_PLACE: &str = "
    fn names(names: &mut Vec<String>, event: &Recorded<UserEvent>) {
        if let Registered { name, .. } = &event.data {
            names.push(name.clone());
        }
    }
";

const LAST: &str = "
    fn price(price: u64, event: &PriceSet, #[tag] product: &str) -> u64 {
        event.price
    }
";

const ENUM_OF_COMMANDS: &str = "
    #[derive(Command)]
    enum Courses { Define(DefineCourse), Subscribe(Subscribe) }
";

const RESULTS: &str = "
    #[derive(Facts)]
    #[facts(course: &CourseId)]
    struct Overview {
        #[fact(capacity_of(course))] capacity: Option<u32>,
        #[fact(seats_taken(course))] taken: u32,
    }
";

const DECIDER: &str = "
    /// Subscribes.
    pub fn subscribe(
        cmd: &Subscribe,
        #[fact(capacity_of(&cmd.course))] capacity: Option<u32>,
        #[fact(names_of(&cmd.course))] names: &[String],
    ) -> Result<CourseEvent, SubscribeError> {
        if names.len() >= capacity.ok_or(NoSuchCourse)? { return Err(FullyBooked) }
        Ok(StudentSubscribed { course: cmd.course.clone(), student: cmd.student.clone() })
    }
";

const PROJECTION: &str = "
    /// Courses.
    pub async fn courses(event: &Recorded<CourseEvent>, db: &mut SqliteConnection, tables: &Tables) -> sqlx::Result<()> {
        match &event.data {
            CourseDefined { course, .. } => define(course, db, tables).await,
            CourseEvent::Closed => Ok(()),
        }
    }
";

const SLICES: &str = "
    async fn totals(events: &[Recorded<CourseEvent>], db: &mut PgConnection) -> sqlx::Result<()> {
        let mut subscribed = 0;
        for event in events {
            match &event.data {
                StudentSubscribed { .. } => subscribed += 1,
            }
        }
        add(subscribed, db).await
    }
";

const REACTOR: &str = "
    /// Welcomes whoever registers.
    pub async fn welcome(event: &Recorded<UserEvent>, mailer: &Mailer, from: &str) -> Result<(), MailError> {
        match &event.data {
            UserRegistered { username } => mailer.send(username, from).await,
        }
    }
";

const ANSWERS: &str = "
    fn confirm(event: &OrderEvent) -> Option<Confirm> {
        match event {
            OrderEvent::Placed { order } => Some(Confirm { order: order.clone() }),
            OrderEvent::Gone => None,
        }
    }
";

fn printed(call: &Call) -> String {
    let written = call.expand();
    let file = match call.called {
        // An expression is shown where a test would have it.
        Macro::Query => {
            syn::parse2(quote::quote!(fn query() -> Result<Query, LimitError> { #written }))
        }
        _ => syn::parse2(written),
    };
    formatted(&prettyplease::unparse(&file.expect("a file")))
}

/// As rustfmt prints it, which is what people are used to read.
fn formatted(code: &str) -> String {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("rustfmt is installed, as rust-toolchain.toml asks");
    let mut input = rustfmt.stdin.take().expect("piped");
    input.write_all(code.as_bytes()).expect("written");
    drop(input);
    let output = rustfmt.wait_with_output().expect("rustfmt ends");
    String::from_utf8(output.stdout).expect("text")
}

#[track_caller]
fn is_kept(name: &str, call: &Call) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("snapshots")
        .join(name)
        .with_extension("rs");
    let written = printed(call);
    if std::env::var_os("FACTOS_ACCEPT").is_some() {
        std::fs::write(&path, &written).expect("a snapshot can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if kept == written {
        return;
    }
    let diff = similar::TextDiff::from_lines(&kept, &written);
    panic!(
        "the expansion differs from {}; `FACTOS_ACCEPT=1` keeps the new one:\n{}",
        path.display(),
        diff.unified_diff().header("kept", "written")
    );
}

#[test]
fn expansions_are_as_they_were_reviewed() {
    is_kept("event", &Call::new(Macro::Event, "", EVENT));
    is_kept("event_struct", &Call::new(Macro::Event, "", STRUCT));
    is_kept("event_set", &Call::new(Macro::Event, "", SET));
    is_kept("tag_value", &Call::new(Macro::TagValue, "", TAG_VALUE));
    is_kept("fact_tags", &Call::new(Macro::Fact, "", TAGS));
    is_kept("fact_in_place", &Call::new(Macro::Fact, "", IN_PLACE));
    is_kept(
        "fact_last",
        &Call::new(Macro::Fact, "last, initial = 100", LAST),
    );
    is_kept("decider", &Call::new(Macro::Decider, "", DECIDER));
    is_kept(
        "projection",
        &Call::new(
            Macro::Projection,
            "name = \"course_list\", version = 2, setup = make_courses",
            PROJECTION,
        ),
    );
    is_kept(
        "projection_slices",
        &Call::new(Macro::Projection, "tables(totals, days)", SLICES),
    );
    is_kept(
        "reactor",
        &Call::new(
            Macro::Reactor,
            "name = \"welcome_mail\", order_by = username",
            REACTOR,
        ),
    );
    is_kept("reactor_answers", &Call::new(Macro::Reactor, "", ANSWERS));
    is_kept("command", &Call::new(Macro::Command, "", ENUM_OF_COMMANDS));
    is_kept("facts", &Call::new(Macro::Facts, "", RESULTS));
    is_kept(
        "query",
        &Call::new(
            Macro::Query,
            "CourseDefined { course: &id } | StudentSubscribed { course: &id, student }",
            "",
        ),
    );
}

#[test]
fn an_event_of_three_variants_is_short() {
    let lines = printed(&Call::new(Macro::Event, "", EVENT)).lines().count();
    assert!(lines < 60, "{lines} lines");
}
