package io.kvorum.node.server.peer;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Message;
import io.kvorum.node.core.replica.PeerMessage;
import io.kvorum.node.server.peer.PeerHeaders.Refusal;
import io.netty.channel.EventLoop;
import java.net.URI;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way to one other member: a control lane for what is small and urgent, a bulk lane for
/// entries, so that heartbeats never queue behind them. They are connections of their own.
final class PeerLink {
  private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);

  /// Silence after which a connection that looks open is taken for dead. Members that live are
  /// heard every second.
  private static final long SILENCE_NANOS = 5_000_000_000L;

  private final MemberId peer;
  private final Owner owner;
  private final PeerLane control;
  private final PeerLane bulk;
  private List<URI> urls;
  private long openedNanos;
  private long heardNanos;
  private boolean announced;

  /// The last heartbeat that was sent, and when; 0 nanos when it is answered.
  private long askedRound;

  private long askedNanos;

  /// Who is told what becomes of the link.
  interface Owner {
    void connected(MemberId peer);

    void disconnected(MemberId peer);

    void unreachable(MemberId peer);

    /// The other side says that this member was removed.
    void removedSays(MemberId peer);

    void sent(MemberId peer, long bytes);

    void dropped(MemberId peer, int letters);
  }

  PeerLink(
      MemberId peer,
      List<URI> urls,
      EventLoop loop,
      Function<URI, ManagedChannel> channels,
      Supplier<Metadata> headers,
      Owner owner) {
    this.peer = peer;
    this.urls = urls;
    this.owner = owner;
    control =
        new PeerLane(loop, PeerLane.Bounds.CONTROL, urls, channels, headers, new LaneOwner(true));
    bulk = new PeerLane(loop, PeerLane.Bounds.BULK, urls, channels, headers, new LaneOwner(false));
  }

  void open() {
    control.open();
    bulk.open();
  }

  List<URI> urls() {
    return urls;
  }

  void moveTo(List<URI> newUrls) {
    urls = newUrls;
    control.moveTo(newUrls);
    bulk.moveTo(newUrls);
  }

  void send(PeerMessage message) {
    lane(message).send(PeerCodec.write(message));
  }

  private PeerLane lane(PeerMessage message) {
    return switch (message) {
      case PeerMessage.Consensus(Message consensus) ->
          consensus instanceof Message.Append ? bulk : control;
      case PeerMessage.Forward _ -> bulk;
      case PeerMessage.ForwardMembership _,
          PeerMessage.NotProposed _,
          PeerMessage.ChangeRefused _,
          PeerMessage.SnapshotFailed _ ->
          control;
    };
  }

  void flush() {
    control.flush();
    bulk.flush();
  }

  /// The other member was heard on one of its own streams.
  void heard(long nowNanos) {
    heardNanos = nowNanos;
  }

  /// A heartbeat goes out.
  void asked(long round, long nowNanos) {
    askedRound = round;
    askedNanos = nowNanos;
  }

  /// How long ago the heartbeat went out that is answered now; negative when that is unknown.
  long sinceAsked(long round, long nowNanos) {
    if (round != askedRound || askedNanos == 0) {
      return -1;
    }
    long nanos = nowNanos - askedNanos;
    askedNanos = 0;
    return nanos;
  }

  /// Every second: shows that this member lives, and looks whether the other one does.
  void watch(long nowNanos) {
    control.sendSign();
    if (control.isOpen()
        && nowNanos - openedNanos > SILENCE_NANOS
        && nowNanos - heardNanos > SILENCE_NANOS) {
      LOG.warn("member {} has not been heard for 5 seconds", peer);
      control.restart("silence");
      bulk.restart("silence");
    }
  }

  void close() {
    control.close();
    bulk.close();
    if (announced) {
      announced = false;
      owner.disconnected(peer);
    }
  }

  /// What becomes of one of the lanes. The control lane decides whether the member counts as
  /// connected.
  private final class LaneOwner implements PeerLane.Owner {
    private final boolean decides;

    LaneOwner(boolean decides) {
      this.decides = decides;
    }

    @Override
    public void opened() {
      if (decides) {
        openedNanos = System.nanoTime();
        announced = true;
        LOG.info("connected to member {}", peer);
        owner.connected(peer);
      }
    }

    @Override
    public void broke(boolean wasOpen, Status status, @Nullable Refusal refusal) {
      if (refusal == Refusal.REMOVED) {
        owner.removedSays(peer);
      } else if (refusal != null && decides) {
        LOG.warn("member {} refuses this one: {}", peer, status.getDescription());
      }
      if (wasOpen && decides) {
        LOG.warn("lost the connection to member {}: {}", peer, status.getDescription());
        announced = false;
        owner.disconnected(peer);
      } else if (wasOpen) {
        owner.unreachable(peer);
      }
    }

    @Override
    public void dropped(int letters, boolean open) {
      owner.dropped(peer, letters);
      if (open) {
        owner.unreachable(peer);
      }
    }

    @Override
    public void sent(long bytes) {
      owner.sent(peer, bytes);
    }
  }
}
