package io.kvorum.node.ctl;

import com.google.protobuf.Message;
import io.kvorum.node.proto.etcd.AlarmResponse;
import io.kvorum.node.proto.etcd.DeleteRangeResponse;
import io.kvorum.node.proto.etcd.DowngradeResponse;
import io.kvorum.node.proto.etcd.HashKVResponse;
import io.kvorum.node.proto.etcd.LeaseGrantResponse;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.proto.etcd.LeaseLeasesResponse;
import io.kvorum.node.proto.etcd.LeaseRevokeResponse;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveResponse;
import io.kvorum.node.proto.etcd.MemberAddResponse;
import io.kvorum.node.proto.etcd.MemberListResponse;
import io.kvorum.node.proto.etcd.MemberPromoteResponse;
import io.kvorum.node.proto.etcd.MemberRemoveResponse;
import io.kvorum.node.proto.etcd.MemberUpdateResponse;
import io.kvorum.node.proto.etcd.MoveLeaderResponse;
import io.kvorum.node.proto.etcd.PutResponse;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.StatusResponse;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.etcd.WatchResponse;
import java.util.List;

/// What a command learned, to be printed in the chosen format.
sealed interface Answer {

  record Put(PutResponse response) implements Answer {}

  record Get(RangeResponse response, boolean valuesOnly) implements Answer {}

  record Delete(DeleteRangeResponse response) implements Answer {}

  record Txn(TxnResponse response) implements Answer {}

  record Watch(WatchResponse response) implements Answer {}

  record LeaseGrant(LeaseGrantResponse response) implements Answer {}

  record LeaseRevoke(long id, LeaseRevokeResponse response) implements Answer {}

  record LeaseTimeToLive(LeaseTimeToLiveResponse response, boolean keysAskedFor)
      implements Answer {}

  record LeaseKeepAlive(LeaseKeepAliveResponse response) implements Answer {}

  record LeaseList(LeaseLeasesResponse response) implements Answer {}

  record MemberAdd(MemberAddResponse response) implements Answer {}

  record MemberRemove(long id, MemberRemoveResponse response) implements Answer {}

  record MemberUpdate(long id, MemberUpdateResponse response) implements Answer {}

  record MemberPromote(long id, MemberPromoteResponse response) implements Answer {}

  record MemberList(MemberListResponse response) implements Answer {}

  /// The health of one endpoint; `error` is empty when nothing went wrong.
  record Health(String endpoint, boolean healthy, long tookNanos, String error) {}

  record EndpointHealth(List<Health> healths) implements Answer {
    public EndpointHealth {
      healths = List.copyOf(healths);
    }
  }

  record Status(String endpoint, StatusResponse response) {}

  record EndpointStatus(List<Status> statuses) implements Answer {
    public EndpointStatus {
      statuses = List.copyOf(statuses);
    }
  }

  record Hash(String endpoint, HashKVResponse response) {}

  record EndpointHash(List<Hash> hashes) implements Answer {
    public EndpointHash {
      hashes = List.copyOf(hashes);
    }
  }

  record MoveLeader(long from, long to, MoveLeaderResponse response) implements Answer {}

  record Alarms(AlarmResponse response) implements Answer {}

  /// What became of an announced downgrade.
  ///
  /// @param what the action that was taken
  record Downgrade(String what, DowngradeResponse response) implements Answer {}

  /// What a saved file holds.
  ///
  /// @param hash a CRC32C over all of it
  /// @param keys the entries of all buckets
  record DatabaseStatus(long hash, long revision, long keys, long bytes) implements Answer {}

  /// What a member with the content of a saved file gives as its hash.
  record BackupHash(long hash, long revision, long compactRevision) implements Answer {}

  /// About users and roles: the response, and how it reads.
  record Accounts(Message response, List<String> lines) implements Answer {
    public Accounts {
      lines = List.copyOf(lines);
    }
  }
}
