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

/// The calls of clients that go on until somebody ends them. This member does so when it stops, and
/// those that want to hear of it when it has had no leader for a while, so that the clients go to
/// another member.
public final class OpenStreams {
  private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  private record Stream(EventExecutor home, Consumer<Status> end, boolean leaderRequired) {
    void end(ApiError reason) {
      home.execute(() -> end.accept(reason.status()));
    }
  }

  /// Registers a call that has just been opened, on its event loop.
  ///
  /// @param end ends the call, on its event loop
  /// @return to be run when the call has ended
  public Runnable register(Consumer<Status> end) {
    EventExecutor current = ThreadExecutorMap.currentExecutor();
    var stream =
        new Stream(
            current == null ? ImmediateEventExecutor.INSTANCE : current,
            end,
            CallGate.LEADER_REQUIRED.get(Context.current()));
    streams.add(stream);
    // Read behind the addition: either the end of all sees the call, or this sees the end.
    if (stopped) {
      stream.end(ApiError.STOPPED);
    }
    return () -> streams.remove(stream);
  }

  /// There has been no leader for too long.
  public void endLeaderless() {
    for (Stream stream : List.copyOf(streams)) {
      if (stream.leaderRequired()) {
        stream.end(ApiError.NO_LEADER);
      }
    }
  }

  /// The member stops: also what is opened from now on ends.
  public void stop() {
    stopped = true;
    List.copyOf(streams).forEach(stream -> stream.end(ApiError.STOPPED));
  }
}
