//! Several requests at once.

use std::future::Future;
use std::num::NonZeroUsize;

use futures::future::{self, Either};
use futures::stream::{self, Stream, StreamExt};

/// Waits for all of them; the outputs are in the order of the futures.
pub fn all<F: Future>(
    futures: impl IntoIterator<Item = F>,
) -> impl Future<Output = Vec<F::Output>> {
    future::join_all(futures)
}

/// Waits for the first of two that may be of different types and drops the other; on a tie the
/// left one wins.
pub async fn race<A: Future, B: Future>(left: A, right: B) -> Either<A::Output, B::Output> {
    match future::select(Box::pin(left), Box::pin(right)).await {
        Either::Left((output, _)) => Either::Left(output),
        Either::Right((output, _)) => Either::Right(output),
    }
}

/// Starts at most `at_most` at a time, in the order of the inputs, each as soon as there is room.
///
/// Gives outputs as they come, with the index of their input.
pub fn bounded<I, S, F>(
    at_most: NonZeroUsize,
    inputs: I,
    mut start: S,
) -> impl Stream<Item = (usize, F::Output)>
where
    I: IntoIterator,
    S: FnMut(I::Item) -> F,
    F: Future,
{
    stream::iter(inputs)
        .enumerate()
        .map(move |(index, input)| {
            let running = start(input);
            async move { (index, running.await) }
        })
        .buffer_unordered(at_most.get())
}
