package io.kvorum.node.server.grpcproxy;

import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.server.grpcproxy.ClientWatch.Place;
import io.kvorum.node.server.grpcproxy.MemberStream.Heard;
import io.kvorum.node.server.grpcproxy.MemberStream.MemberWatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One watch on a member whose events go to every watch of its kind.
///
/// It has told every event from its start up to the last one. A watch may join that stands at or
/// behind that one: all events that it lacks are still to come. Those that come and it has had
/// already are left out for it.
///
/// A watch whose client does not take an event *lags*. What lagging watches lack is kept for a
/// while, since most have only to wait for the network; when it gets too much they are let go, and
/// each begins again on its own.
final class Feed implements Heard {

  /// What is kept for the lagging watches of one feed.
  private static final long MAX_KEPT_BYTES = 2 << 20;

  private final Trunk trunk;
  private final ClientWatch.Kind kind;
  private final WatchCreateRequest request;
  private final Set<ClientWatch> members = new LinkedHashSet<>();
  private final Set<ClientWatch> candidates = new LinkedHashSet<>();

  /// The lagging ones, each with the place in what is kept where it goes on.
  private final Map<ClientWatch, Integer> lagging = new LinkedHashMap<>();

  /// What came since the first of them began to lag.
  private final List<Told> kept = new ArrayList<>();

  private long keptBytes;

  /// The members as an array, to go through while they come and go; null when they have.
  private ClientWatch @Nullable [] order;

  private @Nullable MemberWatch watch;
  private boolean open;
  private boolean amidFragments;

  /// The revision of the last event that was told, or the one before the start.
  private long last;

  /// Everything up to here has come.
  private long through;

  /// The revision of which parts have come and others are to come.
  private long partRevision;

  /// An answer with events, or with nothing at the end of a revision that came in parts.
  ///
  /// @param newest the revision of the last event
  private record Told(Reply reply, long newest) {
    long first() {
      return reply.message().getEventsCount() == 0
          ? newest
          : reply.message().getEvents(0).getKv().getModRevision();
    }
  }

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
    skipWhatNobodyLacks();
    watch = stream.watch(request.toBuilder().setStartRevision(through + 1).build(), this);
  }

  /// Its watches may have come later than what it has told last. When nothing has come for long,
  /// history from there on may be gone, and who has not to read it must not hear of that.
  private void skipWhatNobodyLacks() {
    long needed = members.stream().mapToLong(ClientWatch::shareableFrom).min().orElse(0);
    if (needed > through + 1) {
      through = needed - 1;
      last = through;
    }
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
    if (lagging.remove(leaving) != null) {
      maybeForgetKept();
    }
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
    trunk.maybeClose();
  }

  /// Where the reason is that history is gone, it concerns those who need it. The others have come
  /// later, and go on by themselves.
  @Override
  public void ended(Reply reply) {
    trunk.heard(reply.message().getHeader());
    trunk.forget(this);
    candidates.clear();
    long compacted = reply.message().getCompactRevision();
    for (ClientWatch member : takeAll()) {
      if (!isHere(member)) {
        // Its stream has ended with another watch of it.
        continue;
      }
      if (compacted > 0 && member.through() + 1 >= compacted) {
        member.stream().leaves(member);
      } else {
        member.stream().ended(member, reply);
      }
    }
    trunk.maybeClose();
  }

  @Override
  public void told(Reply reply) {
    WatchResponse message = reply.message();
    trunk.heard(message.getHeader());
    int count = message.getEventsCount();
    if (count == 0 && !amidFragments) {
      progressed(reply);
      return;
    }
    long newest = count == 0 ? partRevision : message.getEvents(count - 1).getKv().getModRevision();
    if (newest <= through) {
      // A member that says a thing twice is heard once.
      return;
    }
    var told = new Told(reply, newest);
    ClientWatch[] all = order();
    for (ClientWatch member : all) {
      if (isHere(member) && !lagging.containsKey(member) && !isTold(member, told)) {
        lagging.put(member, kept.size());
        member.stream().lags(member);
      }
    }
    trunk.shared(count, all.length);
    maybeKeep(told);
    amidFragments = message.getFragment();
    partRevision = newest;
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

  /// Tells a watch what it has not had yet; false when its client does not take it.
  private static boolean isTold(ClientWatch member, Told told) {
    if (told.newest() <= member.through()) {
      return true;
    }
    if (!member.stream().takesEvents()) {
      return false;
    }
    WatchResponse message = told.reply().message();
    Reply lacking =
        told.first() > member.through() ? told.reply() : behind(message, member.through());
    member.stream().tell(member, lacking, told.newest(), message.getFragment());
    return true;
  }

  /// Keeps what somebody has not taken, as long as there is room for it.
  private void maybeKeep(Told told) {
    if (lagging.isEmpty()) {
      return;
    }
    kept.add(told);
    int bytes = told.reply().bytes().length;
    keptBytes += bytes;
    trunk.kept(bytes);
    if (keptBytes > MAX_KEPT_BYTES || trunk.keepsTooMuch()) {
      letGo();
    }
  }

  /// The client of a lagging watch takes more.
  ///
  /// @return whether the watch lags still
  boolean catchUp(ClientWatch watch) {
    Integer from = lagging.get(watch);
    if (from == null) {
      return false;
    }
    for (int next = from; next < kept.size(); next++) {
      if (!isTold(watch, kept.get(next))) {
        lagging.put(watch, next);
        return true;
      }
    }
    lagging.remove(watch);
    maybeForgetKept();
    return false;
  }

  private void maybeForgetKept() {
    if (lagging.isEmpty()) {
      trunk.kept(-keptBytes);
      keptBytes = 0;
      kept.clear();
    }
  }

  /// Lets the lagging watches go: each reads what it lacks when its client takes more.
  private void letGo() {
    for (ClientWatch watch : List.copyOf(lagging.keySet())) {
      if (lagging.remove(watch) != null) {
        watch.stream().leaves(watch);
      }
    }
    maybeForgetKept();
  }

  /// The same without what a watch has had.
  private static Reply behind(WatchResponse message, long through) {
    List<Event> rest = new ArrayList<>();
    for (Event event : message.getEventsList()) {
      if (event.getKv().getModRevision() > through) {
        rest.add(event);
      }
    }
    return Reply.of(message.toBuilder().clearEvents().addAllEvents(rest).build());
  }

  private void progressed(Reply reply) {
    long revision = reply.message().getHeader().getRevision();
    through = Math.max(through, revision);
    for (ClientWatch member : order()) {
      if (isHere(member) && !lagging.containsKey(member)) {
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
    letGo();
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
    lagging.clear();
    maybeForgetKept();
    members.clear();
    order = null;
    return all;
  }

  /// Nobody finds it any more: those who wait for it stay on their own.
  void dropCandidates() {
    candidates.clear();
  }
}
