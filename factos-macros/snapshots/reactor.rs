/// Welcomes whoever registers.
#[allow(non_camel_case_types)]
pub struct welcome {
    mailer: Mailer,
    from: <str as ::factos::__private::ToOwned>::Owned,
}
/// Welcomes whoever registers.
#[must_use]
#[allow(clippy::used_underscore_binding)]
pub fn welcome(mailer: Mailer, from: <str as ::factos::__private::ToOwned>::Owned) -> welcome {
    welcome { mailer, from }
}
impl welcome {
    ///What `welcome` does about an event, and answers: the function as it is written.
    #[allow(
        clippy::missing_errors_doc,
        clippy::must_use_candidate,
        clippy::trivially_copy_pass_by_ref,
        clippy::ref_option
    )]
    pub async fn react(
        event: &Recorded<UserEvent>,
        mailer: &Mailer,
        from: &str,
    ) -> Result<(), MailError> {
        match &event.data {
            UserRegistered { username } => mailer.send(username, from).await,
            #[allow(unreachable_patterns)]
            _ => {
                return <Result<(), MailError> as ::factos::__private::Nothing>::nothing();
            }
        }
    }
}
const _: () = {
    use ::factos::__private as __factos;
    const __SCHEMA: &__factos::Schema = <UserEvent as __factos::Event>::SCHEMA;
    const _: () = if let __factos::Some(message) =
        { __factos::check_reactor(__SCHEMA, "welcome", &["UserRegistered"]) }
    {
        ::core::panic!("{}", message.as_str())
    };
    const _: () = if let __factos::Some(message) =
        __factos::check_order(__SCHEMA, "welcome", &["UserRegistered"], "username")
    {
        ::core::panic!("{}", message.as_str())
    };
    const _: fn() -> Result<(), MailError> = <Result<(), MailError> as __factos::Nothing>::nothing;
    #[automatically_derived]
    impl ::core::fmt::Debug for welcome {
        fn fmt(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            __f.debug_struct("welcome").finish_non_exhaustive()
        }
    }
    #[automatically_derived]
    impl __factos::AsyncReactor for welcome
    where
        Mailer: ::core::marker::Send + ::core::marker::Sync,
        <str as ::factos::__private::ToOwned>::Owned: ::core::marker::Send + ::core::marker::Sync,
    {
        type Event = UserEvent;
        const NAME: &'static str = "welcome_mail";
        fn query(&self) -> __factos::Result<__factos::Query, __factos::LimitError> {
            __factos::Ok(__factos::Query::new([__factos::item(
                __SCHEMA,
                &[&["UserRegistered"]],
                &[],
            )?]))
        }
        fn order_key<'e>(&self, __event: &'e __factos::StoredEvent) -> __factos::Option<&'e str> {
            __factos::tag_of(__event, "username")
        }
        #[allow(clippy::unit_arg)]
        async fn react<'a>(
            &'a self,
            __event: &'a __factos::Recorded<UserEvent>,
        ) -> __factos::Result<__factos::Commands, __factos::ReactionFailure> {
            <Result<(), MailError> as __factos::Reaction>::into_reaction(
                Self::react(__event, &self.mailer, &self.from).await,
            )
        }
    }
};
