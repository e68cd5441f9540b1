package io.kvorum.node.server.snapshot;

import io.kvorum.node.core.kv.Committed;
import io.kvorum.node.core.kv.Kv;
import io.kvorum.node.core.raft.LogPosition;
import io.kvorum.node.core.raft.MemberId;
import io.kvorum.node.core.replica.Cluster;
import io.kvorum.node.core.replica.MemberRecord;
import io.kvorum.node.server.MemberConfig.NamedMember;
import io.kvorum.node.server.store.RocksStore;
import java.util.List;

/// What a cluster begins with: all its founders have applied the same one entry, which holds who
/// they are, and their logs begin behind it.
public final class FirstEntries {

  public static final LogPosition FOUNDED = new LogPosition(1, 1);

  private FirstEntries() {}

  /// Gives the founding its effect on a state that has applied nothing, and makes it durable.
  public static void found(Kv kv, RocksStore store, List<NamedMember> members) {
    Cluster cluster = Cluster.of(members.stream().map(FirstEntries::founder).toList());
    var founding = new Committed.RecordsEntry(FOUNDED.index(), FOUNDED.term(), cluster.records());
    kv.apply(List.of(founding)).view().close();
    store.flush();
  }

  private static MemberRecord founder(NamedMember member) {
    return new MemberRecord(
        new MemberId(member.memberId()),
        member.peerUrls(),
        false,
        MemberRecord.Attributes.UNPUBLISHED);
  }
}
