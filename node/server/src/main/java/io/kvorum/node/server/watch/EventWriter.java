package io.kvorum.node.server.watch;

import io.kvorum.node.core.kv.Event;
import io.kvorum.node.core.kv.KeyValue;
import io.kvorum.node.server.api.ResponseWriter;
import org.jspecify.annotations.Nullable;

/// Events as they go on the wire, each written at most once in either form however many watchers
/// get it.
final class EventWriter {
  /// What a key and value cost beside their bytes.
  private static final int OVERHEAD_BYTES = 64;

  private EventWriter() {}

  /// An event with what has been written of it.
  static final class Written {
    private final Event event;
    private io.kvorum.node.proto.mvcc.@Nullable Event plain;
    private io.kvorum.node.proto.mvcc.@Nullable Event withPrevious;

    Written(Event event) {
      this.event = event;
    }

    Event event() {
      return event;
    }

    io.kvorum.node.proto.mvcc.Event form(boolean previousWanted) {
      if (previousWanted && event.previous() != null) {
        if (withPrevious == null) {
          withPrevious = ResponseWriter.event(event, true);
        }
        return withPrevious;
      }
      if (plain == null) {
        plain = ResponseWriter.event(event, false);
      }
      return plain;
    }

    /// About how many bytes a watcher costs that gets it.
    long bytes(boolean previousWanted) {
      KeyValue previous = event.previous();
      return bytesOf(event.current())
          + (previousWanted && previous != null ? bytesOf(previous) : 0);
    }

    private static long bytesOf(KeyValue kv) {
      return (long) OVERHEAD_BYTES + kv.key().length() + kv.value().length();
    }
  }
}
