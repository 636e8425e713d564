#[allow(missing_docs)]
#[allow(non_camel_case_types)]
struct confirm {}
#[must_use]
#[allow(clippy::used_underscore_binding)]
fn confirm() -> confirm {
    confirm {}
}
impl confirm {
    ///What `confirm` does about an event, and answers: the function as it is written.
    #[allow(
        clippy::missing_errors_doc,
        clippy::must_use_candidate,
        clippy::trivially_copy_pass_by_ref,
        clippy::ref_option
    )]
    fn react(event: &OrderEvent) -> Option<Confirm> {
        match event {
            OrderEvent::Placed { order } => Some(Confirm {
                order: order.clone(),
            }),
            OrderEvent::Gone {} => None,
            #[allow(unreachable_patterns)]
            _ => return <Option<Confirm> as ::factos::__private::Nothing>::nothing(),
        }
    }
}
const _: () = {
    use ::factos::__private as __factos;
    const __SCHEMA: &__factos::Schema = <OrderEvent as __factos::Event>::SCHEMA;
    const _: () = if let __factos::Some(message) = {
        let _ = |__event: &_| match __event {
            OrderEvent::Placed { .. } => {}
            #[allow(unreachable_patterns)]
            _ => {}
        };
        __factos::check_reactor(__SCHEMA, "confirm", &["Placed"])
    } {
        ::core::panic!("{}", message.as_str())
    };
    const _: () = if let __factos::Some(message) = {
        let _ = |__event: &_| match __event {
            OrderEvent::Gone { .. } => {}
            #[allow(unreachable_patterns)]
            _ => {}
        };
        __factos::check_reactor(__SCHEMA, "confirm", &["Gone"])
    } {
        ::core::panic!("{}", message.as_str())
    };
    const _: fn() -> Option<Confirm> = <Option<Confirm> as __factos::Nothing>::nothing;
    #[automatically_derived]
    impl ::core::fmt::Debug for confirm {
        fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            __f.debug_struct("confirm").finish_non_exhaustive()
        }
    }
    #[automatically_derived]
    impl __factos::AsyncReactor for confirm {
        type Event = OrderEvent;
        const NAME: &'static str = "confirm";
        fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> {
            __factos::Ok(__factos::Query::new([__factos::item(
                __SCHEMA,
                &[&["Placed"], &["Gone"]],
                &[],
            )?]))
        }
        #[allow(clippy::unit_arg)]
        async fn react<'a>(
            &'a self,
            __event: &'a __factos::Recorded<OrderEvent>,
        ) -> __factos::Result<__factos::Commands, __factos::ReactionFailure> {
            <Option<Confirm> as __factos::Reaction>::into_reaction(Self::react(&__event.data))
        }
    }
};
