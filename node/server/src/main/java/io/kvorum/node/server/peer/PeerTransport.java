package io.kvorum.node.server.peer;

import io.grpc.Metadata;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.raft.Message;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.core.replica.MemberRecord;
import io.kvorum.node.core.replica.Outbox;
import io.kvorum.node.core.replica.PeerMessage;
import io.kvorum.node.server.api.Counters;
import io.kvorum.node.server.peer.PeerHeaders.Sender;
import io.kvorum.node.server.stage.AgreementStage;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// All links to other members, on the agreement loop: what the replica sends is queued on the link
/// and leaves at the end of its run.
public final class PeerTransport implements Outbox {
  private static final long SIGN_INTERVAL_MILLIS = 1_000;

  private final Self self;
  private final AgreementStage agreement;
  private final PeerChannels channels;
  private final Counters counters;
  private final Runnable onRemoved;
  private final Predicate<MemberId> snapshotReaders;
  private final TreeMap<MemberId, PeerLink> links = new TreeMap<>();
  private boolean closed;

  /// Who this member is to others.
  public record Self(long clusterId, MemberId id, List<String> urls) {
    public Self {
      urls = List.copyOf(urls);
    }
  }

  /// @param onRemoved another member says that this one was removed
  /// @param snapshotReaders whether a member is fetching a snapshot from this one
  PeerTransport(
      Self self,
      AgreementStage agreement,
      PeerChannels channels,
      Counters counters,
      Runnable onRemoved,
      Predicate<MemberId> snapshotReaders) {
    this.self = self;
    this.agreement = agreement;
    this.channels = channels;
    this.counters = counters;
    this.onRemoved = onRemoved;
    this.snapshotReaders = snapshotReaders;
  }

  /// Begins to show signs of life; on the agreement loop.
  void start() {
    var _ =
        agreement
            .loop()
            .scheduleWithFixedDelay(
                () -> links.values().forEach(link -> link.watch(System.nanoTime())),
                SIGN_INTERVAL_MILLIS,
                SIGN_INTERVAL_MILLIS,
                TimeUnit.MILLISECONDS);
  }

  /// Connects to the members of the cluster, and to nobody who was removed from it. A member that
  /// this one has not heard of may all the same belong to it: this one may lag behind.
  void follow(Cluster cluster) {
    if (closed) {
      return;
    }
    for (MemberRecord member : cluster.members().values()) {
      if (!member.id().equals(self.id())) {
        link(member.id(), member.peerUrls());
      }
    }
    for (MemberId gone : cluster.removed()) {
      PeerLink link = links.remove(gone);
      if (link != null) {
        link.close();
      }
      counters.peers.remove(gone.value());
    }
  }

  /// Makes sure there is a link to the member.
  void link(MemberId peer, List<String> texts) {
    List<URI> urls = urls(texts);
    if (closed || urls.isEmpty()) {
      return;
    }
    PeerLink known = links.get(peer);
    if (known != null) {
      known.moveTo(urls);
      return;
    }
    var link =
        new PeerLink(
            peer, urls, agreement.loop(), channels::open, () -> headersFor(peer), new LinkOwner());
    links.put(peer, link);
    link.open();
  }

  private static List<URI> urls(List<String> texts) {
    var urls = new ArrayList<URI>();
    for (String text : texts) {
      URI url = URI.create(text);
      if (url.getHost() != null && url.getPort() > 0) {
        urls.add(url);
      }
    }
    return List.copyOf(urls);
  }

  Metadata headersFor(MemberId peer) {
    return PeerHeaders.write(
        new Sender(PeerHeaders.PROTOCOL, self.clusterId(), self.id(), peer, self.urls()));
  }

  /// A member opened a stream to this one. It may be one that this member has not heard of yet,
  /// because it lags behind or has just joined: then this is how it learns where to answer.
  void greeted(Sender sender) {
    if (!links.containsKey(sender.from())) {
      link(sender.from(), sender.urls());
    }
    heard(sender.from(), 0);
  }

  void heard(MemberId peer, long bytes) {
    counters.peer(peer.value()).bytesReceived.add(bytes);
    PeerLink link = links.get(peer);
    if (link != null) {
      link.heard(System.nanoTime());
    }
  }

  /// A message came in; the answer to a heartbeat tells how long the way there and back is.
  void received(MemberId from, PeerMessage message) {
    PeerLink link = links.get(from);
    if (link != null
        && message instanceof PeerMessage.Consensus(Message.HeartbeatReply(_, long round))) {
      long nanos = link.sinceAsked(round, System.nanoTime());
      if (nanos >= 0) {
        counters.peer(from.value()).roundTrips.took(nanos);
      }
    }
  }

  @Override
  public void send(MemberId to, PeerMessage message) {
    PeerLink link = links.get(to);
    if (link == null) {
      counters.peer(to.value()).messagesDropped.increment();
      if (message instanceof PeerMessage.Consensus(Message.Heartbeat _)) {
        counters.heartbeatsFailed.increment();
      }
    } else {
      if (message instanceof PeerMessage.Consensus(Message.Heartbeat(_, _, long round))) {
        link.asked(round, System.nanoTime());
      }
      link.send(message);
    }
  }

  @Override
  public boolean transfersSnapshotTo(MemberId peer) {
    return snapshotReaders.test(peer);
  }

  /// Sends what is queued.
  void flush() {
    for (PeerLink link : links.values()) {
      link.flush();
    }
  }

  List<URI> urlsOf(MemberId peer) {
    PeerLink link = links.get(peer);
    return link == null ? List.of() : link.urls();
  }

  void close() {
    closed = true;
    links.values().forEach(PeerLink::close);
    links.clear();
  }

  private final class LinkOwner implements PeerLink.Owner {
    @Override
    public void connected(MemberId peer) {
      counters.peer(peer.value()).connections.increment();
      agreement.postLocally(replica -> replica.connected(peer));
    }

    @Override
    public void disconnected(MemberId peer) {
      counters.peer(peer.value()).connections.decrement();
      counters.peer(peer.value()).disconnections.increment();
      agreement.postLocally(replica -> replica.disconnected(peer));
    }

    @Override
    public void unreachable(MemberId peer) {
      agreement.postLocally(replica -> replica.peerUnreachable(peer));
    }

    @Override
    public void removedSays(MemberId peer) {
      onRemoved.run();
    }

    @Override
    public void sent(MemberId peer, long bytes) {
      counters.peer(peer.value()).bytesSent.add(bytes);
    }

    @Override
    public void dropped(MemberId peer, int letters) {
      counters.peer(peer.value()).messagesDropped.add(letters);
    }
  }
}
