package io.kvorum.node.server.watch;

import io.kvorum.node.core.kv.KeyRange;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// A watch by a thread of this member, which waits for the responses that a client would get.
///
/// What is not taken yet is bounded as for a client: at a few responses the hub holds the watch
/// back, and its events are read from the store later.
public final class LocalWatch implements AutoCloseable {
  private static final int MAX_READY = 16;

  private final WatchHub hub;
  private final WatchStream stream;
  private final BlockingQueue<WatchResponse> responses = new LinkedBlockingQueue<>();

  /// Watches from a revision on.
  public LocalWatch(WatchHub hub, KeyRange range, long startRevision) {
    this.hub = hub;
    this.stream = new WatchStream(ImmediateEventExecutor.INSTANCE, new Client());
    hub.open(stream);
    var wish = new Watcher.Wish(range, false, false, false, false, false);
    hub.create(new WatchHub.Create(stream, wish, 0, startRevision));
  }

  private final class Client implements WatchStream.Client {
    @Override
    public void send(WatchResponse response) {
      responses.add(response);
    }

    @Override
    public boolean isReady() {
      return responses.size() < MAX_READY;
    }
  }

  /// The next response: the first says that the watch is created, one that it is cancelled is the
  /// last.
  public WatchResponse take() throws InterruptedException {
    WatchResponse response = responses.take();
    if (stream.isLagging()) {
      hub.ready(stream);
    }
    return response;
  }

  @Override
  public void close() {
    hub.closed(stream);
  }
}
