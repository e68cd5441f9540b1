package io.kvorum.node.core.replica;

import io.kvorum.node.core.raft.MemberId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The proposals that are not applied yet: those of this member's callers, in the order of their
/// arrival, and of all that reached this member those that were not proposed yet.
final class Proposals {
  private final LinkedHashMap<Long, Waiting> own = new LinkedHashMap<>();
  private final ArrayDeque<Waiting> commands = new ArrayDeque<>();

  /// What the proposals of this member's callers hold.
  private long ownBytes;

  private final ArrayDeque<Waiting> changes = new ArrayDeque<>();

  /// A proposal on its way.
  static final class Waiting {
    final long id;

    /// The command, or the encoded membership change.
    final byte[] data;

    final @Nullable MembershipRequest change;
    final long onlyInTerm;
    final long arrived;
    final long deadline;

    /// Who waits for it: a caller here, or the member that forwarded it.
    final Origin origin;

    /// Whether it may be in a log somewhere.
    boolean proposed;

    /// The number under which it was forwarded, unless it was proposed here since; 0 for none.
    long forwardedAs;

    boolean done;

    Waiting(
        long id,
        byte[] data,
        @Nullable MembershipRequest change,
        long onlyInTerm,
        long arrived,
        long deadline,
        Origin origin) {
      this.id = id;
      this.data = data;
      this.change = change;
      this.onlyInTerm = onlyInTerm;
      this.arrived = arrived;
      this.deadline = deadline;
      this.origin = origin;
    }
  }

  /// Where a proposal came from.
  sealed interface Origin {
    /// A caller of this member.
    record Here(Caller caller) implements Origin {}

    /// A member that took this one for the leader.
    ///
    /// @param sequence the number under which it came
    record Peer(MemberId from, long sequence) implements Origin {}
  }

  /// How many callers of this member wait.
  int size() {
    return own.size();
  }

  /// What they hold, in bytes.
  long bytes() {
    return ownBytes;
  }

  void add(Waiting waiting) {
    if (waiting.origin instanceof Origin.Here) {
      own.put(waiting.id, waiting);
      ownBytes += waiting.data.length;
    }
    queue(waiting).addLast(waiting);
  }

  /// Was sent under this number to a leader that was none: it goes again, before what came later.
  void again(long id, long forwardedAs) {
    Waiting waiting = own.get(id);
    if (waiting != null && waiting.proposed && waiting.forwardedAs == forwardedAs) {
      waiting.proposed = false;
      queue(waiting).addFirst(waiting);
    }
  }

  private ArrayDeque<Waiting> queue(Waiting waiting) {
    return waiting.change == null ? commands : changes;
  }

  /// Commands not proposed yet, oldest first.
  ArrayDeque<Waiting> commands() {
    return commands;
  }

  /// Membership changes not proposed yet, oldest first.
  ArrayDeque<Waiting> changes() {
    return changes;
  }

  boolean isIdle() {
    return commands.isEmpty() && changes.isEmpty();
  }

  /// Takes out who waits for the entry with this id, if it is somebody here.
  @Nullable Caller take(long id) {
    Waiting waiting = own.remove(id);
    if (waiting == null) {
      return null;
    }
    waiting.done = true;
    ownBytes -= waiting.data.length;
    return waiting.origin instanceof Origin.Here(Caller caller) ? caller : null;
  }

  /// Takes out what arrived so long ago that its deadline has come.
  void takeExpired(long tick, Consumer<Waiting> expired) {
    Iterator<Waiting> oldest = own.values().iterator();
    while (oldest.hasNext()) {
      Waiting waiting = oldest.next();
      if (waiting.deadline > tick) {
        break;
      }
      oldest.remove();
      waiting.done = true;
      ownBytes -= waiting.data.length;
      expired.accept(waiting);
    }
    dropDone(tick, commands);
    dropDone(tick, changes);
  }

  private static void dropDone(long tick, ArrayDeque<Waiting> queue) {
    while (!queue.isEmpty() && (queue.getFirst().done || queue.getFirst().deadline <= tick)) {
      queue.removeFirst();
    }
  }

  /// Takes out everybody.
  List<Caller> takeAll() {
    var callers = new ArrayList<Caller>();
    for (Waiting waiting : own.values()) {
      if (waiting.origin instanceof Origin.Here(Caller caller)) {
        callers.add(caller);
      }
    }
    own.clear();
    ownBytes = 0;
    commands.clear();
    changes.clear();
    return callers;
  }
}
