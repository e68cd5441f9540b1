package io.kvorum.node.server.api;

import io.grpc.Context;
import io.grpc.Status;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// The long-lived streams of clients that want to hear when this member has no leader: they are
/// ended once that has lasted, so that the clients go to another member.
public final class LeaderlessStreams {
  private final Set<Stream> streams = ConcurrentHashMap.newKeySet();

  private record Stream(EventExecutor home, Consumer<Status> end) {}

  /// Registers a stream that has just been opened, on its event loop, if its client asked for it.
  ///
  /// @param end ends the stream, on its event loop
  /// @return to be run when the stream has ended
  public Runnable register(Consumer<Status> end) {
    if (!CallGate.LEADER_REQUIRED.get(Context.current())) {
      return () -> {};
    }
    EventExecutor current = ThreadExecutorMap.currentExecutor();
    var stream = new Stream(current == null ? ImmediateEventExecutor.INSTANCE : current, end);
    streams.add(stream);
    return () -> streams.remove(stream);
  }

  /// There has been no leader for too long.
  public void endAll() {
    for (Stream stream : List.copyOf(streams)) {
      stream.home().execute(() -> stream.end().accept(ApiError.NO_LEADER.status()));
    }
  }
}
