#[allow(missing_docs)]
#[allow(non_camel_case_types)]
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
struct totals {}
#[must_use]
fn totals() -> totals {
    totals {}
}
impl totals {
    ///Changes the rows of `totals` because of events: the function as it is written.
    ///
    ///# Errors
    ///Those of the function.
    #[allow(clippy::missing_errors_doc, clippy::unused_async)]
    async fn apply(events: &[Recorded<CourseEvent>], db: &mut PgConnection) -> sqlx::Result<()> {
        let mut subscribed = 0;
        for event in events {
            match &event.data {
                StudentSubscribed { .. } => subscribed += 1,
                #[allow(unreachable_patterns)]
                _ => {}
            }
        }
        add(subscribed, db).await
    }
}
const _: () = {
    use ::factos::__private as __factos;
    const __SCHEMA: &__factos::Schema = __factos::projected::<PgConnection, totals>();
    const _: () = if let __factos::Some(message) =
        { __factos::check_projection(__SCHEMA, "totals", &["StudentSubscribed"]) }
    {
        ::core::panic!("{}", message.as_str())
    };
    #[automatically_derived]
    impl __factos::Projection<PgConnection> for totals {
        type Event = CourseEvent;
        const NAME: &'static str = "totals";
        const VERSION: u32 = 1u32;
        const TABLES: &'static [&'static str] = &["totals", "days"];
        const TAKES_SLICES: bool = true;
        fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> {
            __factos::Ok(__factos::Query::new([__factos::item(
                __SCHEMA,
                &[&["StudentSubscribed"]],
                &[],
            )?]))
        }
        async fn set_up<'a>(
            &'a self,
            _: &'a mut PgConnection,
            _: &'a __factos::Tables,
        ) -> __factos::Result<(), __factos::ProjectionFailure> {
            __factos::Ok(())
        }
        async fn apply<'a>(
            &'a self,
            __events: &'a [__factos::Recorded<CourseEvent>],
            __db: &'a mut PgConnection,
            _: &'a __factos::Tables,
        ) -> __factos::Result<(), __factos::ProjectionFailure> {
            <sqlx::Result<()> as __factos::Outcome>::boxed(Self::apply(__events, __db).await)
        }
    }
};
