const _: () = {
    use ::factos::__private as __factos;
    const __EVENTS: &[__factos::Variant] = &[
        __factos::Variant::wraps("Account", <AccountEvent as __factos::Event>::SCHEMA),
        __factos::Variant::wraps("Rate", <RateChanged as __factos::Event>::SCHEMA),
    ];
    const _: () =
        if let __factos::Some(message) = __factos::check_set(<Bank as __factos::Event>::SCHEMA) {
            ::core::panic!("{}", message.as_str())
        };
    #[automatically_derived]
    impl __factos::Event for Bank {
        const SCHEMA: &'static __factos::Schema =
            &__factos::of_enum(::core::module_path!(), "Bank", __EVENTS);
        fn event_type(&self) -> &'static str {
            match self {
                Self::Account(__e) => <AccountEvent as __factos::Event>::event_type(__e),
                Self::Rate(__e) => <RateChanged as __factos::Event>::event_type(__e),
            }
        }
        fn tags(&self) -> __factos::Result<__factos::Tags, __factos::LimitError> {
            let mut __tags = __factos::Tags::new();
            match self {
                Self::Account(__e) => {
                    __tags = <AccountEvent as __factos::Event>::tags(__e)?;
                }
                Self::Rate(__e) => {
                    __tags = <RateChanged as __factos::Event>::tags(__e)?;
                }
            }
            __factos::Ok(__tags)
        }
        fn encode(&self) -> __factos::Result<__factos::Data, __factos::CodecError> {
            match self {
                Self::Account(__e) => <AccountEvent as __factos::Event>::encode(__e),
                Self::Rate(__e) => <RateChanged as __factos::Event>::encode(__e),
            }
        }
        fn decode(
            __type: &str,
            __version: u32,
            __data: &__factos::Data,
        ) -> __factos::Decoded<Self> {
            if let __factos::Some(__e) =
                <AccountEvent as __factos::Event>::decode(__type, __version, __data)?
            {
                return __factos::Ok(__factos::Some(Self::Account(__e)));
            }
            if let __factos::Some(__e) =
                <RateChanged as __factos::Event>::decode(__type, __version, __data)?
            {
                return __factos::Ok(__factos::Some(Self::Rate(__e)));
            }
            __factos::Ok(__factos::None)
        }
    }
};
