const _: () = {
    use ::factos::__private as __factos;
    #[automatically_derived]
    impl __factos::TagValue for CourseId {
        const KIND: __factos::TagKind = __factos::TagKind::new(::core::module_path!(), "CourseId");
        fn tag_value(&self) -> __factos::Cow<'_, str> {
            <String as __factos::TagValue>::tag_value(&self.0)
        }
    }
};
