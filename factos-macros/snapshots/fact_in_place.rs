#[allow(missing_docs)]
#[allow(non_camel_case_types)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
struct names {}
#[must_use]
fn names() -> names {
    names {}
}
impl names {
    ///Folds one more event into the state of `names`: the function as it is written.
    fn fold(names: &mut Vec<String>, event: &Recorded<UserEvent>) {
        if let Registered { name, .. } = &event.data {
            names.push(name.clone());
        }
    }
}
const _: () = {
    use ::factos::__private as __factos;
    const __SCHEMA: &__factos::Schema = __factos::schema::<names>();
    const __TAGS: &[(&str, __factos::TagKind)] = &[];
    const _: () = if let __factos::Some(message) =
        { __factos::check_fact(__SCHEMA, "names", &["Registered"], __TAGS) }
    {
        ::core::panic!("{}", message.as_str())
    };
    #[automatically_derived]
    impl __factos::Fact for names {
        type Input = Recorded<UserEvent>;
        type State = Vec<String>;
        const NAME: &'static str = "names";
        fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> {
            __factos::Ok(__factos::Query::new([__factos::item(
                __SCHEMA,
                &[&["Registered"]],
                &[],
            )?]))
        }
        fn initial(&self) -> Vec<String> {
            <Vec<String> as ::core::default::Default>::default()
        }
        fn apply(&self, __state: Vec<String>, __event: &Recorded<UserEvent>) -> Vec<String> {
            let mut __state = __state;
            Self::fold(&mut __state, __event);
            __state
        }
    }
};
