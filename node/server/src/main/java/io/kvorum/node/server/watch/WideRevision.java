package io.kvorum.node.server.watch;

import io.kvorum.node.server.watch.EventWriter.Written;
import java.util.ArrayList;
import java.util.List;

/// The revision that a watcher is at, when it has more events than one page of history may hold: it
/// is read part by part.
///
/// A watcher that takes fragments gets each part as it is read. Another one gets the whole revision
/// in one response, as a watch promises, so the parts are collected; the memory for that is
/// bounded, see [WholeRevisions].
final class WideRevision {
  private final long revision;

  /// When it began to wait for its turn.
  private final long sinceNanos;

  private int nextSub;
  private List<Written> collected = new ArrayList<>();
  private long collectedBytes;
  private boolean begun;

  /// Events of it are with the client, which waits for the end.
  private boolean told;

  private boolean putOff;

  WideRevision(long revision, long nowNanos) {
    this.revision = revision;
    this.sinceNanos = nowNanos;
  }

  long revision() {
    return revision;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  /// The change of the revision that the next part begins with.
  int nextSub() {
    return nextSub;
  }

  void advanceTo(int sub) {
    nextSub = sub;
    begun = true;
  }

  /// Whether parts of it have been read, and are with the client or collected.
  boolean isBegun() {
    return begun;
  }

  boolean isTold() {
    return told;
  }

  void setTold() {
    told = true;
  }

  /// Whether it had to give way to others, and waits until they are done.
  boolean isPutOff() {
    return putOff;
  }

  void collect(List<Written> part, long bytes) {
    collected.addAll(part);
    collectedBytes += bytes;
  }

  long collectedBytes() {
    return collectedBytes;
  }

  List<Written> takeCollected() {
    List<Written> all = collected;
    forget();
    return all;
  }

  /// Begins anew, later.
  void putOff() {
    forget();
    putOff = true;
    nextSub = 0;
    begun = false;
  }

  private void forget() {
    collected = new ArrayList<>();
    collectedBytes = 0;
  }
}
