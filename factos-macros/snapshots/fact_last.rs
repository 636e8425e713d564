#[allow(missing_docs)]
#[allow(non_camel_case_types)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
struct price {
    product: <str as ::factos::__private::ToOwned>::Owned,
}
#[must_use]
fn price(product: &str) -> price {
    price {
        product: ::factos::__private::ToOwned::to_owned(product),
    }
}
impl price {
    ///Folds one more event into the state of `price`: the function as it is written.
    #[must_use]
    fn fold(price: u64, event: &PriceSet, #[allow(unused_variables)] product: &str) -> u64 {
        event.price
    }
}
const _: () = {
    use ::factos::__private as __factos;
    const __SCHEMA: &__factos::Schema = __factos::schema::<price>();
    const __TAGS: &[(&str, __factos::TagKind)] = &[("product", <str as __factos::TagValue>::KIND)];
    const _: () = if let __factos::Some(message) = __factos::check_choice(
        __SCHEMA,
        "`event` is used here without a pattern, so fact `price` cannot tell which events it reads: match on it, or list them: `#[fact(events(..))]`, `#[fact(all)]`",
    ) {
        ::core::panic!("{}", message.as_str())
    };
    const _: () =
        if let __factos::Some(message) = { __factos::check_fact(__SCHEMA, "price", &[], __TAGS) } {
            ::core::panic!("{}", message.as_str())
        };
    #[automatically_derived]
    impl __factos::Fact for price {
        type Input = PriceSet;
        type State = u64;
        const NAME: &'static str = "price";
        const LAST_ONLY: bool = true;
        fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> {
            let __tag0 = __factos::Tag::new(
                "product",
                <str as __factos::TagValue>::tag_value(&self.product),
            )?;
            __factos::Ok(__factos::Query::new([__factos::item(
                __SCHEMA,
                &[&[]],
                &[&__tag0],
            )?]))
        }
        fn initial(&self) -> u64 {
            #[allow(unused_variables)]
            let product: &str = &self.product;
            100
        }
        fn apply(&self, __state: u64, __event: &PriceSet) -> u64 {
            Self::fold(__state, __event, &self.product)
        }
    }
};
