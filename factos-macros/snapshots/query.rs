fn query() -> Result<Query, LimitError> {
    {
        use ::factos::__private as __factos;
        const __SCHEMA0: &__factos::Schema = __factos::schema_of(&|__event: &_| match __event {
            CourseDefined { .. } => {}
            #[allow(unreachable_patterns)]
            _ => {}
        });
        const _: () =
            if let __factos::Some(message) = __factos::check_query(__SCHEMA0, &["CourseDefined"]) {
                ::core::panic!("{}", message.as_str())
            };
        const _: () = if let __factos::Some(message) =
            __factos::check_query_tag(__SCHEMA0, &["CourseDefined"], "course")
        {
            ::core::panic!("{}", message.as_str())
        };
        const __SCHEMA1: &__factos::Schema = __factos::schema_of(&|__event: &_| match __event {
            StudentSubscribed { .. } => {}
            #[allow(unreachable_patterns)]
            _ => {}
        });
        const _: () = if let __factos::Some(message) =
            __factos::check_query(__SCHEMA1, &["StudentSubscribed"])
        {
            ::core::panic!("{}", message.as_str())
        };
        const _: () = if let __factos::Some(message) =
            __factos::check_query_tag(__SCHEMA1, &["StudentSubscribed"], "course")
        {
            ::core::panic!("{}", message.as_str())
        };
        const _: () = if let __factos::Some(message) =
            __factos::check_query_tag(__SCHEMA1, &["StudentSubscribed"], "student")
        {
            ::core::panic!("{}", message.as_str())
        };
        __factos::query([
            __factos::query_item(
                __SCHEMA0,
                &["CourseDefined"],
                [__factos::query_tag(
                    "course",
                    &&id,
                    &const {
                        let __check = __factos::TagCheck::new();
                        if let __factos::Some(message) =
                            __check.wrong(__SCHEMA0, &["CourseDefined"], "course")
                        {
                            ::core::panic!("{}", message.as_str())
                        }
                        __check
                    },
                )],
            ),
            __factos::query_item(
                __SCHEMA1,
                &["StudentSubscribed"],
                [
                    __factos::query_tag(
                        "course",
                        &&id,
                        &const {
                            let __check = __factos::TagCheck::new();
                            if let __factos::Some(message) =
                                __check.wrong(__SCHEMA1, &["StudentSubscribed"], "course")
                            {
                                ::core::panic!("{}", message.as_str())
                            }
                            __check
                        },
                    ),
                    __factos::query_tag(
                        "student",
                        &student,
                        &const {
                            let __check = __factos::TagCheck::new();
                            if let __factos::Some(message) =
                                __check.wrong(__SCHEMA1, &["StudentSubscribed"], "student")
                            {
                                ::core::panic!("{}", message.as_str())
                            }
                            __check
                        },
                    ),
                ],
            ),
        ])
    }
}
