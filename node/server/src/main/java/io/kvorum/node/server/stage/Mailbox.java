package io.kvorum.node.server.stage;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A bounded queue with many senders and one receiver that always takes everything waiting.
///
/// Items form a linked stack that a sender pushes with one compare-and-set; the receiver takes the
/// whole stack and walks it from the oldest. The sender that found the stack empty is told so: it
/// alone wakes the receiver, so a batch costs one wake-up however many items it has.
public final class Mailbox<T> {
  private final int capacity;
  private final AtomicReference<@Nullable Node<T>> newest = new AtomicReference<>();
  private final AtomicInteger size = new AtomicInteger();

  public Mailbox(int capacity) {
    this.capacity = capacity;
  }

  /// What became of an offer.
  public enum Offer {
    /// Taken, and the receiver may be asleep: the sender wakes it.
    FIRST,
    /// Taken; somebody else has woken the receiver.
    QUEUED,
    /// Not taken.
    FULL
  }

  /// Offers an item that the bound may refuse.
  public Offer offer(T item) {
    if (size.incrementAndGet() > capacity) {
      size.decrementAndGet();
      return Offer.FULL;
    }
    return push(item);
  }

  /// Adds an item whose number is bounded elsewhere, such as a reply to what the receiver sent.
  public Offer add(T item) {
    size.incrementAndGet();
    return push(item);
  }

  private Offer push(T item) {
    var node = new Node<>(item);
    @Nullable Node<T> before;
    do {
      before = newest.get();
      node.older = before;
    } while (!newest.compareAndSet(before, node));
    return before == null ? Offer.FIRST : Offer.QUEUED;
  }

  /// Gives everything that waits to the receiver, oldest first, and says how much that was.
  public int drain(Consumer<? super T> receiver) {
    var node = reversed(newest.getAndSet(null));
    var taken = 0;
    for (; node != null; node = node.older) {
      taken++;
      receiver.accept(node.item);
    }
    if (taken > 0) {
      size.addAndGet(-taken);
    }
    return taken;
  }

  /// True when nothing waits.
  public boolean isEmpty() {
    return newest.get() == null;
  }

  /// How much waits; a hint for metrics.
  public int size() {
    return size.get();
  }

  private static <T> @Nullable Node<T> reversed(@Nullable Node<T> node) {
    @Nullable Node<T> done = null;
    while (node != null) {
      var next = node.older;
      node.older = done;
      done = node;
      node = next;
    }
    return done;
  }

  private static final class Node<T> {
    final T item;
    @Nullable Node<T> older;

    Node(T item) {
      this.item = item;
    }
  }
}
