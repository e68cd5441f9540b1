package io.kvorum.node.server.peer;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.node.proto.peer.Letter;
import io.kvorum.node.proto.peer.Parcel;
import io.kvorum.node.proto.peer.PeerGrpc;
import io.kvorum.node.proto.peer.Welcome;
import io.netty.channel.EventLoop;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One outgoing stream to another member, kept open: when it breaks it is opened again, after a
/// pause that grows while nobody answers. Belongs to the agreement loop.
///
/// Letters that wait because the connection takes no more are bounded; beyond the bound all of them
/// are dropped, and consensus is told, which then asks the member where to go on.
final class PeerLane {
  private static final long FIRST_PAUSE_MILLIS = 20;
  private static final long LAST_PAUSE_MILLIS = 500;

  /// A parcel is closed at this size: what comes behind it should not wait long.
  private static final long PARCEL_BYTES = 1 << 20;

  private final EventLoop loop;
  private final Bounds bounds;
  private final Function<URI, ManagedChannel> channels;
  private final Supplier<Metadata> headers;
  private final Owner owner;
  private final ArrayDeque<Letter> queue = new ArrayDeque<>();

  private List<URI> urls;
  private int urlIndex;
  private @Nullable ManagedChannel channel;
  private @Nullable Attempt attempt;
  private long pauseMillis = FIRST_PAUSE_MILLIS;
  private long queuedBytes;
  private boolean closed;

  /// What may wait at most, and how much a connection takes before it is not ready.
  record Bounds(int maxLetters, long maxBytes, int readyBytes) {
    /// Few and small messages that must be quick.
    static final Bounds CONTROL = new Bounds(4_096, 4 << 20, 256 << 10);

    /// Entries. Consensus has at most half of this under way.
    static final Bounds BULK = new Bounds(4_096, 64 << 20, 1 << 20);
  }

  /// Who is told what becomes of the lane; on the agreement loop.
  interface Owner {
    void opened();

    /// The stream ended, or could not be opened.
    ///
    /// @param refusal why the other side refused, if it did
    void broke(boolean wasOpen, Status status, PeerHeaders.@Nullable Refusal refusal);

    /// Letters were lost; on an open lane because it takes no more.
    void dropped(int letters, boolean open);

    void sent(long bytes);
  }

  PeerLane(
      EventLoop loop,
      Bounds bounds,
      List<URI> urls,
      Function<URI, ManagedChannel> channels,
      Supplier<Metadata> headers,
      Owner owner) {
    this.loop = loop;
    this.bounds = bounds;
    this.urls = urls;
    this.channels = channels;
    this.headers = headers;
    this.owner = owner;
  }

  void open() {
    if (closed || attempt != null) {
      return;
    }
    if (channel == null) {
      channel = channels.apply(urls.get(urlIndex % urls.size()));
    } else {
      channel.resetConnectBackoff();
    }
    ClientCall<Parcel, Welcome> call =
        channel.newCall(
            PeerGrpc.getDeliverMethod(),
            CallOptions.DEFAULT.withOnReadyThreshold(bounds.readyBytes()));
    attempt = new Attempt(call);
    call.start(attempt, headers.get());
    call.request(2);
  }

  boolean isOpen() {
    return attempt != null && attempt.welcome;
  }

  /// Queues a letter; what is queued leaves with [#flush].
  void send(Letter letter) {
    int bytes = letter.getSerializedSize();
    if (!isOpen()
        || queue.size() >= bounds.maxLetters()
        || queuedBytes + bytes > bounds.maxBytes()) {
      int lost = queue.size() + 1;
      clear();
      owner.dropped(lost, isOpen());
      return;
    }
    queue.addLast(letter);
    queuedBytes += bytes;
  }

  private void clear() {
    queue.clear();
    queuedBytes = 0;
  }

  void flush() {
    Attempt open = attempt;
    if (open == null || !open.welcome) {
      return;
    }
    while (!queue.isEmpty() && open.call.isReady()) {
      var parcel = Parcel.newBuilder();
      long bytes = 0;
      while (!queue.isEmpty() && bytes < PARCEL_BYTES) {
        Letter letter = queue.removeFirst();
        bytes += letter.getSerializedSize();
        parcel.addLetters(letter);
      }
      queuedBytes -= bytes;
      owner.sent(bytes);
      open.call.sendMessage(parcel.build());
    }
  }

  /// Shows the other side that this one lives.
  void sendSign() {
    Attempt open = attempt;
    if (open != null && open.welcome && queue.isEmpty() && open.call.isReady()) {
      open.call.sendMessage(Parcel.getDefaultInstance());
    }
  }

  /// The member has other URLs now.
  void moveTo(List<URI> newUrls) {
    if (!newUrls.equals(urls)) {
      urls = newUrls;
      urlIndex = 0;
      discardChannel();
      restart("the member's peer URLs have changed");
    }
  }

  /// Gives the connection up and opens another.
  void restart(String reason) {
    Attempt open = attempt;
    if (open != null) {
      open.call.cancel(reason, null);
    }
  }

  private void discardChannel() {
    if (channel != null) {
      channel.shutdownNow();
      channel = null;
    }
  }

  void close() {
    closed = true;
    restart("this member closes");
    discardChannel();
    clear();
  }

  private void ended(Attempt ended, Status status, Metadata trailers) {
    if (attempt != ended) {
      return;
    }
    attempt = null;
    int lost = queue.size();
    clear();
    if (lost > 0) {
      owner.dropped(lost, false);
    }
    if (closed) {
      return;
    }
    owner.broke(ended.welcome, status, PeerHeaders.readRefusal(trailers));
    pauseMillis = ended.welcome ? FIRST_PAUSE_MILLIS : Math.min(2 * pauseMillis, LAST_PAUSE_MILLIS);
    if (!ended.welcome && urls.size() > 1) {
      urlIndex++;
      discardChannel();
    }
    var _ = loop.schedule(this::open, pauseMillis, TimeUnit.MILLISECONDS);
  }

  /// One attempt at a stream, and the stream if it succeeds.
  private final class Attempt extends ClientCall.Listener<Welcome> {
    final ClientCall<Parcel, Welcome> call;
    boolean welcome;

    Attempt(ClientCall<Parcel, Welcome> call) {
      this.call = call;
    }

    @Override
    public void onMessage(Welcome message) {
      if (!welcome && attempt == this) {
        welcome = true;
        pauseMillis = FIRST_PAUSE_MILLIS;
        owner.opened();
      }
    }

    @Override
    public void onReady() {
      if (attempt == this) {
        flush();
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      ended(this, status, trailers);
    }
  }
}
