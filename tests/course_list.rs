//! The example `course_list`, on each store.

#[allow(dead_code)]
#[path = "../examples/course_list.rs"]
mod course_list;
mod support;

use course_list::*;
use factos::EventLog;
use factos::sqlite::SqliteReadModel;
use factos::testing::given;
use sqlx::SqliteConnection;

fn free(cooking: i64, rust: i64, tango: i64) -> Vec<(String, i64)> {
    let row = |(course, free): (&str, i64)| (course.to_owned(), free);
    [("cooking", cooking), ("rust", rust), ("tango", tango)]
        .map(row)
        .into()
}

async fn readers_see_both_versions_alike(log: EventLog) {
    let model = SqliteReadModel::in_memory().await.expect("it opens");
    fill(&log, 600).await.expect("a log");
    let first = log.projection(courses(), &model).expect("a projection");
    catch_up(&first).await.expect("it goes well");
    assert_eq!(list(&model).await.expect("a query"), free(600, 200, 400));

    let subscribed = |student| CourseEvent::StudentSubscribed {
        course: "cooking".into(),
        student,
    };
    log.append([1, 2].map(subscribed)).await.expect("an append");
    let second = log
        .projection(second::courses(), &model)
        .expect("a projection");
    catch_up(&second).await.expect("it goes well");
    assert_eq!(list(&model).await.expect("a query"), free(598, 200, 400));
}

support::stores::on_every_store! {
    readers_see_both_versions_alike
}

#[tokio::test]
async fn both_versions_take_the_same_events() {
    let defined = CourseEvent::CourseDefined {
        course: "rust".into(),
        capacity: 3,
    };
    let subscribed = |student| CourseEvent::StudentSubscribed {
        course: "rust".into(),
        student,
    };
    let given = given([defined, subscribed(1), subscribed(2)]);
    let read = async |db: &mut SqliteConnection| {
        sqlx::query_as("SELECT course, free FROM courses")
            .fetch_all(db)
            .await
    };
    let expected = || vec![("rust".to_owned(), 1)];
    let model = async || SqliteReadModel::in_memory().await.expect("it opens");
    given
        .when_projected(courses(), &model().await)
        .await
        .then(read, expected())
        .await;
    given
        .when_projected(second::courses(), &model().await)
        .await
        .then(read, expected())
        .await;
}
