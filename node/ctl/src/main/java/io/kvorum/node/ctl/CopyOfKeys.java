package io.kvorum.node.ctl;

import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.io.IOException;
import java.time.Duration;

/// Makes the target hold what the source held at one revision: writes what differs, deletes what
/// the source has not, leaves the rest alone. Done again after an interruption it only does what is
/// left.
final class CopyOfKeys {

  private final Store source;
  private final Store target;
  private final LeaseCopies leases;
  private final ProgressLines progress;
  private final InFlight lane;
  private final Batch batch;
  private long seen;
  private long written;
  private long deleted;

  CopyOfKeys(
      Store source,
      Store target,
      LeaseCopies leases,
      Batch.Limits limits,
      Duration timeout,
      ProgressLines progress) {
    this.source = source;
    this.target = target;
    this.leases = leases;
    this.progress = progress;
    this.lane = new InFlight(target, timeout);
    this.batch = new Batch(limits);
  }

  /// @throws Failure `Errors.isCompacted` when a revision was compacted meanwhile; what was copied
  ///   so far stays
  void run(long revision) throws Failure, IOException {
    long all = source.count(revision);
    progress.say("copying %d keys of revision %d".formatted(all, revision));
    var pairs = new Pairing(new Pages(source, revision), new Pages(target, target.revision()));
    for (Pairing.Pair pair = pairs.next(); pair != null; pair = pairs.next()) {
      switch (pair) {
        case Pairing.Pair.SourceOnly(KeyValue from) -> write(from);
        case Pairing.Pair.TargetOnly(KeyValue to) -> {
          deleted++;
          add(Batch.delete(to.getKey()));
        }
        case Pairing.Pair.Both(KeyValue from, KeyValue to) -> {
          seen++;
          if (!from.getValue().equals(to.getValue()) || from.getLease() != to.getLease()) {
            write(from);
          }
        }
      }
      progress.maybeSay(() -> "%d of %d keys".formatted(Math.max(seen, written), all));
    }
    if (!batch.isEmpty()) {
      lane.send(batch.take());
    }
    lane.drain();
    progress.say("copied: %d keys written, %d deleted".formatted(written, deleted));
  }

  private void write(KeyValue pair) throws Failure, IOException {
    leases.ensure(pair.getLease());
    written++;
    add(Batch.put(pair));
  }

  private void add(RequestOp operation) throws Failure, IOException {
    if (!batch.hasRoomFor(operation)) {
      lane.send(batch.take());
    }
    batch.add(operation);
  }
}
