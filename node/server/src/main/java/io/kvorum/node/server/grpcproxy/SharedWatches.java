package io.kvorum.node.server.grpcproxy;

import io.grpc.Status;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All feeds, by the kind of watches that share them. Everything about watches happens on one
/// thread.
final class SharedWatches {

  /// What clients are told when watches cannot be carried on for them.
  static final Status LOST =
      Status.UNAVAILABLE.withDescription("the member that was watched on is lost");

  /// A feed may begin so many revisions back. It reads what comes at once, so this bounds what it
  /// can bring that nobody has room for.
  private static final long MAX_GAP = 1_000;

  /// What is kept for lagging watches, of all feeds together.
  private static final long MAX_KEPT_BYTES = 32 << 20;

  private final MemberStream.Means means;
  private long keptBytes;
  private final Map<Identity, Trunk> trunks = new HashMap<>();
  private final Map<ClientWatch.Kind, Feed> feeds = new HashMap<>();

  SharedWatches(MemberStream.Means means) {
    this.means = means;
  }

  MemberStream.Means means() {
    return means;
  }

  /// Has a watch share the feed of its kind if it can, now or later. Without such a feed it opens
  /// one, unless it is far behind.
  void share(ClientWatch watch) {
    if (watch.isAlone()) {
      return;
    }
    Feed feed = feeds.get(watch.kind());
    if (feed == null) {
      if (!watch.isNearlyCurrent(MAX_GAP)) {
        return;
      }
      feed = trunk(watch.kind().identity()).open(watch);
      feeds.put(watch.kind(), feed);
    }
    feed.take(watch);
  }

  private Trunk trunk(Identity identity) {
    return trunks.computeIfAbsent(identity, who -> new Trunk(this, who));
  }

  @Nullable Trunk openTrunk(Identity identity) {
    return trunks.get(identity);
  }

  /// The feed that a watch waits for, or shares.
  @Nullable Feed feedOf(ClientWatch watch) {
    return feeds.get(watch.kind());
  }

  void kept(long bytes) {
    keptBytes += bytes;
  }

  boolean keepsTooMuch() {
    return keptBytes > MAX_KEPT_BYTES;
  }

  void forget(Feed feed) {
    feeds.remove(feed.kind(), feed);
  }

  void forget(Identity identity, Trunk trunk) {
    trunks.remove(identity, trunk);
  }
}
