package io.kvorum.node.core.replica;

import java.util.concurrent.atomic.AtomicLong;

/// Hands out ids that no other request has: consecutive numbers from a random start.
///
/// Two lives, of one member or of two, that make 2^40 requests each overlap once in 2^23 such
/// pairs, and then only matter to each other where both wait for the same number at the same
/// moment.
public final class RequestIds {
  private final AtomicLong next;

  /// @param start 64 random bits, new for each life of a member
  public RequestIds(long start) {
    this.next = new AtomicLong(start);
  }

  public long next() {
    return next.getAndIncrement();
  }
}
