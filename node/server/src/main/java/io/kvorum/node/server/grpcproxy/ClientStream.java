package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchRequest;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.server.grpcproxy.ClientWatch.Place;
import io.kvorum.node.server.grpcproxy.MemberStream.Heard;
import io.kvorum.node.server.grpcproxy.MemberStream.MemberWatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One stream on which a client watches; everything happens on the hub's thread.
///
/// Its watches begin on a stream of its own to a member, its *lane*, which is read only as fast as
/// the client takes. What is meant for all watches of the same kind comes by their feed. So memory
/// for a slow client is bounded: by what gRPC holds for it, and one message.
final class ClientStream implements MemberStream.Owner {

  /// Requests that may wait for the member to answer what came before them.
  private static final int MAX_UNANSWERED = 256;

  /// Answers about progress that may be owed.
  private static final int MAX_PROGRESS_OWED = 1_000;

  private static final long NO_WATCH = -1;

  private static final String DUPLICATE = "mvcc: duplicate watch ID provided on the WatchStream";

  private final ServerCall<Frame, Frame> client;
  private final SharedWatches shared;
  private final Identity identity;
  private final TreeMap<Long, ClientWatch> watches = new TreeMap<>();

  /// Those that lag in their feeds, and those that the feeds have let go.
  private final Set<ClientWatch> lagging = new LinkedHashSet<>();

  private final Set<ClientWatch> waiting = new LinkedHashSet<>();

  /// What the client has asked for and the member has not answered, and what stands behind it.
  private final ArrayDeque<Asked> asked = new ArrayDeque<>();

  private final Losses losses = new Losses();
  private @Nullable MemberStream lane;
  private boolean laneIsRead;
  private boolean pausing;
  private boolean headersSent;
  private boolean requestHeldBack;
  private boolean ended;
  private long nextId;
  private ResponseHeader header = ResponseHeader.getDefaultInstance();
  private final Progress progress = new Progress();

  /// A request that keeps its place behind creations that are not answered yet.
  private sealed interface Asked {
    record Creation(ClientWatch watch) implements Asked {}

    record Cancellation(long id) implements Asked {}

    record ProgressReport() implements Asked {}
  }

  ClientStream(ServerCall<Frame, Frame> client, SharedWatches shared, Identity identity) {
    this.client = client;
    this.shared = shared;
    this.identity = identity;
  }

  // ---- From the client

  void request(Frame frame) {
    if (ended) {
      return;
    }
    WatchRequest request;
    try {
      request = WatchRequest.parseFrom(frame.bytes());
    } catch (InvalidProtocolBufferException e) {
      end(
          Status.INTERNAL.withDescription(
              "grpc: failed to unmarshal the received message " + e.getMessage()),
          new Metadata());
      return;
    }
    switch (request.getRequestUnionCase()) {
      case CREATE_REQUEST -> create(request.getCreateRequest());
      case CANCEL_REQUEST ->
          inTurn(new Asked.Cancellation(request.getCancelRequest().getWatchId()));
      case PROGRESS_REQUEST -> inTurn(new Asked.ProgressReport());
      case REQUESTUNION_NOT_SET -> {}
    }
    requestHeldBack = true;
    maybeReadRequest();
  }

  private void maybeReadRequest() {
    if (requestHeldBack && !ended && asked.size() < MAX_UNANSWERED && client.isReady()) {
      requestHeldBack = false;
      client.request(1);
    }
  }

  private void create(WatchCreateRequest request) {
    var watch = new ClientWatch(this, identity, request);
    asked.add(new Asked.Creation(watch));
    progress.disturb();
    if (!pausing) {
      open(watch);
    }
  }

  private void inTurn(Asked request) {
    if (asked.isEmpty()) {
      serve(request);
    } else {
      asked.add(request);
    }
  }

  private void serve(Asked request) {
    switch (request) {
      case Asked.Cancellation(long id) -> cancel(id);
      case Asked.ProgressReport() -> progress.ask();
      case Asked.Creation _ -> {}
    }
  }

  /// A creation was answered: what stood behind it has its turn.
  private void answeredCreation() {
    asked.poll();
    while (!ended && !asked.isEmpty() && !(asked.peek() instanceof Asked.Creation)) {
      serve(asked.remove());
    }
    progress.goOn();
    maybeReadRequest();
  }

  private void cancel(long id) {
    ClientWatch watch = watches.remove(id);
    if (watch != null) {
      detach(watch);
      progress.disturb();
      sendControl(
          WatchResponse.newBuilder().setHeader(newestHeader()).setWatchId(id).setCanceled(true));
      maybeCloseLane();
    }
  }

  /// The client takes more.
  void ready() {
    if (ended) {
      return;
    }
    for (ClientWatch watch : List.copyOf(lagging)) {
      if (watch.place() instanceof Place.Shared(Feed feed) && feed.catchUp(watch)) {
        break;
      }
      lagging.remove(watch);
    }
    for (ClientWatch watch : List.copyOf(waiting)) {
      if (!client.isReady()) {
        break;
      }
      waiting.remove(watch);
      watch.setPlace(new Place.Opening());
      if (!pausing) {
        open(watch);
      }
    }
    maybeReadLane();
    maybeReadRequest();
    progress.goOn();
  }

  /// The client has left, or its call is over.
  void left() {
    if (!ended) {
      ended = true;
      Trunk trunk = shared.openTrunk(identity);
      if (trunk != null) {
        trunk.forget(this);
      }
      for (ClientWatch watch : all()) {
        detach(watch);
      }
      watches.clear();
      asked.clear();
      waiting.clear();
      if (lane != null) {
        lane.close();
        lane = null;
      }
    }
  }

  private List<ClientWatch> all() {
    var all = new ArrayList<>(watches.values());
    for (Asked request : asked) {
      if (request instanceof Asked.Creation(ClientWatch watch)) {
        all.add(watch);
      }
    }
    return all;
  }

  /// Ends the call.
  void end(Status status, Metadata trailers) {
    if (!ended) {
      left();
      client.close(status, trailers);
    }
  }

  /// Takes a watch from wherever its events come from.
  private void detach(ClientWatch watch) {
    Place place = watch.place();
    watch.setPlace(new Place.Ended());
    lagging.remove(watch);
    waiting.remove(watch);
    Feed feed = shared.feedOf(watch);
    if (feed != null) {
      feed.leave(watch);
    }
    switch (place) {
      case Place.Own(MemberWatch own) -> {
        if (lane != null) {
          lane.cancel(own);
        }
      }
      case Place.Shared _ -> shared.means().metrics().sharedWatchers.decrement();
      case Place.Opening(), Place.Waiting(), Place.Ended() -> {}
    }
    if (watch.isAnnounced()) {
      shared.means().metrics().watchers.decrement();
    }
  }

  // ---- The lane

  private void open(ClientWatch watch) {
    MemberStream open = lane;
    if (open == null) {
      open = new MemberStream(shared.means(), identity, this);
      lane = open;
      laneIsRead = true;
    }
    watch.setPlace(new Place.Own(open.watch(watch.continued(), new OnLane(watch))));
  }

  private void maybeReadLane() {
    if (lane != null && !laneIsRead && client.isReady()) {
      laneIsRead = true;
      lane.readMore();
    }
  }

  private void maybeCloseLane() {
    if (lane != null && lane.isIdle() && !progress.needsLane()) {
      lane.close();
      lane = null;
    }
  }

  @Override
  public void answered() {
    losses.heard(System.nanoTime());
    laneIsRead = false;
    progress.maybeGoOn();
    maybeCloseLane();
    maybeReadLane();
  }

  @Override
  public void progress(WatchResponse answer) {
    progress.laneReached(answer.getHeader());
  }

  @Override
  public void lost(Status status, Metadata trailers) {
    lane = null;
    List<ClientWatch> onLane =
        all().stream().filter(watch -> watch.place() instanceof Place.Own).toList();
    long pause =
        onLane.stream().anyMatch(ClientWatch::isAmidFragments)
            ? Losses.GIVE_UP
            : losses.pauseMillis(status, System.nanoTime());
    if (pause == Losses.GIVE_UP) {
      end(Losses.told(status), trailers);
      return;
    }
    onLane.forEach(watch -> watch.setPlace(new Place.Opening()));
    pausing = true;
    progress.disturb();
    shared.means().later(this::goOn, pause, TimeUnit.MILLISECONDS);
  }

  private void goOn() {
    pausing = false;
    if (ended) {
      return;
    }
    for (ClientWatch watch : all()) {
      if (watch.place() instanceof Place.Opening) {
        open(watch);
      }
    }
    progress.goOn();
  }

  /// What a member says about one watch on the lane.
  private final class OnLane implements Heard {
    private final ClientWatch watch;

    OnLane(ClientWatch watch) {
      this.watch = watch;
    }

    @Override
    public void created(Reply reply) {
      watch.opened(reply.message().getHeader().getRevision());
      hear(reply.message().getHeader());
      if (!watch.isAnnounced()) {
        announce(reply);
      }
      if (!(watch.place() instanceof Place.Ended)) {
        shared.share(watch);
      }
    }

    private void announce(Reply reply) {
      long wanted = watch.request().getWatchId();
      if (wanted != 0 && watches.containsKey(wanted)) {
        detach(watch);
        sendControl(
            reply.message().toBuilder()
                .setWatchId(NO_WATCH)
                .setCanceled(true)
                .setCancelReason(DUPLICATE));
      } else {
        long id = wanted != 0 ? wanted : newId();
        watch.announce(id);
        watches.put(id, watch);
        shared.means().metrics().watchers.increment();
        send(watch.addressed(reply));
      }
      answeredCreation();
    }

    @Override
    public void refused(Reply reply) {
      hear(reply.message().getHeader());
      if (watch.isAnnounced()) {
        // It was admitted once: what changed since is for the client to find out.
        end(SharedWatches.LOST, new Metadata());
        return;
      }
      detach(watch);
      long id = reply.message().getWatchId();
      send(reply.to(Reply.id(id == 0 ? watch.request().getWatchId() : id)));
      answeredCreation();
    }

    @Override
    public void told(Reply reply) {
      WatchResponse message = reply.message();
      hear(message.getHeader());
      send(watch.addressed(reply));
      watch.heard(message.getHeader().getRevision());
      int count = message.getEventsCount();
      if (count == 0 && watch.isAmidFragments()) {
        watch.completed();
      } else if (count == 0) {
        watch.reached(message.getHeader().getRevision());
      } else {
        watch.sent(message.getEvents(count - 1).getKv().getModRevision(), message.getFragment());
      }
      Feed feed = shared.feedOf(watch);
      if (feed != null) {
        feed.advanced(watch);
      } else if (!watch.isAmidFragments()) {
        shared.share(watch);
      }
    }

    @Override
    public void ended(Reply reply) {
      ClientStream.this.ended(watch, reply);
    }
  }

  private long newId() {
    while (watches.containsKey(nextId)) {
      nextId++;
    }
    return nextId++;
  }

  // ---- The feeds

  /// From now on a watch gets its events from a feed.
  void shares(ClientWatch watch, Feed feed) {
    if (watch.place() instanceof Place.Own(MemberWatch own) && lane != null) {
      lane.cancel(own);
    }
    watch.setPlace(new Place.Shared(feed));
    shared.means().metrics().sharedWatchers.increment();
    progress.disturb();
    maybeCloseLane();
  }

  /// Whether the client takes events now.
  boolean takesEvents() {
    return client.isReady();
  }

  /// Sends events of a feed.
  void tell(ClientWatch watch, Reply reply, long newest, boolean more) {
    send(watch.addressed(reply));
    watch.sent(newest, more);
  }

  /// Its feed keeps for a watch what the client does not take now.
  void lags(ClientWatch watch) {
    lagging.add(watch);
    progress.disturb();
  }

  /// A feed lets a watch go whose client has not taken what it told: it waits for its client.
  void leaves(ClientWatch watch) {
    if (watch.isAmidFragments()) {
      // A member may part the revision differently when it is asked again.
      end(
          Status.UNAVAILABLE.withDescription("too slow for a revision of this size"),
          new Metadata());
      return;
    }
    Feed feed = shared.feedOf(watch);
    lagging.remove(watch);
    watch.setPlace(new Place.Waiting());
    shared.means().metrics().sharedWatchers.decrement();
    waiting.add(watch);
    progress.disturb();
    if (feed != null) {
      feed.leave(watch);
    }
    if (client.isReady()) {
      shared.means().hub().execute(this::ready);
    }
  }

  /// A feed has told everything up to a revision.
  void progressed(ClientWatch watch, Reply reply, long revision) {
    if (revision >= watch.through()) {
      watch.reached(revision);
      if (watch.request().getProgressNotify() && client.isReady()) {
        send(watch.addressed(reply));
      }
    }
  }

  /// A member has ended a watch.
  void ended(ClientWatch watch, Reply reply) {
    hear(reply.message().getHeader());
    watches.remove(watch.id());
    detach(watch);
    progress.disturb();
    send(watch.addressed(reply));
    maybeCloseLane();
  }

  /// All feeds of this identity have told everything up to a revision.
  void feedsReached(ResponseHeader reached) {
    progress.feedsReached(reached);
  }

  /// What was asked of the feeds will not be answered.
  void askAgain() {
    progress.disturb();
    progress.goOn();
  }

  // ---- To the client

  private void hear(ResponseHeader newer) {
    if (newer.getRevision() >= header.getRevision()) {
      header = newer;
    }
  }

  private ResponseHeader newestHeader() {
    Trunk trunk = shared.openTrunk(identity);
    if (trunk != null) {
      hear(trunk.header());
    }
    return header;
  }

  private void sendControl(WatchResponse.Builder answer) {
    send(Frame.of(answer.build().toByteArray()));
  }

  private void send(Frame frame) {
    if (ended) {
      return;
    }
    if (!headersSent) {
      headersSent = true;
      client.sendHeaders(new Metadata());
    }
    client.sendMessage(frame);
  }

  /// Answers the question how far all watches of the stream have come: lane and feeds are asked,
  /// and when nothing has moved between them meanwhile, the lower answer holds for all.
  private final class Progress {
    private int owed;
    private boolean asking;
    private boolean disturbed;
    private boolean laneAwaited;
    private boolean feedsAwaited;
    private @Nullable ResponseHeader lowest;

    void ask() {
      owed = Math.min(owed + 1, MAX_PROGRESS_OWED);
      if (asking) {
        repeat();
      } else {
        goOn();
      }
    }

    /// What a member was asked may have been passed over: it says nothing while it is behind.
    private void repeat() {
      if (laneAwaited && lane != null) {
        lane.askProgress();
      }
      Trunk trunk = shared.openTrunk(identity);
      if (feedsAwaited && trunk != null) {
        trunk.askProgress(ClientStream.this);
      }
    }

    boolean needsLane() {
      return laneAwaited;
    }

    /// A watch has moved: what is known of lane and feeds may not hold for it.
    void disturb() {
      disturbed = true;
    }

    /// Something has come that may have been in the way of asking.
    void maybeGoOn() {
      if (!asking) {
        goOn();
      }
    }

    /// Asks, unless watches are on their way. What the lane says while a watch is being opened
    /// there may be from before it, and does not hold for it.
    void goOn() {
      asking = false;
      laneAwaited = false;
      feedsAwaited = false;
      if (owed == 0
          || ended
          || pausing
          || !waiting.isEmpty()
          || !asked.isEmpty()
          || (lane != null && lane.isCreating())
          || !lagging.isEmpty()) {
        return;
      }
      asking = true;
      disturbed = false;
      lowest = null;
      Trunk trunk = shared.openTrunk(identity);
      feedsAwaited =
          trunk != null
              && watches.values().stream().anyMatch(watch -> watch.place() instanceof Place.Shared);
      laneAwaited =
          !feedsAwaited
              || watches.values().stream().anyMatch(watch -> watch.place() instanceof Place.Own);
      if (feedsAwaited && trunk != null) {
        trunk.askProgress(ClientStream.this);
      }
      if (laneAwaited) {
        if (lane == null) {
          lane = new MemberStream(shared.means(), identity, ClientStream.this);
          laneIsRead = true;
        }
        lane.askProgress();
      }
    }

    void laneReached(ResponseHeader reached) {
      if (laneAwaited) {
        laneAwaited = false;
        reached(reached);
      }
    }

    void feedsReached(ResponseHeader reached) {
      if (feedsAwaited) {
        feedsAwaited = false;
        reached(reached);
      }
    }

    private void reached(ResponseHeader reached) {
      if (lowest == null || reached.getRevision() < lowest.getRevision()) {
        lowest = reached;
      }
      if (laneAwaited || feedsAwaited) {
        return;
      }
      asking = false;
      if (disturbed || !lagging.isEmpty()) {
        goOn();
        return;
      }
      for (; owed > 0; owed--) {
        sendControl(WatchResponse.newBuilder().setHeader(lowest).setWatchId(NO_WATCH));
      }
    }
  }
}
