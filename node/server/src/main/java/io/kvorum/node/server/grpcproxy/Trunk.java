package io.kvorum.node.server.grpcproxy;

import io.grpc.Metadata;
import io.grpc.Status;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.server.grpcproxy.MemberStream.MemberWatch;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The feeds of one identity, on one stream to a member, which is read as fast as it comes. When
/// the member is lost, they go on at another one.
final class Trunk implements MemberStream.Owner {

  private final SharedWatches shared;
  private final Identity identity;
  private final Set<Feed> feeds = new LinkedHashSet<>();
  private final Set<ClientStream> asking = new LinkedHashSet<>();
  private final Losses losses = new Losses();
  private @Nullable MemberStream stream;
  private boolean pausing;
  private ResponseHeader header = ResponseHeader.getDefaultInstance();

  Trunk(SharedWatches shared, Identity identity) {
    this.shared = shared;
    this.identity = identity;
  }

  /// What members said last about themselves.
  ResponseHeader header() {
    return header;
  }

  void heard(ResponseHeader newer) {
    if (newer.getRevision() >= header.getRevision()) {
      header = newer;
    }
  }

  /// Opens a feed for a watch and those of its kind that come later.
  Feed open(ClientWatch first) {
    var feed = new Feed(this, first);
    feeds.add(feed);
    if (!pausing) {
      feed.openOn(stream());
    }
    return feed;
  }

  private MemberStream stream() {
    MemberStream open = stream;
    if (open == null) {
      open = new MemberStream(shared.means(), identity, this);
      stream = open;
    }
    return open;
  }

  /// Nobody wants a feed any more.
  void close(Feed feed, @Nullable MemberWatch watch) {
    forget(feed);
    if (stream != null && watch != null) {
      stream.cancel(watch);
    }
    maybeClose();
  }

  void forget(Feed feed) {
    feeds.remove(feed);
    shared.forget(feed);
  }

  /// Ends when no feed is left.
  void maybeClose() {
    if (feeds.isEmpty()) {
      shared.forget(identity, this);
      if (stream != null) {
        stream.close();
        stream = null;
      }
      List.copyOf(asking).forEach(ClientStream::askAgain);
      asking.clear();
    }
  }

  /// Counts what went to several.
  void shared(int events, int watches) {
    shared.means().metrics().sharedEvents.add((long) events * Math.max(0, watches - 1));
  }

  /// Counts what feeds keep for watches that lag.
  void kept(long bytes) {
    shared.kept(bytes);
  }

  boolean keepsTooMuch() {
    return shared.keepsTooMuch();
  }

  /// Tells a client's stream once how far the feeds have come.
  void askProgress(ClientStream client) {
    asking.add(client);
    if (stream != null) {
      stream.askProgress();
    }
  }

  void forget(ClientStream client) {
    asking.remove(client);
  }

  @Override
  public void answered() {
    losses.heard(System.nanoTime());
    if (stream != null) {
      stream.readMore();
    }
  }

  @Override
  public void progress(WatchResponse answer) {
    heard(answer.getHeader());
    List<ClientStream> waiting = List.copyOf(asking);
    asking.clear();
    waiting.forEach(client -> client.feedsReached(answer.getHeader()));
  }

  @Override
  public void lost(Status status, Metadata trailers) {
    stream = null;
    long pause = losses.pauseMillis(status, System.nanoTime());
    if (pause == Losses.GIVE_UP) {
      giveUp(status);
      return;
    }
    for (Feed feed : List.copyOf(feeds)) {
      if (!feed.lost()) {
        forget(feed);
      }
    }
    pausing = true;
    shared.means().later(this::goOn, pause, TimeUnit.MILLISECONDS);
  }

  private void goOn() {
    pausing = false;
    if (feeds.isEmpty()) {
      maybeClose();
      return;
    }
    MemberStream next = stream();
    List.copyOf(feeds).forEach(feed -> feed.openOn(next));
    if (!asking.isEmpty()) {
      next.askProgress();
    }
  }

  private void giveUp(Status status) {
    var all = new ArrayList<ClientWatch>();
    for (Feed feed : List.copyOf(feeds)) {
      forget(feed);
      feed.dropCandidates();
      all.addAll(feed.takeAll());
    }
    endStreams(all, Losses.told(status));
    maybeClose();
  }

  /// Ends the streams of watches that cannot go on: their clients know how to.
  void endStreams(List<ClientWatch> watches, Status status) {
    var streams = new LinkedHashSet<ClientStream>();
    watches.forEach(watch -> streams.add(watch.stream()));
    streams.forEach(client -> client.end(status, new Metadata()));
  }
}
