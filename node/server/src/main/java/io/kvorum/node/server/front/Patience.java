package io.kvorum.node.server.front;

/// How long clients may take.
///
/// @param decisionMillis for the TLS handshake and the first bytes: many round trips on the worst
///   link, and short enough that idle connections cannot pile up
/// @param requestMillis for the head of a request, or the body of one that nobody wants
/// @param bodyMillis at most for a body that is wanted, whatever its reader allows
/// @param idleMillis between requests
/// @param lingerMillis for reading away what still comes behind an early answer
record Patience(
    long decisionMillis, long requestMillis, long bodyMillis, long idleMillis, long lingerMillis) {

  static final Patience USUAL = new Patience(10_000, 15_000, 60_000, 120_000, 2_000);
}
