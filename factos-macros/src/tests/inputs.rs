//! What users write, with every option once.

use super::{Call, Macro};

const COURSES: &str = r#"
    #[derive(Debug, Clone, Serialize, Deserialize, Event)]
    #[event(prefix = "courses.", tags(course, student), crate = ::factos)]
    pub enum CourseEvent {
        /// It was defined.
        CourseDefined { course: CourseId, capacity: u32 },
        #[event(name = "Subscribed", alias = "StudentEnrolled", version = 2)]
        StudentSubscribed { course: CourseId, #[tag(pupil)] student: Option<StudentId>, r#type: u8 },
        Closed,
    }
"#;

const BANK: &str = "
    #[derive(Event)]
    enum Bank { Account(AccountEvent), Rate(rates::RateChanged) }
";

const STRUCT: &str = r#"
    #[derive(Serialize, Deserialize, Event)]
    #[event(codec = crate::Msgpack, name = "rate_changed", version = 3)]
    #[serde(rename_all = "camelCase")]
    pub(crate) struct RateChanged { #[tag] #[tag("rate-of")] country: String, percent: u32 }
"#;

const TAG_VALUE: &str = "
    #[derive(Clone, PartialEq, Eq, Hash, TagValue)]
    #[tag_value(crate = renamed::factos)]
    pub struct CourseId(#[serde(default)] pub String);
";

const SEATS: &str = "
    /// Documented.
    #[must_use]
    pub fn seats_taken(taken: u32, event: &CourseEvent, #[tag] course: &CourseId, #[tag(pupil)] student: u64) -> u32 {
        match event {
            StudentSubscribed { .. } if taken < 30 => taken + 1,
            #[tags(course)]
            CourseEvent::Closed | CourseDefined { capacity: 3..=5, .. } => 0,
            _ => taken,
        }
    }
";

const IN_PLACE: &str = "
    fn names(names: &mut Vec<String>, event: &Recorded<Bank>, r#type: &[u8], at: &'static str) {
        if let Bank::Account(Opened { name, .. }) = &event.data && !name.is_empty() {
            names.push(name.clone());
        } else if matches!(event.data, Bank::Rate(_) if names.len() > 3) {
            names.clear();
        }
    }
";

const TUPLES: &str = "
    fn balance((count, sum): (u32, i64), event: &Account, limit: Option<i64>) -> (u32, i64) {
        let Deposited { amount, .. } = event else { return (count, sum) };
        let (n, Opened { .. } | Closed) = (limit, event) else { return (count, sum) };
        match ((count, sum), event) {
            ((0, _), Opened { .. }) => (1, *amount),
            (.., Transferred { amount, .. }) => { let x = |y: i64| y + amount; (count, x(sum)) }
            (kept, _) => kept,
        }
    }
";

const LAST: &str = "
    fn price(price: u64, event: &PriceSet, #[tag] product: &str) -> u64 {
        if !matches!(event, PriceSet { .. }) { return price; }
        event.price
    }
";

const SUBSCRIBE: &str = "
    /// Subscribes.
    pub fn subscribe<T: Clone>(
        cmd: &Subscribe<T>,
        #[fact(capacity_of(&cmd.course))] capacity: Option<u32>,
        #[fact((seats_taken(&cmd.course), seats_of(&cmd.student)))] (taken, mut own): (u32, u32),
        #[fact(cmd.others.iter().map(|other| seats_taken(other)).collect::<Vec<_>>())] others: &[u32],
    ) -> Result<Events, SubscribeError> where T: Send {
        let capacity = capacity.ok_or(SubscribeError::NoSuchCourse)?;
        if taken >= capacity { return Err(SubscribeError::FullyBooked) }
        Ok(events![StudentSubscribed { course: cmd.course.clone() }])
    }
";

const ENUM_OF_COMMANDS: &str = "
    #[derive(Debug, Command)]
    #[command(error = AccountError, crate = ::factos)]
    pub enum AccountCommand { Open(OpenAccount), Transfer(bank::Transfer) }
";

const RESULTS: &str = "
    #[derive(Facts)]
    #[facts(course: &CourseId, day: u32, crate = ::factos)]
    pub struct Overview {
        #[fact(capacity_of(course))] pub capacity: Option<u32>,
        #[fact([seats_taken(course), seats_of(day)])] taken: [u32; 2],
    }
";

const TAKEN_APART: &str = "fn pay(Pay { amount, .. }: &Pay, #[fact(paid(*amount))] paid: &str) -> [Paid; 1] { [Paid { paid }] }";

const COURSES_BY_NAME: &str = "
    /// Documented.
    pub async fn courses(event: &Recorded<CourseEvent>, db: &mut SqliteConnection, tables: &Tables) -> sqlx::Result<()> {
        let at = event.recorded_at;
        match &event.data {
            Bank::Account(Opened { .. }) if at > 3 => write(course, &mut *db).await,
            Subscribed | Closed => Ok(()),
            _ => Ok(()),
        }?;
        if let Renamed = &event.data { db.execute(course).await?; }
        let CourseDefined { course, .. } = &event.data else { return Ok(()) };
        db.execute(course).await
    }
";

const TOTALS: &str = "
    pub(crate) async fn totals(events: &[Recorded<Bank>], db: &mut db::Connection) -> anyhow::Result<()> {
        let (mut opened, mut list) = (0, vec![]);
        for event in events.iter().rev() {
            let id = event.id.to_string();
            match &event.data {
                Bank::Account(Opened { name }) if opened > 3 => { list.push(id); break }
                Bank::Rate(_) => opened += 1,
                _ => continue,
            }
        }
        for event in events {
            if !matches!(event.data, Bank::Account(Closed)) { continue }
            println!(\"{event:?} {}\", list.len());
        }
        db.write(format!(\"{opened}\")).await
    }
";

const WELCOME: &str = "
    /// Documented.
    pub async fn welcome(
        event: &Recorded<UserEvent>,
        mailer: &Mailer,
        r#type: &str,
        mut names: &[Name],
    ) -> anyhow::Result<Commands> {
        let (at, mut commands) = (event.recorded_at, 3);
        let mut commands: Commands = factos::Commands::new();
        match &event.data {
            Bank::Account(Opened { name }) if at > 3 => { mailer.send(name).await?; commands = commands.and(Greet); }
            Left | Gone => { if names.is_empty() { return Ok(commands) } }
            _ => return Ok(Commands::new()),
        }
        if let Renamed = &event.data { mailer.send(r#type).await?; } else if mailer.quiet { return Ok(commands); }
        Ok(match &event.data {
            Moved { .. } => commands.and(Follow),
            _ => commands,
        })
    }
";

const CONFIRM: &str = "
    pub(crate) fn confirm(event: &OrderEvent) -> Option<Confirm> {
        if !matches!(event, OrderPlaced { .. }) { return None; }
        Some(Confirm { order: order.clone() })
    }
";

/// All of them.
pub(super) fn inputs() -> Vec<Call> {
    vec![
        Call::new(Macro::Event, "", COURSES),
        Call::new(Macro::Event, "", BANK),
        Call::new(Macro::Event, "", STRUCT),
        Call::new(Macro::TagValue, "", TAG_VALUE),
        Call::new(Macro::Fact, "crate = ::factos", SEATS),
        Call::new(Macro::Fact, "initial = vec![at.to_owned()]", IN_PLACE),
        Call::new(Macro::Fact, "", TUPLES),
        Call::new(Macro::Fact, "last, initial = 3", LAST),
        Call::new(
            Macro::Fact,
            "events(PriceSet, #[tags(product)] shop::PriceRemoved, Shop::Price(A | B))",
            LAST,
        ),
        Call::new(Macro::Fact, "all", LAST),
        Call::new(Macro::Decider, "", SUBSCRIBE),
        Call::new(Macro::Decider, "crate = ::factos", TAKEN_APART),
        Call::new(
            Macro::Projection,
            "name = \"courses\", version = 2, setup = tables::make, crate = ::factos",
            COURSES_BY_NAME,
        ),
        Call::new(
            Macro::Projection,
            "tables(courses, r#type), events(Opened, Bank::Account(A | B)), version = 0x3",
            COURSES_BY_NAME,
        ),
        Call::new(Macro::Projection, "tables(totals, of_days)", TOTALS),
        Call::new(Macro::Projection, "all", TOTALS),
        Call::new(
            Macro::Reactor,
            "name = \"welcome mail\", order_by = \"user-name\", crate = ::factos",
            WELCOME,
        ),
        Call::new(
            Macro::Reactor,
            "order_by = r#type, events(Opened, Bank::Account(A | B))",
            WELCOME,
        ),
        Call::new(Macro::Reactor, "", CONFIRM),
        Call::new(Macro::Reactor, "all", CONFIRM),
        Call::new(Macro::Command, "", ENUM_OF_COMMANDS),
        Call::new(Macro::Facts, "", RESULTS),
        Call::new(
            Macro::Query,
            "crate = ::factos, CourseDefined { course: &id, student } | Bank::Account(Closed | Opened { account: 3 })",
            "",
        ),
    ]
}
