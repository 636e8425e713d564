const _: () = {
    use ::factos::__private as __factos;
    const __EVENTS: &[__factos::Variant] = &[__factos::event(
        "RateChanged",
        &[("currencies", <Vec<String> as __factos::TagField>::KIND)],
    )
    .named("rate_changed")
    .aliases(&["RateSet"])
    .version(2)];
    #[automatically_derived]
    impl __factos::Event for RateChanged {
        const SCHEMA: &'static __factos::Schema =
            &__factos::of_struct(::core::module_path!(), "RateChanged", __EVENTS);
        fn event_type(&self) -> &'static str {
            match self {
                Self { .. } => "rate_changed",
            }
        }
        fn tags(&self) -> __factos::Result<__factos::Tags, __factos::LimitError> {
            let mut __tags = __factos::Tags::new();
            match self {
                Self { currency: __0, .. } => {
                    <Vec<String> as __factos::TagField>::add_tags(__0, "currencies", &mut __tags)?;
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
