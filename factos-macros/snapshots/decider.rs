/// Subscribes.
pub fn subscribe(
    #[allow(unused_variables)] cmd: &Subscribe,
    capacity: Option<u32>,
    names: &[String],
) -> Result<CourseEvent, SubscribeError> {
    if names.len() >= capacity.ok_or(NoSuchCourse)? {
        return Err(FullyBooked);
    }
    Ok(StudentSubscribed {
        course: cmd.course.clone(),
        student: cmd.student.clone(),
    })
}
const _: () = {
    use ::factos::__private as __factos;
    #[automatically_derived]
    impl __factos::Command for Subscribe {
        type States = (
            __factos::Arc<Option<u32>>,
            (__factos::Arc<::std::vec::Vec<String>>, ()),
        );
        type Error = <Result<CourseEvent, SubscribeError> as __factos::IntoDecision>::Error;
        const NAME: &'static str = "Subscribe";
        fn decide(
            &self,
            __states: Self::States,
        ) -> __factos::Result<__factos::Events, Self::Error> {
            let (__0, (__1, ())) = __states;
            __factos::IntoDecision::into_decision(subscribe(
                self,
                __factos::Arc::unwrap_or_clone(__0),
                &__1,
            ))
        }
    }
    #[automatically_derived]
    impl<__C: 'static> __factos::Reads<__C> for Subscribe {
        type Facts = (
            __factos::Slot<__C, Option<u32>>,
            (__factos::Slot<__C, ::std::vec::Vec<String>>, ()),
        );
        #[allow(clippy::unused_unit)]
        fn facts(&self) -> Self::Facts {
            #[allow(unused_variables)]
            let cmd = self;
            (
                __factos::Slot::<__C, Option<u32>>::new(capacity_of(&cmd.course)),
                (
                    __factos::Slot::<__C, ::std::vec::Vec<String>>::new(names_of(&cmd.course)),
                    (),
                ),
            )
        }
    }
};
