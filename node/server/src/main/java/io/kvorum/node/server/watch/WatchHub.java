package io.kvorum.node.server.watch;

import io.kvorum.node.core.Invariant;
import io.kvorum.node.core.kv.Applied;
import io.kvorum.node.core.kv.Bytes;
import io.kvorum.node.core.kv.Event;
import io.kvorum.node.core.kv.EventQuery;
import io.kvorum.node.core.kv.KeyFilter;
import io.kvorum.node.core.kv.Outcome;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.server.api.Counters;
import io.kvorum.node.server.stage.Mailbox;
import io.kvorum.node.server.stage.StageThread;
import io.kvorum.node.server.stage.StateObserver;
import io.kvorum.node.server.watch.EventWriter.Written;
import io.kvorum.node.server.watch.Watcher.Place;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// Brings events from the apply stage to the watchers, on a thread of its own: however many
/// watchers there are and however slow they are, the apply stage only leaves each batch in a
/// mailbox.
///
/// A watcher is in one of three places. *Synced*: it stands in the index and gets the events of
/// each batch as the batch comes. *Behind*: it reads what it lacks from the store, a page at a
/// time, together with others that are behind; when a page reaches the state that was current at
/// the read, the events handed out since come from the ring of recent batches, and the watcher is
/// synced. A revision that is too wide for a page is read in parts, by watchers that are at the
/// same place of it. *Stalled*: its stream does not take more; it waits, at no cost but its own few
/// fields, and is behind once the stream is ready. A synced watcher whose stream does not take an
/// event is stalled at that event.
///
/// What is sent on one stream, of whatever kind, takes one way in order: from this thread to the
/// stream's event loop, one task per event loop and run. So nothing overtakes: no event its created
/// response, no progress an event.
public final class WatchHub implements StateObserver {
  /// Watchers that share one read of the store.
  private static final int MAX_WATCHERS_PER_READ = 512;

  /// Bytes of batches that may wait for this thread; beyond, watchers read from the store instead.
  private static final long MAX_QUEUED_BYTES = 64 << 20;

  /// What a batch takes beside its events.
  private static final long BATCH_BYTES = 256;

  /// So long a watcher waits for memory to get a wide revision whole.
  private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  /// The id in answers that concern no watcher, or all of a stream.
  private static final long NO_WATCHER = -1;

  private final WatchSource source;
  private final Executor readers;
  private final Consumer<Throwable> onFailure;
  private final Counters counters;
  private final Settings settings;
  private final Mailbox<Runnable> mailbox = new Mailbox<>(Integer.MAX_VALUE);
  private final AtomicLong queuedBytes = new AtomicLong();
  private final StageThread thread;

  /// Whether there are watchers. Set before the current revision is read for the first one, and
  /// read after a view is published: so either the batch comes here or the watcher starts behind
  /// it.
  private volatile boolean active;

  private final WatcherIndex index = new WatcherIndex();
  private final LinkedHashSet<Watcher> behind = new LinkedHashSet<>();
  private final LinkedHashSet<Watcher> wide = new LinkedHashSet<>();
  private final WholeRevisions wholeRevisions;
  private final Set<Watcher> notified = new LinkedHashSet<>();
  private final LinkedHashSet<WatchStream> streamsToFlush = new LinkedHashSet<>();
  private final Set<WatchStream> streams = new LinkedHashSet<>();
  private final ArrayDeque<ProgressAsked> progressAsked = new ArrayDeque<>();
  private final RecentEvents recent;
  private int watchers;
  private boolean reading;

  /// Whether the last read was of a wide revision: the others have their turn.
  private boolean wasWide;

  /// Every event up to here has been offered to the synced watchers.
  private long revision;

  /// The hub's bounds.
  ///
  /// @param progressNanos how long a watcher that wants progress may hear nothing
  /// @param fragmentBytes responses of at least this size are cut for watchers that allow it
  /// @param wholeRevisionBytes the memory of revisions that are wider than a page and go out whole
  public record Settings(long progressNanos, long fragmentBytes, long wholeRevisionBytes) {}

  private record ProgressAsked(WatchStream stream, long revision) {}

  /// What a read of the store for some watchers came to.
  ///
  /// @param revision the newest revision that was there to be read
  private record Page(
      List<Watcher> watchers,
      WatcherIndex wanted,
      long revision,
      long compactRevision,
      Outcome outcome) {}

  public WatchHub(
      WatchSource source,
      Executor readers,
      Counters counters,
      Settings settings,
      Consumer<Throwable> onFailure) {
    this.source = source;
    this.readers = readers;
    this.onFailure = onFailure;
    this.counters = counters;
    this.settings = settings;
    this.revision = source.revision();
    this.recent = new RecentEvents(revision);
    this.wholeRevisions = new WholeRevisions(settings.wholeRevisionBytes());
    this.thread = new StageThread("watch", this::run, onFailure);
  }

  public void start() {
    thread.start();
  }

  public void close() {
    thread.close();
  }

  private void post(Runnable input) {
    if (mailbox.add(input) == Mailbox.Offer.FIRST) {
      thread.wake();
    }
  }

  /// Does what waits; the hub's thread calls it.
  boolean run() {
    boolean any = mailbox.drain(Runnable::run) > 0;
    maybeRead();
    flush();
    return any;
  }

  // ---- From the apply stage

  @Override
  public void applied(Applied applied) {
    if (!active) {
      return;
    }
    List<Event> events = applied.events();
    long batchRevision = applied.view().revision();
    if (events == null) {
      post(() -> jumpTo(batchRevision));
      return;
    }
    long bytes = bytesOf(events);
    if (queuedBytes.addAndGet(bytes) > MAX_QUEUED_BYTES) {
      queuedBytes.addAndGet(-bytes);
      post(() -> jumpTo(batchRevision));
      return;
    }
    post(() -> {
      queuedBytes.addAndGet(-bytes);
      distribute(new RecentEvents.Batch(events, batchRevision, bytes));
    });
  }

  private static long bytesOf(List<Event> events) {
    long bytes = BATCH_BYTES;
    for (Event event : events) {
      bytes += event.bytes();
    }
    return bytes;
  }

  @Override
  public void restored(View view) {
    long restored = view.revision();
    post(() -> jumpTo(restored));
  }

  private void distribute(RecentEvents.Batch batch) {
    if (batch.revision() <= revision) {
      return;
    }
    recent.add(batch);
    revision = batch.revision();
    var touched = new ArrayList<Watcher>();
    for (Event event : batch.events()) {
      var written = new Written(event);
      index.forEachOf(
          event.current().key(),
          watcher -> {
            if (watcher.note(written)) {
              touched.add(watcher);
            }
          });
    }
    for (Watcher watcher : touched) {
      if (!maybeSend(watcher, watcher.takeBatch())) {
        stall(watcher);
      }
    }
    answerProgress();
  }

  /// The state is at a revision, and the events up to there did not come here.
  private void jumpTo(long to) {
    if (to <= revision) {
      return;
    }
    for (WatchStream stream : streams) {
      for (Watcher watcher : stream.watchers()) {
        if (watcher.isSynced()) {
          watcher.advanceTo(revision + 1);
          if (watcher.next() <= to) {
            move(watcher, Place.BEHIND);
          }
        }
      }
    }
    revision = to;
    recent.restart(to);
  }

  // ---- From clients

  /// A client's wish to watch.
  ///
  /// @param requestedId 0: any
  /// @param startRevision 0: from now on
  record Create(WatchStream stream, Watcher.Wish wish, long requestedId, long startRevision) {}

  void open(WatchStream stream) {
    counters.watchStreams.increment();
    post(() -> streams.add(stream));
  }

  void create(Create create) {
    post(() -> doCreate(create));
  }

  /// Answers a request that can't be watched for.
  void refuse(WatchStream stream, String reason) {
    post(() -> doRefuse(stream, reason));
  }

  void cancel(WatchStream stream, long id) {
    post(() -> doCancel(stream, id));
  }

  void progress(WatchStream stream) {
    post(() -> doProgress(stream));
  }

  /// A stream that watchers wait for takes more.
  void ready(WatchStream stream) {
    post(() -> doReady(stream));
  }

  void closed(WatchStream stream) {
    post(() -> doClose(stream));
  }

  private void doCreate(Create create) {
    WatchStream stream = create.stream();
    if (stream.isClosed()) {
      return;
    }
    if (!active) {
      active = true;
      revision = Math.max(revision, source.revision());
      recent.restart(revision);
    }
    if (create.requestedId() != 0 && stream.watcher(create.requestedId()) != null) {
      doRefuse(stream, "mvcc: duplicate watch ID provided on the WatchStream");
      return;
    }
    long now = Math.max(revision, source.revision());
    long id = create.requestedId() != 0 ? create.requestedId() : stream.newId();
    long next = create.startRevision() == 0 ? now + 1 : create.startRevision();
    var watcher = new Watcher(stream, id, create.wish(), next, System.nanoTime());
    stream.add(watcher);
    watchers++;
    counters.watchers.increment();
    if (create.wish().progress()) {
      notified.add(watcher);
    }
    counters.slowWatchers.increment();
    send(stream, response(id, now).setCreated(true));
    move(watcher, next > now ? Place.SYNCED : Place.BEHIND);
  }

  private void doRefuse(WatchStream stream, String reason) {
    if (!stream.isClosed()) {
      send(
          stream,
          response(NO_WATCHER, now()).setCreated(true).setCanceled(true).setCancelReason(reason));
    }
  }

  private long now() {
    return Math.max(revision, source.revision());
  }

  private void doCancel(WatchStream stream, long id) {
    Watcher watcher = stream.remove(id);
    if (watcher != null) {
      end(watcher);
      send(stream, response(id, now()).setCanceled(true));
    }
  }

  private void end(Watcher watcher) {
    leaveWide(watcher);
    move(watcher, Place.ENDED);
    notified.remove(watcher);
    counters.watchers.decrement();
    watchers--;
    if (watchers == 0) {
      active = false;
    }
  }

  private void doClose(WatchStream stream) {
    if (stream.isClosed()) {
      return;
    }
    stream.setClosed();
    streams.remove(stream);
    streamsToFlush.remove(stream);
    progressAsked.removeIf(asked -> asked.stream() == stream);
    stream.watchers().forEach(this::end);
    wholeRevisions.give(stream.takeWide());
    counters.watchStreams.decrement();
  }

  private void doProgress(WatchStream stream) {
    if (stream.isClosed() || stream.watchers().isEmpty()) {
      // Nobody to answer for; and without watchers this thread may never come to the revision.
      return;
    }
    progressAsked.add(new ProgressAsked(stream, source.revision()));
    answerProgress();
  }

  /// Answers who asked for progress, once this thread has come to the revision of that time. A
  /// stream with a watcher that lacks events gets no answer; its client asks again.
  private void answerProgress() {
    while (!progressAsked.isEmpty() && progressAsked.getFirst().revision() <= revision) {
      WatchStream stream = progressAsked.removeFirst().stream();
      if (!stream.isClosed() && !stream.watchers().isEmpty() && isUpToDate(stream)) {
        send(stream, response(NO_WATCHER, revision));
      }
    }
  }

  /// How many answers about progress are owed.
  int progressOwed() {
    return progressAsked.size();
  }

  private boolean isUpToDate(WatchStream stream) {
    for (Watcher watcher : stream.watchers()) {
      if (!watcher.isSynced() || watcher.next() > revision + 1) {
        return false;
      }
    }
    return true;
  }

  /// Tells idle watchers that want to know how far they are.
  public void notifyProgress() {
    post(() -> {
      long now = System.nanoTime();
      for (Watcher watcher : notified) {
        boolean due = now - watcher.lastSentNanos() > settings.progressNanos();
        // Who does not read would pile them up.
        if (due && watcher.isSynced() && watcher.stream().takesEvents()) {
          watcher.sent(now);
          send(watcher.stream(), response(watcher.id(), revision));
        }
      }
    });
  }

  // ---- Synced, behind, stalled

  /// The only way from one place to another: keeps index, queue and gauge in step.
  private void move(Watcher watcher, Place to) {
    Place from = watcher.place();
    if (from == to) {
      return;
    }
    switch (from) {
      case SYNCED -> {
        index.remove(watcher);
        counters.slowWatchers.increment();
      }
      case BEHIND -> behind.remove(watcher);
      case WIDE -> wide.remove(watcher);
      case READING, STALLED -> {}
      case ENDED -> throw Invariant.unreachable("a watcher that ended moves nowhere");
    }
    watcher.moveTo(to);
    switch (to) {
      case SYNCED -> {
        index.add(watcher);
        counters.slowWatchers.decrement();
      }
      case BEHIND -> behind.add(watcher);
      case WIDE -> wide.add(watcher);
      case ENDED -> counters.slowWatchers.decrement();
      case READING, STALLED -> {}
    }
  }

  /// Waits for its stream; unless the stream has become ready just now, which nobody would tell.
  private void stall(Watcher watcher) {
    watcher.stream().setLagging(true);
    move(watcher, watcher.stream().takesEvents() ? toRead(watcher) : Place.STALLED);
  }

  private static Place toRead(Watcher watcher) {
    return watcher.wide() == null ? Place.BEHIND : Place.WIDE;
  }

  private void doReady(WatchStream stream) {
    if (stream.isClosed() || !stream.takesEvents()) {
      return;
    }
    stream.setLagging(false);
    wholeRevisions.give(stream.takeWide());
    for (Watcher watcher : stream.watchers()) {
      if (watcher.place() == Place.STALLED) {
        move(watcher, toRead(watcher));
      }
    }
  }

  /// Starts a read for watchers that lack events, if none is under way.
  private void maybeRead() {
    if (reading || (behind.isEmpty() && wide.isEmpty())) {
      return;
    }
    boolean wideFirst = !wasWide || behind.isEmpty();
    if (!(wideFirst && maybeReadWide()) && !maybeReadBehind() && !wideFirst) {
      maybeReadWide();
    }
  }

  private boolean maybeReadBehind() {
    var chosen = new ArrayList<Watcher>();
    long from = Long.MAX_VALUE;
    boolean previousWanted = false;
    for (Watcher watcher : List.copyOf(behind)) {
      if (chosen.size() == MAX_WATCHERS_PER_READ) {
        break;
      }
      if (!watcher.stream().takesEvents()) {
        stall(watcher);
        continue;
      }
      chosen.add(watcher);
      from = Math.min(from, watcher.next());
      previousWanted |= watcher.wish().previous();
    }
    if (chosen.isEmpty()) {
      return false;
    }
    wasWide = false;
    read(chosen, new Range(from, 0, Long.MAX_VALUE, previousWanted, false));
    return true;
  }

  /// Reads the next part of a wide revision for watchers that are at the same place of it.
  private boolean maybeReadWide() {
    var chosen = new ArrayList<Watcher>();
    WideRevision place = null;
    boolean previousWanted = false;
    for (Watcher watcher : List.copyOf(wide)) {
      WideRevision at = watcher.wide();
      if (at == null) {
        throw Invariant.unreachable("a wide watcher is at a wide revision");
      }
      boolean together =
          place == null || (at.revision() == place.revision() && at.nextSub() == place.nextSub());
      if (!together || chosen.size() == MAX_WATCHERS_PER_READ) {
        continue;
      }
      if (!watcher.stream().takesEvents()) {
        putOff(watcher, at);
        stall(watcher);
      } else if (mayGoOn(watcher, at, chosen.isEmpty())) {
        place = at;
        chosen.add(watcher);
        previousWanted |= watcher.wish().previous();
      }
    }
    if (place == null) {
      return false;
    }
    wasWide = true;
    read(
        chosen,
        new Range(place.revision(), place.nextSub(), place.revision(), previousWanted, true));
    return true;
  }

  private boolean mayGoOn(Watcher watcher, WideRevision at, boolean first) {
    return at.isBegun()
        || watcher.wish().fragment()
        || (wholeRevisions.hasRoom(at.isPutOff()) && (first || !at.isPutOff()));
  }

  /// What to read of history.
  private record Range(long from, int fromSub, long to, boolean previousWanted, boolean inParts) {

    EventQuery query(KeyFilter filter, long current) {
      return new EventQuery(
          from,
          fromSub,
          Math.min(to, current),
          filter,
          EventQuery.Bounds.DEFAULT,
          previousWanted,
          inParts);
    }
  }

  private void read(List<Watcher> chosen, Range range) {
    chosen.forEach(watcher -> move(watcher, Place.READING));
    reading = true;
    var wanted = new WatcherIndex();
    chosen.forEach(wanted::add);
    KeyFilter filter = chosen.size() == 1 ? chosen.getFirst().range() : key -> wants(wanted, key);
    readers.execute(() -> {
      try (View view = source.retainView()) {
        var page =
            new Page(
                chosen,
                wanted,
                view.revision(),
                view.compactRevision(),
                view.events(range.query(filter, view.revision())));
        post(() -> take(page));
      } catch (RuntimeException failure) {
        // Without its events a watcher would wait for ever, and not know it.
        onFailure.accept(failure);
      }
    });
  }

  private static boolean wants(WatcherIndex wanted, Bytes key) {
    boolean[] found = {false};
    wanted.forEachOf(key, _ -> found[0] = true);
    return found[0];
  }

  private void take(Page page) {
    reading = false;
    switch (page.outcome()) {
      case Outcome.EventPage events -> {
        note(page, events.events());
        for (Watcher watcher : page.watchers()) {
          WideRevision at = watcher.wide();
          if (at == null) {
            takeShare(watcher, page, events.nextRevision());
          } else {
            takePart(watcher, at, page, events);
          }
        }
      }
      case Outcome.RevisionTooWide(long tooWide) -> {
        for (Watcher watcher : page.watchers()) {
          if (watcher.place() == Place.READING) {
            if (watcher.next() <= tooWide) {
              watcher.setWide(new WideRevision(tooWide, System.nanoTime()));
            }
            move(watcher, toRead(watcher));
          }
        }
      }
      case Outcome.RevisionCompacted(long compacted) -> {
        for (Watcher watcher : page.watchers()) {
          if (watcher.place() == Place.READING && !maybeEndCompacted(watcher, compacted)) {
            move(watcher, toRead(watcher));
          }
        }
      }
      default -> throw Invariant.unreachable("history is a page or compacted");
    }
  }

  private static void note(Page page, List<Event> events) {
    for (Event event : events) {
      var written = new Written(event);
      page.wanted().forEachOf(event.current().key(), watcher -> watcher.note(written));
    }
  }

  private void takeShare(Watcher watcher, Page page, long nextRevision) {
    List<Written> events = watcher.takeBatch();
    if (watcher.place() != Place.READING || maybeEndCompacted(watcher, page.compactRevision())) {
      return;
    }
    if (!events.isEmpty() && !maybeSend(watcher, events)) {
      stall(watcher);
      return;
    }
    watcher.advanceTo(nextRevision);
    boolean current = watcher.next() > page.revision();
    move(watcher, current && maybeJoin(watcher) ? Place.SYNCED : Place.BEHIND);
  }

  /// Takes the next part of a wide revision.
  private void takePart(Watcher watcher, WideRevision at, Page page, Outcome.EventPage events) {
    List<Written> part = watcher.takeBatch();
    if (watcher.place() != Place.READING || maybeEndCompacted(watcher, page.compactRevision())) {
      return;
    }
    boolean whole = events.nextRevision() > at.revision();
    boolean taken =
        watcher.wish().fragment()
            ? maybeSendPart(watcher, at, part, whole)
            : maybeCollect(watcher, at, part) && (!whole || maybeSendWhole(watcher, at));
    if (watcher.place() != Place.READING) {
      return;
    }
    if (taken && whole) {
      leaveWide(watcher);
      watcher.advanceTo(at.revision() + 1);
    } else if (taken) {
      at.advanceTo(events.nextSub());
    }
    if (watcher.stream().takesEvents()) {
      move(watcher, toRead(watcher));
      return;
    }
    if (watcher.wide() != null) {
      putOff(watcher, at);
    }
    stall(watcher);
  }

  private boolean maybeSendPart(
      Watcher watcher, WideRevision at, List<Written> part, boolean whole) {
    if (!watcher.stream().takesEvents()) {
      return false;
    }
    if (!part.isEmpty() || (whole && at.isTold())) {
      at.setTold();
      sendEvents(watcher, part, at.revision(), !whole);
    }
    return true;
  }

  /// Whoever finds no room gives way to the others; the only one there is, is told so.
  private boolean maybeCollect(Watcher watcher, WideRevision at, List<Written> part) {
    long bytes = 0;
    for (Written written : part) {
      bytes += written.event().bytes();
    }
    if (wholeRevisions.maybeTake(bytes)) {
      at.collect(part, bytes);
      return true;
    }
    if (wholeRevisions.isAlone(at.collectedBytes())) {
      endTooWide(watcher, at);
    } else {
      putOff(watcher, at);
    }
    return false;
  }

  private boolean maybeSendWhole(Watcher watcher, WideRevision at) {
    if (!watcher.stream().takesEvents()) {
      putOff(watcher, at);
      return false;
    }
    long bytes = at.collectedBytes();
    List<Written> events = at.takeCollected();
    // The room is given back once the connection has taken them.
    watcher.stream().addWide(bytes);
    watcher.stream().setLagging(true);
    if (!events.isEmpty()) {
      sendEvents(watcher, events, at.revision(), false);
    }
    return true;
  }

  /// Begins a wide revision anew later; what is with the client already stays there.
  private void putOff(Watcher watcher, WideRevision at) {
    if (!watcher.wish().fragment()) {
      wholeRevisions.give(at.collectedBytes());
      at.putOff();
    }
  }

  private void leaveWide(Watcher watcher) {
    WideRevision at = watcher.wide();
    if (at != null) {
      wholeRevisions.give(at.collectedBytes());
      watcher.setWide(null);
    }
  }

  private void endTooWide(Watcher watcher, WideRevision at) {
    WatchStream stream = watcher.stream();
    stream.remove(watcher.id());
    end(watcher);
    send(
        stream,
        response(watcher.id(), now())
            .setCanceled(true)
            .setCancelReason(
                ("kvorum: revision %d has more events than this member has memory for;"
                        + " watch with fragments, or from revision %d on")
                    .formatted(at.revision(), at.revision() + 1)));
  }

  /// Ends the watchers that have waited too long for memory, because others do not read what they
  /// were sent.
  public void endWaits() {
    post(() -> {
      long now = System.nanoTime();
      for (Watcher watcher : List.copyOf(wide)) {
        WideRevision at = watcher.wide();
        if (at != null && at.isPutOff() && now - at.sinceNanos() > MAX_WAIT_NANOS) {
          endTooWide(watcher, at);
        }
      }
    });
  }

  /// A watcher has read up to some state; what came since is in the ring, or not any more. False if
  /// it has to read again.
  private boolean maybeJoin(Watcher watcher) {
    if (watcher.next() <= revision) {
      if (!recent.reachesBackTo(watcher.next())) {
        return false;
      }
      recent.forEachFrom(
          watcher.next(),
          event -> {
            if (watcher.range().wants(event.current().key())) {
              watcher.note(new Written(event));
            }
          });
      List<Written> events = watcher.takeBatch();
      if (!events.isEmpty() && !maybeSend(watcher, events)) {
        return false;
      }
      watcher.advanceTo(revision + 1);
    }
    return true;
  }

  private boolean maybeEndCompacted(Watcher watcher, long compacted) {
    if (watcher.next() >= compacted) {
      return false;
    }
    WatchStream stream = watcher.stream();
    stream.remove(watcher.id());
    end(watcher);
    send(stream, response(watcher.id(), 0).setCanceled(true).setCompactRevision(compacted));
    return true;
  }

  // ---- To clients

  private WatchResponse.Builder response(long id, long atRevision) {
    ResponseHeader header = source.header(atRevision);
    return WatchResponse.newBuilder().setHeader(header).setWatchId(id);
  }

  /// Hands events to the watcher's stream, if the stream takes them.
  private boolean maybeSend(Watcher watcher, List<Written> events) {
    WatchStream stream = watcher.stream();
    if (!stream.takesEvents()) {
      watcher.advanceTo(events.getFirst().event().revision());
      return false;
    }
    long last = events.getLast().event().revision();
    sendEvents(watcher, events, last, false);
    watcher.advanceTo(last + 1);
    return true;
  }

  /// Sends events whose newest revision is `last`.
  ///
  /// @param unfinished whether more of that revision follows
  private void sendEvents(Watcher watcher, List<Written> events, long last, boolean unfinished) {
    WatchStream stream = watcher.stream();
    boolean previous = watcher.wish().previous();
    // An answer without events tells a client that it has all up to the revision in its header: the
    // end of a revision that came in parts is no further than that.
    long atRevision = events.isEmpty() ? last : Math.max(revision, last);
    var response = response(watcher.id(), atRevision);
    long bytes = 0;
    for (Written event : events) {
      long eventBytes = event.bytes(previous);
      boolean full = bytes > 0 && bytes + eventBytes >= settings.fragmentBytes();
      if (full && watcher.wish().fragment()) {
        send(stream, response.setFragment(true), bytes);
        response = response(watcher.id(), atRevision);
        bytes = 0;
      }
      response.addEvents(event.form(previous));
      bytes += eventBytes;
    }
    send(stream, response.setFragment(unfinished), bytes);
    counters.events.add(events.size());
    watcher.sent(System.nanoTime());
  }

  private void send(WatchStream stream, WatchResponse.Builder response) {
    send(stream, response, 0);
  }

  private void send(WatchStream stream, WatchResponse.Builder response, long bytes) {
    if (stream.add(response.build(), bytes)) {
      streamsToFlush.add(stream);
    }
  }

  private void flush() {
    if (streamsToFlush.isEmpty()) {
      return;
    }
    Map<EventExecutor, List<WatchStream.Parcel>> byHome = new LinkedHashMap<>();
    for (WatchStream stream : streamsToFlush) {
      byHome.computeIfAbsent(stream.home(), _ -> new ArrayList<>()).add(stream.takeOutgoing());
    }
    streamsToFlush.clear();
    byHome.forEach((home, parcels) ->
        home.execute(() -> {
          for (WatchStream.Parcel parcel : parcels) {
            if (parcel.write()) {
              ready(parcel.stream());
            }
          }
        }));
  }
}
