const _: () = {
    use ::factos::__private as __factos;
    impl Overview {
        ///The facts that [`Overview`] is read from.
        #[must_use]
        fn facts<__C: 'static>(course: &CourseId) -> __factos::FactsOf<__C, Self> {
            __factos::facts_of::<__C, Self, _>(
                (
                    __factos::Slot::<__C, Option<u32>>::new(capacity_of(course)),
                    (__factos::Slot::<__C, u32>::new(seats_taken(course)), ()),
                ),
                |(__0, (__1, ()))| Self {
                    capacity: __factos::Arc::unwrap_or_clone(__0),
                    taken: __factos::Arc::unwrap_or_clone(__1),
                },
            )
        }
    }
};
