package io.kvorum.node.core.replica;

/// The stages behind agreement. Both take their work in order and at once, and do it later.
public interface Stages {
  void log(LogWork work);

  void apply(ApplyWork work);

  /// A snapshot of the leader is to be fetched; [Replica#snapshotFetched] or
  /// [Replica#snapshotFailed] tells the end. A second offer while a fetch runs is dropped.
  void fetch(SnapshotOffer offer);
}
