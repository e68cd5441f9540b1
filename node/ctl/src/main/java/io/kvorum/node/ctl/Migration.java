package io.kvorum.node.ctl;

import io.grpc.StatusRuntimeException;
import io.kvorum.node.proto.etcd.HashKVRequest;
import io.kvorum.node.proto.etcd.HashKVResponse;
import io.kvorum.node.proto.etcd.MaintenanceGrpc;
import io.kvorum.node.proto.etcd.ResponseHeader;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Brings one running store to another: copies what it holds (or takes up a target that was
/// restored from its backup), follows its changes until the switch, and compares both.
///
/// All of the source's revisions up to one are in the target, or none of what follows it: whatever
/// interrupts this, the target is a state that the source was in, but for half a first copy.
final class Migration {

  private static final Duration PATIENCE = Duration.ofMillis(200);
  private static final Duration LEASES_EVERY = Duration.ofSeconds(2);

  /// How often a copy starts over because the source has compacted what it was reading.
  private static final int ROUNDS_MAX = 10;

  /// How often the goal of one that ends by itself moves with a source that is written to.
  private static final int GOALS_MAX = 5;

  /// What is to be done.
  ///
  /// @param inStep whether revision numbers stay the same; the target was restored from a backup
  /// @param follow whether it goes on until a signal comes
  /// @param overwrite whether what the target holds may be overwritten and deleted
  record Options(
      boolean inStep,
      boolean follow,
      boolean overwrite,
      boolean accounts,
      boolean remainingTime,
      Batch.Limits limits,
      Duration timeout) {}

  private final Options options;
  private final Store source;
  private final Store target;
  private final Output output;
  private final ProgressLines progress;
  private volatile boolean switching;
  private long saidPosition;
  private long leasesSynced = System.nanoTime();

  Migration(Options options, Store source, Store target, Console console) {
    this.options = options;
    this.source = source;
    this.target = target;
    this.output = console.output();
    this.progress = new ProgressLines(console.errors());
  }

  void run() throws Failure, IOException {
    if (options.follow()) {
      Interrupts.listen(() -> switching = true, Interrupts.UNBOUNDED);
    }
    try (var leases = new LeaseCopies(source.client(), target.client(), options.remainingTime())) {
      if (options.inStep()) {
        begin();
      } else {
        requireRoom();
      }
      if (source.scope().isEverything()) {
        leases.copyAll();
      }
      long at = bring(leases);
      if (options.accounts()) {
        copyAccounts();
      }
      compareLeases(leases, at);
    }
  }

  // ---- the beginning

  private void requireRoom() throws Failure, IOException {
    ResponseHeader from = source.header();
    ResponseHeader to = target.header();
    if (from.getClusterId() == to.getClusterId() && from.getMemberId() == to.getMemberId()) {
      throw Failure.error("source and target are the same member");
    }
    long keys = target.count(0);
    if (keys > 0 && !options.overwrite()) {
      throw Failure.error(
          ("the target holds %d keys%s already: nothing was written. --overwrite makes it equal to"
                  + " the source (also after an interruption; what is equal is not sent again, what"
                  + " the source has not is deleted); --prefix limits all of this to some keys;"
                  + " --keep-revisions goes on with a target restored from the source's backup")
              .formatted(keys, source.scope().isEverything() ? "" : " under the prefix"));
    }
  }

  /// Both must have been the same at the target's revision.
  private void begin() throws Failure, IOException {
    long there = target.revision();
    long here = source.revision();
    if (there > here) {
      throw Failure.error(
          "the target is at revision %d, ahead of the source at %d: seed it from the source first"
              .formatted(there, here));
    }
    if (there > 1 && !sameHistory(there)) {
      try {
        Verification.Result result = compare(there, there);
        if (!result.isEqual()) {
          progress.say("the target is not what the source was at its revision: seed it again");
        }
        require(result);
      } catch (Failure e) {
        throw Errors.isCompacted(e) ? tooLate(there) : e;
      }
    }
    progress.say("both are equal at revision " + there);
  }

  // ---- copying and following

  /// Brings everything over and compares it.
  ///
  /// @return the revision of the source that the target is at
  private long bring(LeaseCopies leases) throws Failure, IOException {
    for (int round = 1; ; round++) {
      try {
        long start = options.inStep() ? target.revision() : copy(leases);
        long at = follow(leases, start);
        Verification.Result result = compare(at, target.revision());
        // A source of before 3.4.25 may say early that all was sent of a range.
        if (result.isEqual() || source.scope().isEverything() || round == ROUNDS_MAX) {
          require(result);
          report(result, at);
          return at;
        }
      } catch (Failure e) {
        if (!Errors.isCompacted(e) || round == ROUNDS_MAX) {
          throw e;
        }
        if (options.inStep()) {
          throw tooLate(target.revision());
        }
      }
      progress.say("the source has compacted or gone on meanwhile: comparing again");
    }
  }

  private static Failure tooLate(long revision) {
    return Failure.error(
        ("the source has compacted what follows revision %d: the numbers cannot be kept in step;"
                + " seed the target again from the source")
            .formatted(revision));
  }

  private long copy(LeaseCopies leases) throws Failure, IOException {
    long revision = source.revision();
    new CopyOfKeys(source, target, leases, options.limits(), options.timeout(), progress)
        .run(revision);
    return revision;
  }

  /// Brings changes until the switch; the revision reached.
  private long follow(LeaseCopies leases, long from) throws Failure, IOException {
    Applier applier =
        options.inStep()
            ? new ChangesInStep(
                target, leases, options.limits().operations(), options.timeout(), from)
            : new MergedChanges(target, leases, options.limits());
    var goal = new Goal();
    long at = from;
    try (var feed = new ChangeFeed(source, from + 1)) {
      while (!goal.isReached(at)) {
        switch (feed.next(PATIENCE)) {
          case ChangeFeed.News.Changes(var revision, var changes) -> {
            applier.apply(revision, changes);
            at = revision;
          }
          case ChangeFeed.News.Progress(var revision) -> at = Math.max(at, revision);
          case ChangeFeed.News.Compacted _ -> throw Failure.error(Errors.COMPACTED);
          case ChangeFeed.News.Quiet _ -> {
            applier.flush();
            if (!source.scope().isEverything()) {
              feed.askProgress();
            }
          }
        }
        synchronize(leases, applier, at);
        sayPosition(at);
      }
      applier.flush();
    }
    return at;
  }

  private void sayPosition(long at) throws Output.Closed {
    if (at != saidPosition) {
      progress.maybeSay(() -> {
        saidPosition = at;
        return "the target is at revision %d of the source".formatted(at);
      });
    }
  }

  /// Up to which revision changes are followed.
  private final class Goal {

    private long revision = options.follow() ? Long.MAX_VALUE : 0;
    private int moved;

    boolean isReached(long at) throws Failure, IOException {
      if (options.follow()) {
        if (switching && revision == Long.MAX_VALUE) {
          revision = source.revision();
          progress.say("switching: the source ends at revision " + revision);
        }
        return at >= revision;
      }
      while (at >= revision) {
        long next = source.revision();
        if (at >= next || moved == GOALS_MAX) {
          return true;
        }
        revision = next;
        moved++;
      }
      return false;
    }
  }

  private void synchronize(LeaseCopies leases, Applier applier, long at)
      throws Failure, IOException {
    long now = System.nanoTime();
    if (now - leasesSynced >= LEASES_EVERY.toNanos()) {
      applier.flush();
      leases.sync(source.scope().isEverything(), at, source);
      leasesSynced = System.nanoTime();
    }
  }

  // ---- the end

  private Verification.Result compare(long here, long there) throws Failure, IOException {
    progress.say(
        "comparing revision %d of the source with %d of the target".formatted(here, there));
    return new Verification(options.inStep(), progress)
        .run(new Pages(source, here), new Pages(target, there));
  }

  private void require(Verification.Result result) throws Failure, IOException {
    for (String difference : result.differences()) {
      progress.say(difference);
    }
    if (!result.isEqual()) {
      throw Failure.error(
          "source and target differ in %d of %d keys".formatted(result.different(), result.keys()));
    }
  }

  private void report(Verification.Result result, long at) throws Failure, IOException {
    output.line(
        "migrated %d keys: revision %d of the source is revision %d of the target"
            .formatted(result.keys(), at, target.revision()));
    output.line(
        "verified: keys, values and leases of keys%s are equal, sha256 %s"
            .formatted(
                options.inStep() ? ", create and mod revisions and versions" : "",
                result.digest()));
    if (options.inStep() && sameHistory(at)) {
      output.line("verified: HashKV, the hash of the history, is the same in both");
    }
  }

  /// Whether the hash over all that both hold of their history says that it is the same. Hashes of
  /// different releases, or behind different compactions, say nothing.
  private boolean sameHistory(long revision) throws Output.Closed {
    HashKVResponse here = hash(source.client(), revision);
    HashKVResponse there = hash(target.client(), revision);
    return here != null
        && there != null
        && here.getCompactRevision() == there.getCompactRevision()
        && here.getHash() == there.getHash();
  }

  /// The hash of a store's history at one of its members; null where it is not to be had.
  private static @Nullable HashKVResponse hash(Client client, long revision) throws Output.Closed {
    try {
      HashKVRequest request = HashKVRequest.newBuilder().setRevision(revision).build();
      return client.read(channel -> MaintenanceGrpc.newBlockingStub(channel).hashKV(request));
    } catch (Failure | StatusRuntimeException _) {
      return null;
    }
  }

  private void copyAccounts() throws Failure, IOException {
    CopyOfAccounts.Copied copied = new CopyOfAccounts(source.client(), target.client()).run();
    output.line("migrated %d roles and %d users".formatted(copied.roles(), copied.users()));
    if (!copied.newUsers().isEmpty()) {
      output.line(
          "passwords cannot be read over the API: set them with `user passwd NAME` for %s, then"
              .formatted(String.join(", ", copied.newUsers())));
      output.line("`auth enable`; users that come with a certificate need none");
    }
  }

  private void compareLeases(LeaseCopies leases, long at) throws Failure, IOException {
    if (!source.scope().isEverything()) {
      output.line("migrated %d leases, those of the keys".formatted(leases.count()));
      return;
    }
    leases.sync(true, at, source);
    Set<Long> here = LeaseCopies.list(source.client());
    Set<Long> there = LeaseCopies.list(target.client());
    long missing = here.stream().filter(id -> !there.contains(id)).count();
    output.line(
        "migrated %d leases%s"
            .formatted(
                here.size() - missing,
                missing == 0 ? "" : "; %d more were granted meanwhile".formatted(missing)));
  }
}
