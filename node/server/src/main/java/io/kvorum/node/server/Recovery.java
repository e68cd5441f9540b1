package io.kvorum.node.server;

import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.log.Alignment;
import io.kvorum.node.core.log.DamagedLogException;
import io.kvorum.node.core.log.Log;
import io.kvorum.node.core.log.LogIdentity;
import io.kvorum.node.core.log.LogOptions;
import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.Restored;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.server.MemberConfig.Founding;
import io.kvorum.node.server.log.LogKeeper;
import io.kvorum.node.server.snapshot.FirstEntries;
import io.kvorum.node.server.snapshot.StateHome;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings state and log of a member to where it can go on from, whatever point an earlier life of
/// it died at.
///
/// A cluster is founded as if its members had all restored the same snapshot at 1/1, which holds
/// nothing but the members; each step of that can be done again. How log and state must fit is said
/// by [Alignment].
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  private Recovery() {}

  /// What a member starts with.
  record Recovered(LogKeeper log, Restored restored, Cluster cluster, int featureLevel) {}

  static Recovered recover(MemberConfig config, StateHome home) {
    Kv kv = home.current().kv();
    if (config.founding() instanceof Founding.Found found && kv.appliedIndex() == 0) {
      FirstEntries.found(kv, home.current().store(), found.members());
    }
    LogKeeper log = openLog(config, kv);
    try (View view = kv.view()) {
      HardState hardState = alignLog(config, log.log(), home);
      Cluster cluster = StateHome.cluster(view);
      var restored =
          new Restored(
              hardState,
              new LogPosition(kv.appliedTerm(), kv.appliedIndex()),
              cluster.membership());
      return new Recovered(log, restored, cluster, view.featureLevel());
    } catch (RuntimeException | Error unusable) {
      log.stopMaintenance();
      throw unusable;
    }
  }

  private static LogKeeper openLog(MemberConfig config, Kv kv) {
    var identity = new LogIdentity(config.identity().clusterId(), config.identity().memberId());
    if (LogKeeper.isIn(config.folders().log())) {
      return LogKeeper.open(config.folders().log(), LogOptions.DEFAULT, identity);
    }
    if (config.founding() instanceof Founding.Resume
        || kv.appliedIndex() > FirstEntries.FOUNDED.index()) {
      throw new DamagedLogException(config.folders().log().toString(), 0, "there is no log");
    }
    return LogKeeper.create(
        config.folders().log(),
        LogOptions.DEFAULT,
        identity,
        new LogPosition(kv.appliedTerm(), kv.appliedIndex()));
  }

  private static HardState alignLog(MemberConfig config, Log log, StateHome home) {
    var found = log.recovered();
    found
        .tornTail()
        .ifPresent(torn -> LOG.info("cut a torn tail of {} at {}", torn.path(), torn.offset()));
    Kv kv = home.current().kv();
    var applied = new LogPosition(kv.appliedTerm(), kv.appliedIndex());
    Optional<LogPosition> installed = home.installedAt();
    HardState hardState =
        Alignment.align(log, config.folders().log().toString(), applied, installed.orElse(null));
    if (installed.isPresent()) {
      LOG.info("a snapshot at {} was installed; the log follows it", installed.get());
      home.logFollows(installed.get());
    }
    return hardState;
  }
}
