package io.kvorum.node.server.grpcproxy;

import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.server.grpcproxy.ClientWatch.Place;
import io.kvorum.node.server.grpcproxy.MemberStream.Heard;
import io.kvorum.node.server.grpcproxy.MemberStream.MemberWatch;
import io.kvorum.node.server.grpcproxy.MemberStream.Reply;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One watch on a member whose events go to every watch of its kind.
///
/// It has told every event from its start up to the last one. A watch may join that stands at or
/// behind that one: all events that it lacks are still to come. Those that come and it has had
/// already are left out for it.
final class Feed implements Heard {

  private final Trunk trunk;
  private final ClientWatch.Kind kind;
  private final WatchCreateRequest request;
  private final Set<ClientWatch> members = new LinkedHashSet<>();
  private final Set<ClientWatch> candidates = new LinkedHashSet<>();

  /// The members as an array, to go through while they come and go; null when they have.
  private ClientWatch @Nullable [] order;

  private @Nullable MemberWatch watch;
  private boolean open;
  private boolean amidFragments;

  /// The revision of the last event that was told, or the one before the start.
  private long last;

  /// Where the feed goes on at another member: everything up to here has come.
  private long through;

  Feed(Trunk trunk, ClientWatch first) {
    this.trunk = trunk;
    this.kind = first.kind();
    this.request = first.request().toBuilder().clearStartRevision().setProgressNotify(true).build();
    this.last = first.shareableFrom() - 1;
    this.through = last;
  }

  ClientWatch.Kind kind() {
    return kind;
  }

  /// Begins, or goes on, to watch on the member that its trunk leads to.
  void openOn(MemberStream stream) {
    open = false;
    watch = stream.watch(request.toBuilder().setStartRevision(through + 1).build(), this);
  }

  /// Takes a watch, now or as soon as that is possible.
  void take(ClientWatch asking) {
    candidates.add(asking);
    maybeTake(asking);
  }

  private void takeReady() {
    List.copyOf(candidates).forEach(this::maybeTake);
  }

  private void maybeTake(ClientWatch candidate) {
    if (open
        && !amidFragments
        && !candidate.isAmidFragments()
        && candidate.through() >= last
        && candidates.remove(candidate)) {
      members.add(candidate);
      order = null;
      candidate.stream().shares(candidate, this);
    }
  }

  /// A watch that was on its own has come further.
  void advanced(ClientWatch candidate) {
    maybeTake(candidate);
  }

  /// Lets a watch go, wherever it stands here.
  void leave(ClientWatch leaving) {
    candidates.remove(leaving);
    if (members.remove(leaving)) {
      order = null;
    }
    if (members.isEmpty() && candidates.isEmpty()) {
      trunk.close(this, watch);
    }
  }

  @Override
  public void created(Reply reply) {
    open = true;
    trunk.heard(reply.message().getHeader());
    takeReady();
  }

  /// Whoever wanted to share stays where it is.
  @Override
  public void refused(Reply reply) {
    trunk.heard(reply.message().getHeader());
    trunk.forget(this);
    for (ClientWatch candidate : List.copyOf(candidates)) {
      candidate.setAlone();
    }
    candidates.clear();
    // They were admitted once: what changed since is for their clients to find out.
    trunk.endStreams(takeAll(), SharedWatches.LOST);
  }

  @Override
  public void ended(Reply reply) {
    trunk.heard(reply.message().getHeader());
    trunk.forget(this);
    candidates.clear();
    for (ClientWatch member : takeAll()) {
      member.stream().ended(member, reply);
    }
  }

  @Override
  public void told(Reply reply) {
    WatchResponse message = reply.message();
    trunk.heard(message.getHeader());
    int count = message.getEventsCount();
    if (count == 0) {
      progressed(reply);
      return;
    }
    long first = message.getEvents(0).getKv().getModRevision();
    long newest = message.getEvents(count - 1).getKv().getModRevision();
    if (newest <= through) {
      // A member that says a thing twice is heard once.
      return;
    }
    ClientWatch[] all = order();
    for (ClientWatch member : all) {
      if (isHere(member)) {
        tell(member, reply, first, newest);
      }
    }
    trunk.shared(count, all.length);
    amidFragments = message.getFragment();
    if (!amidFragments) {
      last = newest;
      through = newest;
      takeReady();
    }
  }

  private ClientWatch[] order() {
    ClientWatch[] all = order;
    if (all == null) {
      all = members.toArray(ClientWatch[]::new);
      order = all;
    }
    return all;
  }

  private boolean isHere(ClientWatch watch) {
    return watch.place() instanceof Place.Shared(Feed feed) && feed.equals(this);
  }

  private static void tell(ClientWatch member, Reply reply, long first, long newest) {
    if (newest <= member.through()) {
      return;
    }
    byte[] bytes =
        first > member.through() ? reply.bytes() : behind(reply.message(), member.through());
    member.stream().tell(member, bytes, newest, reply.message().getFragment());
  }

  /// The same without what a watch has had.
  private static byte[] behind(WatchResponse message, long through) {
    List<Event> rest = new ArrayList<>();
    for (Event event : message.getEventsList()) {
      if (event.getKv().getModRevision() > through) {
        rest.add(event);
      }
    }
    return message.toBuilder().clearEvents().addAllEvents(rest).build().toByteArray();
  }

  private void progressed(Reply reply) {
    long revision = reply.message().getHeader().getRevision();
    if (amidFragments) {
      return;
    }
    through = Math.max(through, revision);
    for (ClientWatch member : order()) {
      if (isHere(member)) {
        member.stream().progressed(member, reply, revision);
      }
    }
  }

  /// Its member is lost: those who have got part of a revision cannot go on elsewhere, as another
  /// member may part it differently.
  ///
  /// @return whether somebody is left to go on for
  boolean lost() {
    open = false;
    if (amidFragments) {
      amidFragments = false;
      List<ClientWatch> broken = members.stream().filter(ClientWatch::isAmidFragments).toList();
      trunk.endStreams(broken, SharedWatches.LOST);
    }
    return !members.isEmpty() || !candidates.isEmpty();
  }

  /// Takes its watches from it.
  List<ClientWatch> takeAll() {
    List<ClientWatch> all = List.copyOf(members);
    members.clear();
    order = null;
    return all;
  }

  /// Nobody finds it any more: those who wait for it stay on their own.
  void dropCandidates() {
    candidates.clear();
  }
}
