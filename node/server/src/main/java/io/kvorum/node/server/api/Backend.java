package io.kvorum.node.server.api;

import io.kvorum.node.core.kv.Accounts;
import io.kvorum.node.core.kv.Alarm;
import io.kvorum.node.core.kv.Command;
import io.kvorum.node.core.kv.PageCounts;
import io.kvorum.node.core.kv.View;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.core.replica.Request;
import io.kvorum.node.server.MemberStatus;
import io.kvorum.node.server.stage.PendingCall;
import java.util.List;

/// The member as its services use it; callable from any thread, and never blocking.
public interface Backend {
  long clusterId();

  long memberId();

  /// Whom this member follows, or itself.
  Leader leader();

  /// A term and who leads in it.
  ///
  /// @param memberId 0 while nobody is known to lead
  record Leader(long term, long memberId) {}

  boolean isLearner();

  /// Whether local state is always fresh: this member leads alone.
  boolean readsAlone();

  Cluster cluster();

  /// The state behind the last batch, retained for the caller, who closes it.
  View retainView();

  /// The revision of the state behind the last batch.
  long revision();

  /// The bytes that count against the quota, as of the last batch.
  long bytesInUse();

  /// The users and roles as of the last batch, and whether they are in force.
  Accounts accounts();

  /// The feature level in force as of the last batch.
  int featureLevel();

  PageCounts pageCounts();

  /// The memory of answers that are read or sent.
  AnswerMemory answerMemory();

  /// Hands a request to the agreement stage; it is answered in any case.
  void submit(Request request);

  /// Hands a command of the member's own to the agreement stage; users' rights do not limit it.
  void propose(Command command, PendingCall call);

  /// The same, valid in this term only: no other leader takes it up.
  void propose(Command command, long onlyInTerm, PendingCall call);

  /// Runs a read that may take long or touch the disk away from the event loops.
  ///
  /// @return false if too many wait
  boolean offerSlowRead(Runnable read);

  /// The effective quota in bytes; [Long#MAX_VALUE] if there is none.
  long quotaBytes();

  long bytesOnDisk();

  List<Alarm> alarms();

  MemberStatus.Standing standing();

  Counters counters();
}
