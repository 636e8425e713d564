//! Bodies that change the state, or write something, on events that their patterns do not name. Each of them is refused.

use super::{Call, Macro};

const FACTS: &[&str] = &[
    r"fn f(mut n: u32, event: &E) -> u32 { let mut add = || n += 1; add(); match event { E::A{..} => n } }",
    r"fn f(n: &mut Vec<u32>, event: &E) { for x in n.iter_mut() { *x += 1 } if let E::A{..} = event { n.clear() } }",
    r"fn f(n: u32, event: &E) -> u32 { 'a: { if let E::A{..} = event { break 'a n + 1 } n + 2 } }",
    r"fn f(n: &mut Vec<u32>, event: &E) { if n.pop().is_some() && matches!(event, E::A{..}) { n.push(1) } }",
    r"fn f(n: &mut Vec<u32>, event: &E) { let r = &mut *n; r.push(1); match event { E::A{..} => r.clear() } }",
    r"fn f(n: u32, event: &E) -> u32 { let E::A{..} = event else { return n + 1 }; n }",
    r"fn f(n: u32, event: &E) -> u32 { if let _x = event { n + 1 } else { n } }",
    r"fn f(n: u32, event: &E) -> u32 { let event = &E::C; match event { E::C => n + 1 } }",
    r"fn f(n: u32, event: &E) -> u32 { let f = |e: &E| match e { E::A{..} => n + 1, _ => n + 2 }; f(event) }",
    r"fn f(n: u32, event: &E) -> u32 { match event { E::A{..} => n + 1, ref n => 5 } }",
    r"fn f(n: u32, event: &E) -> u32 { match (n, event) { (mut m, E::A{..}) => m, (mut m, _) => { m += 1; m } } }",
    r"fn f(n: u32, event: &E) -> u32 { match event { E::A{..} => n + 1, _ => { const n: u32 = 3; n } } }",
    r"fn f(n: u32, event: &E) -> u32 { loop { match event { E::A{..} => return n + 1, _ => break } } n + 1 }",
    r"fn f(mut n: u32, event: &E) -> u32 { match event { E::A{..} => n + 1, _ if { n += 1; false } => n, _ => n } }",
    r"fn f(mut n: u32, event: &E) -> u32 { match ({ n += 1; n }, event) { (_, E::A{..}) => n + 1 } }",
    r"fn f(mut n: u32, event: &E) -> u32 { (n, _) = (5, 6); match event { E::A{..} => n + 1 } }",
    r"fn f(n: u32, event: &E) -> u32 { if !matches!(event, E::A{..}) { n + 1 } else { n } }",
    r"fn f(n: u32, event: &E) -> u32 { if !matches!(event, E::A{..}) && n > 1 { n } else { n + 1 } }",
    r"fn f(n: u32, event: &E) -> u32 { let x = matches!(event, E::A{..}); if x { n + 1 } else { n + 2 } }",
    r"fn f(n: u32, event: &E) -> u32 { n + match event { E::A{..} => 1, _ => 2 } }",
    r"fn f(n: u32, event: &E) -> u32 { match event { E::A{..} => n + 1, _ => n }; n + 5 }",
    r"fn f(n: &mut u32, event: &E) { *n += match event { E::A{..} => 1, _ => 2 } }",
    r"fn f(n: &mut u32, event: &E) { match event { E::A{..} => *n += 1, _ => return *n += 1 } }",
    r"fn f(n: &mut u32, event: &E) { let E::A{..} = event else { *n += 1; return }; *n += 1 }",
    r"fn f(n: u32, event: &E) -> u32 { match event { E::A{..} | _ => n + 1 } }",
    r"fn f(n: u32, event: &E) -> u32 { match (event, n) { (E::A{..}, _) | (_, 5) => n + 1 } }",
    r"fn f(n: Option<u32>, event: &E) -> Option<u32> { let x = n?; match event { E::A{..} => Some(x + 1) } }",
    r"fn f(n: u32, event: &E) -> u32 { while let E::A{..} = event { return n + 1 } n }",
    r"fn f(mut n: u32, event: &E) -> u32 { add(&mut n); match event { E::A{..} => n } }",
    r"fn f(n: u32, event: &E) -> u32 { let w = (n, event); match w { (n, E::A{..}) => n + 1, (n, _) => n + 2 } }",
    r"fn f(n: u32, event: &E) -> u32 { return { match event { E::A{..} => n + 1, _ => n + 2 } } }",
    r"fn f(n: u32, event: &E) -> u32 { if let E::A{..} = event { n + 1 } else if n > 3 { 0 } else { n } }",
    r"fn f(n: u32, event: &E) -> u32 { match n { 0 => 1, _ => match event { E::A{..} => n + 1 } } }",
    r"fn f((a, b): (u32, u32), event: &E) -> (u32, u32) { match event { E::A{..} => (a, b), _ => (b, a) } }",
    r"fn f((a, mut b): (u32, u32), event: &E) -> (u32, u32) { b += 1; match event { E::A{..} => (a, b) } }",
    r"fn f(n: &mut u32, event: &E) { unsafe { *n += 1 } match event { E::A{..} => *n += 1 } }",
    r"fn f(n: &mut u32, event: &E) { match (&mut *n, event) { (m, E::A{..}) => *m += 1, (m, _) => *m += 1 } }",
    r"fn f(n: &mut u32, event: &E) { match Some((n, event)) { Some((m, E::A{..})) => *m += 1, Some((m, _)) => *m += 1, None => {} } }",
    r"fn f(n: &mut u32, event: &E) { let (m, e) = (n, event); match e { E::A{..} => *m += 1, _ => *m += 2 } }",
    r"fn f(n: &mut u32, event: &E) { if let (m, e) = (n, event) { *m += 1 } if let E::A{..} = event { } }",
    r"fn f(n: &mut u32, event: &E) { match (n, event) { (m, E::A{..}) => *m += 1, (m, _) if { *m += 1; false } => {}, _ => {} } }",
    r"fn f(n: u32, event: &E) -> u32 { let x; match event { E::A{..} => x = 1, _ => x = 2 } n + x }",
    r"fn f(n: u32, event: &E) -> u32 { let n = match event { E::A{..} => n + 1, _ => n + 2 }; n }",
    r"fn f(n: u32, mut event: &E) -> u32 { let c = E::A{x:1}; event = &c; match event { E::A{..} => n + 1 } }",
    r"fn f(n: u32, mut event: &E) -> u32 { (event, _) = (&E::C, 1); match event { E::C => n + 1 } }",
    r"fn f(n: &mut u32, event: &E) { match (event, n) { (_, m @ 3..) => *m = 0, (E::A{..}, m) => *m += 1 } }",
    r"fn f(n: &mut u32, event: &E) { match (n, event) { (m, e) => match e { E::A{..} => *m += 1, _ => *m += 2 } } }",
    r"fn f(n: &mut u32, event: &E) { match (n, event) { (m, _) => { let k = m; *k += 1 } } ; match event { E::A{..} => {} } }",
    r"fn f(n: u32, event: &E) -> u32 { let (E::A { x } | E::B { x }) = event else { loop { return x_(n) } }; n + x }",
    r"fn f(n: u32, event: &E) -> u32 { let x = if let E::A{..} = event { 1 } else { 2 }; n + x }",
    r"fn f(n: u32, event: &E) -> u32 { let c = async { match event { E::A{..} => 1, _ => 2 } }; n }",
    r"fn f(n: &mut u32, event: &E) { let p: *mut u32 = n; match event { E::A{..} => {} } }",
    r"fn f(n: &mut u32, event: &E) { if let E::A{..} = event {} else { drop(std::mem::replace(n, 3)) } }",
    r"fn f(n: u32, event: &E) -> u32 { match event { E::A{..} => n + 1, _ => match n { 3 => 4, n => n } } }",
    r"fn f(n: u32, event: &E) -> u32 { match (n, event) { (3, E::A{..}) => 1, (k, _) => { let k = k + 1; k } } }",
    r"fn f(n: u32, event: &E) -> u32 { match (n, event) { (3, E::A{..}) => 1, (k @ 5, _) => k, (k, E::B{..}) => k + 1, (.., k) => n } }",
    r"fn f(n: u32, event: &E) -> u32 { match (n, event) { (3, E::A{..}) => 1, (k, E::B { x: _ }) => 2, (.., e) if is(e) => 7, _ => n } }",
    r"fn f(n: u32, event: &E) -> u32 { n.max(match event { E::A{..} => 5 , _ => 0 }) }",
    r"fn f(n: bool, event: &E) -> bool { n && matches!(event, E::A{..}) }",
    r"fn f(n: bool, event: &E) -> bool { n ^ matches!(event, E::A{..}) }",
    r"fn f(mut n: bool, event: &E) -> bool { n |= matches!(event, E::A{..}); n }",
    r"fn f(n: bool, event: &E) -> bool { n || !matches!(event, E::A{..}) }",
    r"fn f(n: bool, event: &E) -> bool { n || matches!(event, E::A{..}) || true }",
    r"fn f(n: bool, event: &E) -> bool { matches!(event, E::A{..}) || n }",
    r"fn f(n: u32, event: &E) -> u32 { #[allow(unused)] let n = 3; match event { E::A{..} => n } }",
    r"fn f(n: u32, event: &E) -> u32 { struct S; impl S { fn g(n: u32) -> u32 { n + 1 } } match event { E::A{..} => S::g(n), _ => S::g(n) } }",
    r"fn f(n: u32, event: &E) -> u32 { fn g(n: u32, event: &E) -> u32 { match event { E::A{..} => n, _ => n + 1} } g(n, event) }",
    r"fn f(n: &mut u32, event: &E) { match (n, event) { (m, E::A{..}) => *m += 1, (m, _) => *m += 5 } }",
    r"fn f(n: u32, event: &E) -> u32 { let x = match event { E::A{..} => 1 }; const n: u32 = 77; x + n }",
    r"fn f(mut n: u32, event: &E) -> u32 { r#n += 1; match event { E::A{..} => n + 1 } }",
    r"fn f(n: u32, event: &E) -> u32 { let id!(n) = 7; match event { E::A{..} => n + 1 } }",
    r"fn f(n: u32, event: &E) -> u32 { match event { ref C => n + 1 } }",
    r"fn f(n: u32, event: &E) -> u32 { if m::matches!(event, E::A { .. }) { n + 1 } else { n } }",
    r"fn f((a, b): &mut (u32, u32), event: &E) { match (a, event) { (1, E::A{..}) => *b += 1, (m, _) => *m += 5 } }",
];

/// Bodies of a projection of one event.
const ONE: &[&str] = &[
    r"{ write(db).await?; match event { E::A{..} => Ok(()) } }",
    r"{ match event { E::A{..} => write(db).await }?; match event { E::B{..} => write(db).await, _ => Ok(()) } }",
    r"{ match event { E::A{..} => {} }; if let E::B{..} = event { write(db).await?; } Ok(()) }",
    r"{ let E::A{..} = event else { return Ok(()) }; if let E::B{..} = event { write(db).await?; } Ok(()) }",
    r"{ match event { E::A{..} => Ok(()), _ => write(db).await } }",
    r"{ match event { E::A{..} => {} _ => { write(db).await?; } } Ok(()) }",
    r"{ match event { E::A{..} => {} _ => {} } write(db).await }",
    r"{ if let E::A{..} = event { write(db).await?; } write(db).await?; Ok(()) }",
    r"{ if let E::A{..} = event { Ok(()) } else { write(db).await } }",
    r"{ if !matches!(event, E::A{..}) { return write(db).await; } Ok(()) }",
    r"{ let E::A{..} = event else { return Err(Refused) }; Ok(()) }",
    r"{ let E::A{..} = event else { write(db).await?; return Ok(()) }; Ok(()) }",
    r"{ match event { E::A{..} => Ok(()), _ => Err(Refused) } }",
    r"{ match event { E::A{..} => Ok(()), _ => Err(Refused) }?; Ok(()) }",
    r"{ match event { E::A{..} => Ok(()), _ => unreachable!() } }",
    r"{ match event { E::A{..} => Ok(()), other if log(db) => Ok(()) } }",
    r"{ let c = &mut *db; c.execute(1); match event { E::A{..} => Ok(()) } }",
    r"{ let mut write = || db.execute(1); write(); match event { E::A{..} => Ok(()) } }",
    r"{ other_connection().await; match event { E::A{..} => Ok(()) } }",
    r"{ let x = read().await; match event { E::A{..} => Ok(()) } }",
    r"{ allowed()?; match event { E::A{..} => Ok(()) } }",
    r"{ println!(); match event { E::A{..} => Ok(()) } }",
    r"{ log(event); match event { E::A{..} => Ok(()) } }",
    r"{ let e = event; match e { E::A{..} => Ok(()), _ => write(db).await } }",
    r"{ match (db, event) { (db, E::A{..}) => write(db).await, (db, _) => write(db).await } }",
    r"{ match (&mut *db, event) { (c, E::A{..}) => write(c).await, (c, _) => write(c).await } }",
    r"{ match event { E::A{..} => Ok(()), _ => { let db = other(); write(db); Ok(()) } } }",
    r"{ let db = db; match event { E::A{..} => Ok(()), _ => write(db).await } }",
    r"{ for _ in 0..1 { match event { E::A{..} => break, _ => write(db).await? } } Ok(()) }",
    r"{ let f = async { match event { E::A{..} => 1, _ => db.execute(1) } }; f.await; Ok(()) }",
    r"{ let x = if let E::A{..} = event { 1 } else { 2 }; write(x, db).await }",
    r"{ let result = Err(Refused); match event { E::A{..} => Ok(()), _ => result } }",
    r"{ match event { E::A{..} => Ok(()), _ => Ok(write(db)) } }",
    r"{ macro_rules! write { () => { db.execute(1) } } match event { E::A{..} => write!() } }",
    r"{ use sqlx::db; match event { E::A{..} => db.execute(1) } }",
    r"{ return write(db).await; }",
    r"{ write(db).await }",
    r"{ Ok(()) }",
    r"{ if event.is_first() { return Ok(()); } match event { E::A{..} => Ok(()) } }",
];

/// Bodies of a projection of several events.
const SLICES: &[&str] = &[
    r"{ let mut n = 0; for event in events { n += 1; match &event.data { E::A{..} => {} } } write(n, db).await }",
    r"{ let mut n = 0; for event in events { match &event.data { E::A{..} => {} _ => n += 1 } } write(n, db).await }",
    r"{ for event in events { match &event.data { E::A{..} => {} _ => {} } n += 1 } Ok(()) }",
    r"{ for event in events { match &event.data { E::A{..} => {} } } write(events.len(), db).await }",
    r"{ for event in events { match &event.data { E::A{..} => write(events.first(), db).await? } } Ok(()) }",
    r#"{ for event in events { match &event.data { E::A{..} => {} } } write(format!("{events:?}"), db).await }"#,
    r#"{ for event in events { match &event.data { E::A{..} => {} } } write(format!("{}", events.len()), db).await }"#,
    r#"{ for event in events { match &event.data { E::A{..} => {} } } write(format!(r"{events:?}"), db).await }"#,
    r#"{ for event in events { match &event.data { E::A{..} => {} } } write(format!("{\u{65}vents:?}"), db).await }"#,
    r"{ macro_rules! all { () => { events } } for event in events { match &event.data { E::A{..} => {} } } write(all!(), db).await }",
    r"{ for event in events { match &event.data { E::A{..} => {} _ => break } } Ok(()) }",
    r"{ for event in events { match &event.data { E::A{..} => {} _ => return Ok(()) } } Ok(()) }",
    r"{ for event in events { match &event.data { E::A{..} => {} _ => write(db).await? } } Ok(()) }",
    r"{ for event in events { let E::A{..} = &event.data else { break }; } Ok(()) }",
    r"{ 'a: for event in events { for x in 0..3 { let E::A{..} = &event.data else { continue 'a }; } } Ok(()) }",
    r"{ for event in events { if let E::A{..} = &event.data {} else { list.push(1) } } Ok(()) }",
    r"{ let mut add = || n += 1; for event in events { add(); match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ let mut add = || n += 1; for event in events { let x = add(); match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ let l = &mut list; for event in events { push(l); match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ let l = &mut list; for event in events { let x = event.id.write_to(l); match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ let l = list.iter_mut(); for event in events { let x = l.next(); match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { last = Some(event.position); match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { let x = &mut n; match (x, &event.data) { (x, E::A{..}) => {} } } Ok(()) }",
    r"{ for event in events { match (&mut n, &event.data) { (n, E::A{..}) => *n += 1, (n, _) => *n += 2 } } Ok(()) }",
    r"{ for event in events { match (count(), &event.data) { (_, E::A{..}) => {} } } Ok(()) }",
    r"{ for event in events { match &event.data { E::A{..} => {} _ if count() => {} _ => {} } } Ok(()) }",
    r"{ for event in events { if count() && matches!(event.data, E::A{..}) {} } Ok(()) }",
    r"{ for event in events { tracing::debug!(1); match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { wait().await; match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { check()?; match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { match &event.data { E::A{..} => Ok(()), _ => failed }?; } Ok(()) }",
    r"{ for event in events { match &event.data { E::A{..} => Ok(()), _ => Err(1) }?; } Ok(()) }",
    r"{ for (i, event) in events.iter().enumerate() { match &event.data { E::A{..} => n = i } } Ok(()) }",
    r"{ for event in events.iter().take(3) { match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in &events[1..] { match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for _ in events { n += 1 } for event in events { match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for Recorded { data, .. } in events { match data { E::A{..} => {} _ => n += 1 } } Ok(()) }",
    r"{ for event in events { match event { Recorded { data: E::A{..}, .. } => {} _ => n += 1 } } Ok(()) }",
    r"{ for event in events { n += event.size; match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { log(&event.data); match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { let d = &event.data; match d { E::A{..} => {} _ => n += 1 } } Ok(()) }",
    r"{ for event in events { let event = &other; match &event.data { E::A{..} => {} _ => {} } } Ok(()) }",
    r"{ for event in events { macro_rules! m { () => { event } } match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ let e = events; for event in e { n += 1; } for event in events { match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ let f = |events: &[u8]| 3; for event in events { match &event.data { E::A{..} => {} } } f(&[]) }",
    r"{ let n = events.iter().filter(|e| matches!(e.data, E::A{..})).count(); write(n, db).await }",
    r"{ let Some(event) = events.first() else { return Ok(()) }; match &event.data { E::A{..} => Ok(()) } }",
    r"{ match events { [] => Ok(()), [first, ..] => write(first, db).await } }",
    r"{ while let Some(event) = events.iter().next() { match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in r#events { n += 1; match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { for x in &list { n += 1 } match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { for e in events { match &e.data { E::A{..} => n += 1 } } match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { let x = { for e in events { match &e.data { E::A{..} => n += 1 } } }; } Ok(()) }",
    r"{ for event in events { let f = || for e in events { match &e.data { E::A{..} => n += 1 } }; f() } Ok(()) }",
    r"{ use weird::matches; for event in events { if matches!(event.data, E::A{..}) { n += 1 } } Ok(()) }",
    r"{ for event in events { { n += 1 } match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { loop { match &event.data { E::A{..} => break, _ => n += 1 } } } Ok(()) }",
    r"{ for event in events { unsafe { N += 1 } match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { list[0] = 1; match &event.data { E::A{..} => {} } } Ok(()) }",
    r"{ for event in events { n = if let E::A{..} = &event.data { 1 } else { 2 }; } Ok(()) }",
    r"{ for event in events { let x = *take(); if let E::A{..} = &event.data {} } Ok(()) }",
    r"{ for event in events { let x = [n].map(count); if let E::A{..} = &event.data {} } Ok(()) }",
    r"{ for event in events { if let E::A{..} = &event.data {} for e in events { n += 1 } } Ok(()) }",
    r"{ write(db).await }",
];

/// Bodies of a reactor that returns an `Option` of a command.
const OPTIONS: &[&str] = &[
    r"{ send(mailer); match event { E::A{..} => None } }",
    r"{ mailer.send(); match event { E::A{..} => None } }",
    r"{ mailer.send().await; match event { E::A{..} => None } }",
    r"{ let sent = mailer.send(); match event { E::A{..} => None } }",
    r"{ static N: AtomicU32 = AtomicU32::new(0); N.fetch_add(1, Relaxed); match event { E::A{..} => None } }",
    r"{ println!(); match event { E::A{..} => None } }",
    r"{ let text = vec![send()]; match event { E::A{..} => None } }",
    r"{ let list = mine::vec![]; match event { E::A{..} => None } }",
    r"{ unsafe { N += 1 } match event { E::A{..} => None } }",
    r"{ for x in list { send(x) } match event { E::A{..} => None } }",
    r"{ let send = || mailer.send(); send(); match event { E::A{..} => None } }",
    r"{ let f = async { mailer.send() }; match event { E::A{..} => f.await } }",
    r"{ match event { E::A{..} => None, _ => Some(Confirm) } }",
    r"{ match event { E::A{..} => None, _ => mailer.answer() } }",
    r"{ match event { E::A{..} => None, _ => unreachable!() } }",
    r"{ match event { E::A{..} => None, _ => { send(); None } } }",
    r"{ match event { E::A{..} => None, other => answer(other) } }",
    r"{ match event { E::A{..} => None, _ if send() => None } }",
    r"{ match event { E::A{..} => Ok(()), _ => Err(Refused) }?; None }",
    r"{ match event { E::A{..} => {} _ => {} } Some(Confirm) }",
    r"{ match event { E::A{..} => {} } Some(Confirm) }",
    r"{ match event { E::A{..} => {} } send(mailer); None }",
    r"{ match event { E::A{..} => {} }; if let E::B{..} = event { send(); } None }",
    r"{ if let E::A{..} = event { None } else { Some(Confirm) } }",
    r"{ if let E::A{..} = event { send(); } Some(Confirm) }",
    r"{ if mailer.is_open() { send() } match event { E::A{..} => None } }",
    r"{ if mailer.open { send() } match event { E::A{..} => None } }",
    r"{ if !matches!(event, E::A{..}) { return Some(Confirm); } None }",
    r"{ let E::A{..} = event else { return Some(Confirm) }; None }",
    r"{ let E::A{..} = event else { send(); return None }; None }",
    r"{ return Some(Confirm); }",
    r"{ Some(Confirm) }",
    r"{ None }",
    r"{ matches!(event, E::A{..}).then_some(Confirm) }",
    r"{ event.confirm() }",
    r"{ answer(event) }",
    r"{ let e = event; match e { E::A{..} => None, _ => Some(Confirm) } }",
    r"{ let event = other; match event { E::A{..} => None } }",
    r"{ match (send(), event) { (_, E::A{..}) => None } }",
    r"{ match (mailer, event) { (_, E::A{..}) => None, (m, _) => m.answer() } }",
    r"{ Some(match event { E::A{..} => Confirm, _ => Confirm }) }",
    r"{ let mut answer = None; answer = Some(Confirm); match event { E::A{..} => {} } answer }",
    r"{ let mut answer = None; answer.insert(Confirm); match event { E::A{..} => {} } answer }",
    r"{ let mut answer = None; let a = &mut answer; fill(a); match event { E::A{..} => {} } answer }",
    r"{ let mut answer = None; { answer = Some(Confirm); } match event { E::A{..} => {} } answer }",
    r"{ let answer = None; let answer = Some(Confirm); match event { E::A{..} => {} } answer }",
    r"{ let answer = Some(Confirm); { let answer = None; } match event { E::A{..} => {} } answer }",
    r"{ let answer = None; if let Some(answer) = &mailer.answer { match event { E::A{..} => None, _ => answer } } else { None } }",
    r"{ let answer = None; match event { E::A{..} => None, answer => answer } }",
    r"{ let answer = None; match mailer.answer { Some(answer) => return answer, None => {} } match event { E::A{..} => {} } answer }",
    r"{ let answer = None; match event { E::A{..} => {} _ => { const answer: Option<C> = Some(Confirm); return answer } } answer }",
    r"{ let answer = None else { send() }; match event { E::A{..} => {} } answer }",
    r"{ let ref mut answer = None; match event { E::A{..} => {} } answer }",
    r"{ let None = answer() else { return None }; match event { E::A{..} => {} } None }",
    r"{ use weird::answer; match event { E::A{..} => None, _ => answer } }",
    r"{ macro_rules! go { () => { send() } } match event { E::A{..} => None } }",
    r"{ for event in [event] { match event { E::A{..} => break, _ => send() } } None }",
    r"{ 'a: { if let E::A{..} = event { break 'a None } Some(Confirm) } }",
    r"{ Ok(match event { E::A{..} => None, _ => Some(Confirm) }) }",
    r"{ Ok({ send(); match event { E::A{..} => None } }) }",
    r"{ Ok(match event { E::A{..} => None }, send()) }",
    r"{ Err(match event { E::A{..} => None }) }",
    r"{ Vec::with(match event { E::A{..} => None }) }",
    r"{ match event { E::A{..} => None, _ => Vec::new(1) } }",
    r"{ match event { E::A{..} => None, _ => Mine::new() } }",
    r"{ match event { E::A{..} => None, _ => Commands::full() } }",
    r"{ match event { E::A{..} => None, _ => vec![Confirm] } }",
    r"{ #[cfg(test)] { send(); } match event { E::A{..} => None } }",
    r"{ match event { #[cfg(test)] E::A{..} => None, E::B => None } }",
];

#[test]
fn a_reactor_does_nothing_unseen() {
    let function =
        |body: &&str| format!("async fn f(event: &E, mailer: &Mailer) -> Option<Confirm> {body}");
    let bodies: Vec<String> = OPTIONS.iter().map(function).collect();
    all_refused(Macro::Reactor, &bodies);
}

#[test]
fn a_projection_writes_nothing_unseen() {
    let one = |body: &&str| {
        format!("async fn f(event: &E, db: &mut C, tables: &Tables) -> Result<(), X> {body}")
    };
    let bodies: Vec<String> = ONE.iter().map(one).collect();
    all_refused(Macro::Projection, &bodies);
    let slices = |body: &&str| {
        format!("async fn f(events: &[Recorded<E>], db: &mut C) -> Result<(), X> {body}")
    };
    let bodies: Vec<String> = SLICES.iter().map(slices).collect();
    all_refused(Macro::Projection, &bodies);
}

/// A body that names no event is refused by a check of the event type, since on a struct it would be fine.
#[test]
fn the_state_never_changes_unseen() {
    all_refused(Macro::Fact, FACTS);
}

#[track_caller]
fn all_refused(called: Macro, bodies: &[impl AsRef<str>]) {
    for body in bodies {
        let body = body.as_ref();
        let written = Call::new(called, "", body).expand().to_string();
        assert!(
            written.contains("compile_error") || written.contains("check_choice"),
            "accepted: {body}\n{written}"
        );
    }
}

/// What is taken for a variant is written so that it can be nothing else.
#[test]
fn bare_names_are_variants() {
    let bodies = [
        "match event { Closed => n + 1 }",
        "match event { E::Closed => n + 1 }",
        "match (n, event) { (N, Closed | Opened) if true => n + 1, (N, W(&Closed)) => n }",
        "if let x @ Closed = event { n + 1 } else { n }",
        "if matches!((event, 1), (Closed, ONE) if Closed == 3) { n + 1 } else { n }",
        "let (W(Closed) | Opened) = event else { return n }; n + 1",
    ];
    for body in bodies {
        let item = format!("fn f(n: u32, event: &E) -> u32 {{ {body} }}");
        let written = Call::new(Macro::Fact, "", &item).expand().to_string();
        let settled = written.matches("Closed { }").count();
        let all = written.matches("Closed").count()
            - written.matches("\"Closed\"").count()
            // The pattern by which rustc knows a qualified name.
            - written.matches("Closed { .. }").count();
        let other = written.matches("Closed ==").count();
        assert!(settled > 0 && settled == all - other, "{written}");
        assert!(
            !written.contains("N { }") && !written.contains("ONE { }"),
            "{written}"
        );
    }
}
