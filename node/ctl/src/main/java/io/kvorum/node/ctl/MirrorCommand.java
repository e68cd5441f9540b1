package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// make-mirror: writes the keys of this store to another one and then each change, without end.
final class MirrorCommand {

  private static final int OPERATIONS = 128;
  private static final int BYTES = 1 << 20;
  private static final Duration TOTAL_EVERY = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  static final Command MAKE_MIRROR =
      new Command(
          "make-mirror",
          "DESTINATION",
          "copy keys to another store, and each change from then on",
          "Prints every 30 seconds how many keys were written. Leases are left behind, and what the"
              + " destination holds otherwise stays: `migrate` brings a whole store over.",
          flags(),
          MirrorCommand::run);

  private final Store source;
  private final Store target;
  private final ByteString prefix;
  private final ByteString targetPrefix;
  private final Batch.Limits limits;
  private final AtomicLong total = new AtomicLong();

  private MirrorCommand(
      Store source, Store target, ByteString prefix, ByteString targetPrefix, Batch.Limits limits) {
    this.source = source;
    this.target = target;
    this.prefix = prefix;
    this.targetPrefix = targetPrefix;
    this.limits = limits;
  }

  private static List<Flag> flags() {
    var flags =
        new ArrayList<>(
            List.of(
                Flag.text("prefix", "", "only keys that start so"),
                Flag.number("rev", "only changes from this revision on, without a copy before"),
                Flag.number("max-txn-ops", OPERATIONS, "operations in one transaction"),
                Flag.text("dest-prefix", "", "what stands for --prefix in the destination"),
                Flag.toggle("no-dest-prefix", "leave --prefix out in the destination")));
    flags.addAll(OtherStore.accessFlags("dest-", "the destination"));
    return flags;
  }

  private static void run(Invocation invocation) throws Failure, IOException {
    Flags flags = invocation.flags();
    if (invocation.arguments().size() != 1) {
      throw Failure.badArguments("make-mirror takes one destination argument");
    }
    String targetPrefix = flags.text("dest-prefix");
    if (flags.on("no-dest-prefix") && !targetPrefix.isEmpty()) {
      throw Failure.badArguments(
          "`--dest-prefix` and `--no-dest-prefix` cannot be set at the same time, choose one");
    }
    String prefix = flags.text("prefix");
    if (targetPrefix.isEmpty() && !flags.on("no-dest-prefix")) {
      targetPrefix = prefix;
    }
    List<Endpoint> destination = Settings.endpoints(List.of(invocation.argument(0).split(",", -1)));
    Settings other = OtherStore.settings(invocation, "dest-", destination);
    try (Client target = Client.open(other, invocation.console())) {
      Scope scope = Scope.prefix(ByteString.copyFromUtf8(prefix));
      var mirror =
          new MirrorCommand(
              new Store(invocation.client(), scope),
              new Store(target, Scope.EVERYTHING),
              ByteString.copyFromUtf8(prefix),
              ByteString.copyFromUtf8(targetPrefix),
              new Batch.Limits(flags.positive("max-txn-ops"), BYTES));
      mirror.mirror(flags.number("rev"), invocation.console().output());
    }
  }

  /// Goes on until it fails or the process ends.
  private void mirror(long from, Output output) throws Failure, IOException {
    Thread telling = Thread.ofVirtual().start(() -> tell(output));
    try {
      follow(from > 1 ? from : copy() + 1);
    } finally {
      telling.interrupt();
    }
  }

  private void tell(Output output) {
    while (true) {
      LockSupport.parkNanos(TOTAL_EVERY.toNanos());
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
      try {
        output.line(Long.toString(total.get()));
        output.flush();
      } catch (Output.Closed nobodyReads) {
        return;
      }
    }
  }

  /// Copies what there is; the revision of that.
  private long copy() throws Failure, IOException {
    long revision = source.revision();
    var pages = new Pages(source, revision);
    var batch = new Batch(limits);
    for (KeyValue pair = pages.next(); pair != null; pair = pages.next()) {
      add(batch, put(pair));
    }
    commit(batch);
    return revision;
  }

  private void follow(long from) throws Failure, IOException {
    try (var feed = new ChangeFeed(source, from)) {
      while (true) {
        switch (feed.next(PATIENCE)) {
          case ChangeFeed.News.Changes(_, var changes) -> {
            var batch = new Batch(limits);
            for (Event change : changes) {
              add(batch, operation(change));
            }
            commit(batch);
          }
          case ChangeFeed.News.Compacted _ -> throw Failure.error(Errors.COMPACTED);
          case ChangeFeed.News.Progress _, ChangeFeed.News.Quiet _ -> {
            // There is nothing to do until something changes.
          }
        }
      }
    }
  }

  private RequestOp operation(Event change) {
    return change.getType() == Event.EventType.DELETE
        ? Batch.delete(targetKey(change.getKv().getKey()))
        : put(change.getKv());
  }

  private RequestOp put(KeyValue pair) {
    total.incrementAndGet();
    return Batch.put(pair.toBuilder().setKey(targetKey(pair.getKey())).clearLease().build());
  }

  private ByteString targetKey(ByteString key) {
    return targetPrefix.concat(key.substring(prefix.size()));
  }

  private void add(Batch batch, RequestOp operation) throws Failure, IOException {
    if (!batch.hasRoomFor(operation)) {
      commit(batch);
    }
    batch.add(operation);
  }

  private void commit(Batch batch) throws Failure, IOException {
    if (!batch.isEmpty()) {
      var _ = target.commit(batch.take());
    }
  }
}
