package io.kvorum.node.core.log;

import io.kvorum.node.core.raft.HardState;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import org.jspecify.annotations.Nullable;

/// How log and state of a member fit together when it starts.
///
/// Nothing is applied before it is durable in the own log, so a log that is sound holds the last
/// entry that the state has applied, or begins right behind it. There is one exception: a snapshot
/// is installed first and the log begun anew behind it afterwards, and the member may die in
/// between. The installed state says so itself, by a mark that is removed once the log follows it.
///
/// Without that mark, a log that lacks what the state has applied has lost it, and with it perhaps
/// entries and votes that others count on: the member must not go on, for it could help to elect a
/// leader that lacks what is acknowledged.
public final class Alignment {
  private Alignment() {}

  /// Makes a log that was just opened fit to the state, and returns the hard state to start with.
  ///
  /// @param applied where the state stands
  /// @param installed the position of the snapshot that the state was installed from, if it still
  ///   bears the mark of it
  /// @throws DamagedLogException if log or state have lost something; nothing has been changed
  public static HardState align(
      Log log, String logPath, LogPosition applied, @Nullable LogPosition installed) {
    Recovered found = log.recovered();
    if (found.start().index() > applied.index()) {
      throw new DamagedLogException(
          logPath,
          "it begins behind %s, but the state ends at %s: what the state had made durable is lost"
              .formatted(found.start(), applied));
    }
    if (holds(log, found, applied)) {
      return found.hardState();
    }
    if (!applied.equals(installed)) {
      throw new DamagedLogException(
          logPath,
          "it ends at %s and lacks %s, which the state has applied: entries and votes that were durable are lost"
              .formatted(found.last(), applied));
    }
    HardState follows = following(found.hardState(), applied);
    log.restart(applied, follows);
    return follows;
  }

  private static boolean holds(Log log, Recovered found, LogPosition position) {
    return found.last().index() >= position.index()
        && log.term(position.index()) == position.term();
  }

  /// What was durable when the snapshot came, and that everything up to the snapshot is committed.
  private static HardState following(HardState before, LogPosition snapshot) {
    boolean knewTerm = before.term() >= snapshot.term();
    return new HardState(
        knewTerm ? before.term() : snapshot.term(),
        knewTerm ? before.vote() : MemberId.NONE,
        snapshot.index());
  }
}
