const _: () = {
    use ::factos::__private as __factos;
    const __EVENTS: &[__factos::Variant] = &[
        __factos::event(
            "CourseDefined",
            &[("course", <CourseId as __factos::TagField>::KIND)],
        ),
        __factos::event(
            "CourseCapacityChanged",
            &[("course", <CourseId as __factos::TagField>::KIND)],
        ),
        __factos::event(
            "StudentSubscribed",
            &[
                ("course", <CourseId as __factos::TagField>::KIND),
                ("student", <StudentId as __factos::TagField>::KIND),
            ],
        ),
    ];
    #[automatically_derived]
    impl __factos::Event for CourseEvent {
        const SCHEMA: &'static __factos::Schema =
            &__factos::of_enum(::core::module_path!(), "CourseEvent", __EVENTS);
        fn event_type(&self) -> &'static str {
            match self {
                Self::CourseDefined { .. } => "CourseDefined",
                Self::CourseCapacityChanged { .. } => "CourseCapacityChanged",
                Self::StudentSubscribed { .. } => "StudentSubscribed",
            }
        }
        fn tags(&self) -> __factos::Result<__factos::Tags, __factos::LimitError> {
            let mut __tags = __factos::Tags::new();
            match self {
                Self::CourseDefined { course: __0, .. }
                | Self::CourseCapacityChanged { course: __0, .. } => {
                    <CourseId as __factos::TagField>::add_tags(__0, "course", &mut __tags)?;
                }
                Self::StudentSubscribed {
                    course: __0,
                    student: __1,
                    ..
                } => {
                    <CourseId as __factos::TagField>::add_tags(__0, "course", &mut __tags)?;
                    <StudentId as __factos::TagField>::add_tags(__1, "student", &mut __tags)?;
                }
            }
            __factos::Ok(__tags)
        }
        fn encode(&self) -> __factos::Result<__factos::Data, __factos::CodecError> {
            <Self as __factos::StoredBy<__factos::Json>>::encode_with(self)
        }
        fn decode(__type: &str, _: u32, __data: &__factos::Data) -> __factos::Decoded<Self> {
            <Self as __factos::StoredBy<__factos::Json>>::decode_named(__type, __data)
        }
    }
};
