/// Seats that are taken.
#[allow(non_camel_case_types)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
pub struct seats_taken {
    course: <CourseId as ::factos::__private::ToOwned>::Owned,
    bonus: u32,
}
/// Seats that are taken.
#[must_use]
pub fn seats_taken(course: &CourseId, bonus: u32) -> seats_taken {
    seats_taken {
        course: ::factos::__private::ToOwned::to_owned(course),
        bonus,
    }
}
impl seats_taken {
    ///Folds one more event into the state of `seats_taken`: the function as it is written.
    #[must_use]
    pub fn fold(
        taken: u32,
        event: &CourseEvent,
        #[allow(unused_variables)] course: &CourseId,
        bonus: u32,
    ) -> u32 {
        match event {
            StudentSubscribed { .. } => taken + 1,
            TermEnded {} => bonus,
            #[allow(unreachable_patterns)]
            _ => return taken,
        }
    }
}
const _: () = {
    use ::factos::__private as __factos;
    const __SCHEMA: &__factos::Schema = __factos::schema::<seats_taken>();
    const __TAGS: &[(&str, __factos::TagKind)] =
        &[("course", <CourseId as __factos::TagValue>::KIND)];
    const _: () = if let __factos::Some(message) =
        { __factos::check_fact(__SCHEMA, "seats_taken", &["StudentSubscribed"], __TAGS) }
    {
        ::core::panic!("{}", message.as_str())
    };
    const _: () = if let __factos::Some(message) =
        { __factos::check_fact(__SCHEMA, "seats_taken", &["TermEnded"], &[]) }
    {
        ::core::panic!("{}", message.as_str())
    };
    #[automatically_derived]
    impl __factos::Fact for seats_taken {
        type Input = CourseEvent;
        type State = u32;
        const NAME: &'static str = "seats_taken";
        fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> {
            let __tag0 = __factos::Tag::new(
                "course",
                <CourseId as __factos::TagValue>::tag_value(&self.course),
            )?;
            __factos::Ok(__factos::Query::new([
                __factos::item(__SCHEMA, &[&["StudentSubscribed"]], &[&__tag0])?,
                __factos::item(__SCHEMA, &[&["TermEnded"]], &[])?,
            ]))
        }
        fn initial(&self) -> u32 {
            <u32 as ::core::default::Default>::default()
        }
        fn apply(&self, __state: u32, __event: &CourseEvent) -> u32 {
            Self::fold(
                __state,
                __event,
                &self.course,
                ::core::clone::Clone::clone(&self.bonus),
            )
        }
    }
};
