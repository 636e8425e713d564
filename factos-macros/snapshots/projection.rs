/// Courses.
#[allow(non_camel_case_types)]
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct courses {}
/// Courses.
#[must_use]
pub fn courses() -> courses {
    courses {}
}
impl courses {
    ///Changes the rows of `courses` because of an event: the function as it is written.
    ///
    ///# Errors
    ///Those of the function.
    #[allow(clippy::missing_errors_doc, clippy::unused_async)]
    pub async fn apply(
        event: &Recorded<CourseEvent>,
        db: &mut SqliteConnection,
        tables: &Tables,
    ) -> sqlx::Result<()> {
        match &event.data {
            CourseDefined { course, .. } => define(course, db, tables).await,
            CourseEvent::Closed {} => Ok(()),
            #[allow(unreachable_patterns)]
            _ => return ::core::result::Result::Ok(()),
        }
    }
}
const _: () = {
    use ::factos::__private as __factos;
    const __SCHEMA: &__factos::Schema = __factos::projected::<SqliteConnection, courses>();
    const _: () = if let __factos::Some(message) =
        { __factos::check_projection(__SCHEMA, "courses", &["CourseDefined"]) }
    {
        ::core::panic!("{}", message.as_str())
    };
    const _: () = if let __factos::Some(message) = {
        let _ = |__event: &_| match __event {
            CourseEvent::Closed { .. } => {}
            #[allow(unreachable_patterns)]
            _ => {}
        };
        __factos::check_projection(__SCHEMA, "courses", &["Closed"])
    } {
        ::core::panic!("{}", message.as_str())
    };
    #[automatically_derived]
    impl __factos::Projection<SqliteConnection> for courses {
        type Event = CourseEvent;
        const NAME: &'static str = "course_list";
        const VERSION: u32 = 2u32;
        const TABLES: &'static [&'static str] = &["course_list"];
        const TAKES_SLICES: bool = false;
        fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> {
            __factos::Ok(__factos::Query::new([__factos::item(
                __SCHEMA,
                &[&["CourseDefined"], &["Closed"]],
                &[],
            )?]))
        }
        async fn set_up<'a>(
            &'a self,
            __db: &'a mut SqliteConnection,
            __tables: &'a __factos::Tables,
        ) -> __factos::Result<(), __factos::ProjectionFailure> {
            __factos::Outcome::boxed(make_courses(__db, __tables).await)
        }
        async fn apply<'a>(
            &'a self,
            __events: &'a [__factos::Recorded<CourseEvent>],
            __db: &'a mut SqliteConnection,
            __tables: &'a __factos::Tables,
        ) -> __factos::Result<(), __factos::ProjectionFailure> {
            for __event in __events {
                <sqlx::Result<()> as __factos::Outcome>::boxed(
                    Self::apply(__event, &mut *__db, __tables).await,
                )?;
            }
            __factos::Ok(())
        }
    }
};
