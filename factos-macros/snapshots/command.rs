#[allow(unused_qualifications)]
const _: () = {
    #[allow(unused_imports)]
    use __factos::IntoError as _;
    use ::factos::__private as __factos;
    #[automatically_derived]
    impl __factos::Command for Courses {
        type States = (
            __factos::Option<<DefineCourse as __factos::Command>::States>,
            (
                __factos::Option<<Subscribe as __factos::Command>::States>,
                (),
            ),
        );
        type Error = <DefineCourse as __factos::Command>::Error;
        const NAME: &'static str = "Courses";
        #[allow(unreachable_code)]
        fn decide(
            &self,
            __states: Self::States,
        ) -> __factos::Result<__factos::Events, Self::Error> {
            match (self, __states) {
                (Self::Define(__command), (__factos::Some(__states), (_, ()))) => {
                    match <DefineCourse as __factos::Command>::decide(__command, __states) {
                        __factos::Ok(__events) => __factos::Ok(__events),
                        __factos::Err(__error) => {
                            __factos::Err(__factos::Rejection(__error).into_error())
                        }
                    }
                }
                (Self::Subscribe(__command), (_, (__factos::Some(__states), ()))) => {
                    match <Subscribe as __factos::Command>::decide(__command, __states) {
                        __factos::Ok(__events) => __factos::Ok(__events),
                        __factos::Err(__error) => {
                            __factos::Err(__factos::Rejection(__error).into_error())
                        }
                    }
                }
                _ => __factos::not_routed(),
            }
        }
    }
    #[automatically_derived]
    impl<__C: 'static> __factos::Reads<__C> for Courses
    where
        DefineCourse: __factos::Reads<__C>,
        Subscribe: __factos::Reads<__C>,
    {
        type Facts = (
            __factos::Option<<DefineCourse as __factos::Reads<__C>>::Facts>,
            (
                __factos::Option<<Subscribe as __factos::Reads<__C>>::Facts>,
                (),
            ),
        );
        fn facts(&self) -> Self::Facts {
            match self {
                Self::Define(__command) => (
                    __factos::Some(<DefineCourse as __factos::Reads<__C>>::facts(__command)),
                    (__factos::None, ()),
                ),
                Self::Subscribe(__command) => (
                    __factos::None,
                    (
                        __factos::Some(<Subscribe as __factos::Reads<__C>>::facts(__command)),
                        (),
                    ),
                ),
            }
        }
    }
};
