package io.kvorum.node.server.watch;

import io.kvorum.node.proto.etcd.WatchResponse;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One client stream with its watchers.
///
/// What is meant for the client goes from the hub to the stream's event loop in one task per batch.
/// Bytes that are on that way, or that the connection has not taken, are bounded: a stream at the
/// bound gets no events, and its watchers read them from the store later.
final class WatchStream {
  /// Bytes handed over and not yet written: a few batches, so that a healthy client never stalls.
  private static final long MAX_PENDING_BYTES = 1 << 20;

  private final EventExecutor home;
  private final Client client;
  private final AtomicLong pendingBytes = new AtomicLong();

  /// Fields of the hub.
  private final TreeMap<Long, Watcher> watchers = new TreeMap<>();

  private List<WatchResponse> outgoing = new ArrayList<>();
  private long outgoingBytes;
  private long nextId;

  /// The bytes of whole wide revisions that the connection has not taken.
  private long wideBytes;

  private boolean closed;

  /// Whether some watcher waits for this stream to take more.
  private volatile boolean lagging;

  /// The client's side of a stream; called on the stream's event loop, but for `isReady`.
  interface Client {
    void send(WatchResponse response);

    /// Whether the connection takes more now; from any thread.
    boolean isReady();
  }

  WatchStream(EventExecutor home, Client client) {
    this.home = home;
    this.client = client;
  }

  EventExecutor home() {
    return home;
  }

  Collection<Watcher> watchers() {
    return watchers.values();
  }

  @Nullable Watcher watcher(long id) {
    return watchers.get(id);
  }

  void add(Watcher watcher) {
    watchers.put(watcher.id(), watcher);
  }

  @Nullable Watcher remove(long id) {
    return watchers.remove(id);
  }

  /// The id for a watcher that asks for none; skips those that were asked for.
  long newId() {
    while (watchers.containsKey(nextId)) {
      nextId++;
    }
    return nextId++;
  }

  boolean isClosed() {
    return closed;
  }

  void setClosed() {
    closed = true;
  }

  boolean takesEvents() {
    return pendingBytes.get() + outgoingBytes < MAX_PENDING_BYTES && client.isReady();
  }

  void addWide(long bytes) {
    wideBytes += bytes;
  }

  long takeWide() {
    long bytes = wideBytes;
    wideBytes = 0;
    return bytes;
  }

  boolean isLagging() {
    return lagging;
  }

  void setLagging(boolean now) {
    lagging = now;
  }

  /// Adds to what the next flush hands over; true if it is the first.
  boolean add(WatchResponse response, long bytes) {
    outgoing.add(response);
    outgoingBytes += bytes;
    return outgoing.size() == 1;
  }

  /// What a flush hands over.
  record Parcel(WatchStream stream, List<WatchResponse> responses, long bytes) {
    /// On the stream's event loop; true if the hub should look at the stream again.
    boolean write() {
      for (WatchResponse response : responses) {
        stream.client.send(response);
      }
      stream.pendingBytes.addAndGet(-bytes);
      return stream.lagging && stream.client.isReady();
    }
  }

  Parcel takeOutgoing() {
    var parcel = new Parcel(this, outgoing, outgoingBytes);
    pendingBytes.addAndGet(outgoingBytes);
    outgoing = new ArrayList<>();
    outgoingBytes = 0;
    return parcel;
  }
}
