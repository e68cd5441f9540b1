package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.kvorum.node.proto.auth.Permission;
import io.kvorum.node.proto.etcd.AlarmMember;
import io.kvorum.node.proto.etcd.AuthRoleGetResponse;
import io.kvorum.node.proto.etcd.AuthRoleListResponse;
import io.kvorum.node.proto.etcd.AuthStatusResponse;
import io.kvorum.node.proto.etcd.AuthUserGetResponse;
import io.kvorum.node.proto.etcd.AuthUserListResponse;
import io.kvorum.node.proto.etcd.DeleteRangeResponse;
import io.kvorum.node.proto.etcd.LeaseStatus;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveResponse;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.PutResponse;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.ResponseOp;
import io.kvorum.node.proto.etcd.StatusResponse;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.util.List;

/// One `"Name" : value` per line.
record FieldsFormat(boolean hex, Output output) implements Format {

  @Override
  public void print(Answer answer) throws Failure, Output.Closed {
    switch (answer) {
      case Answer.Put put -> put(put.response());
      case Answer.Get get -> get(get.response());
      case Answer.Delete delete -> delete(delete.response());
      case Answer.Txn txn -> txn(txn.response());
      case Answer.Watch watch -> watch(watch.response());
      case Answer.LeaseGrant grant -> {
        header(grant.response().getHeader());
        lease(grant.response().getID(), grant.response().getTTL());
      }
      case Answer.LeaseRevoke revoke -> header(revoke.response().getHeader());
      case Answer.LeaseTimeToLive lease -> timeToLive(lease.response());
      case Answer.LeaseKeepAlive alive -> {
        header(alive.response().getHeader());
        lease(alive.response().getID(), alive.response().getTTL());
      }
      case Answer.LeaseList leases -> {
        header(leases.response().getHeader());
        for (LeaseStatus lease : leases.response().getLeasesList()) {
          field("ID", lease.getID());
        }
      }
      case Answer.MemberAdd add -> header(add.response().getHeader());
      case Answer.MemberRemove remove -> header(remove.response().getHeader());
      case Answer.MemberUpdate update -> header(update.response().getHeader());
      case Answer.MemberPromote promote -> header(promote.response().getHeader());
      case Answer.MemberList members -> {
        header(members.response().getHeader());
        for (Member member : members.response().getMembersList()) {
          member(member);
        }
      }
      case Answer.EndpointHealth healths -> {
        for (Answer.Health health : healths.healths()) {
          health(health);
        }
      }
      case Answer.EndpointStatus statuses -> {
        for (Answer.Status status : statuses.statuses()) {
          status(status.endpoint(), status.response());
        }
      }
      case Answer.EndpointHash hashes -> {
        for (Answer.Hash hash : hashes.hashes()) {
          header(hash.response().getHeader());
          quoted("Endpoint", hash.endpoint());
          field("Hash", Integer.toUnsignedString(hash.response().getHash()));
          output.line("");
        }
      }
      case Answer.MoveLeader _ -> throw Format.unsupported("fields");
      case Answer.Downgrade downgrade -> {
        header(downgrade.response().getHeader());
        quoted("Version", downgrade.response().getVersion());
      }
      case Answer.DatabaseStatus status -> {
        field("Hash", status.hash());
        field("Revision", status.revision());
        field("Keys", status.keys());
        field("Size", status.bytes());
      }
      case Answer.BackupHash hash -> {
        field("Hash", hash.hash());
        field("Hash revision", hash.revision());
        field("Compact revision", hash.compactRevision());
      }
      case Answer.Accounts accounts -> accounts(accounts.response());
      case Answer.Alarms alarms -> {
        header(alarms.response().getHeader());
        for (AlarmMember alarm : alarms.response().getAlarmsList()) {
          field("MemberID", Long.toUnsignedString(alarm.getMemberID()));
          field("AlarmType", alarm.getAlarm().name());
          output.line("");
        }
      }
    }
  }

  private void field(String name, Object value) throws Output.Closed {
    output.line("\"" + name + "\" : " + value);
  }

  private void quoted(String name, ByteString value) throws Output.Closed {
    field(name, GoText.quote(value));
  }

  private void quoted(String name, String value) throws Output.Closed {
    field(name, GoText.quote(value));
  }

  private String id(long id) {
    return hex ? Long.toHexString(id) : Long.toUnsignedString(id);
  }

  private void header(ResponseHeader header) throws Output.Closed {
    field("ClusterID", id(header.getClusterId()));
    field("MemberID", id(header.getMemberId()));
    field("Revision", header.getRevision());
    field("RaftTerm", Long.toUnsignedString(header.getRaftTerm()));
  }

  private void keyValue(String prefix, KeyValue kv) throws Output.Closed {
    quoted(prefix + "Key", kv.getKey());
    field(prefix + "CreateRevision", kv.getCreateRevision());
    field(prefix + "ModRevision", kv.getModRevision());
    field(prefix + "Version", kv.getVersion());
    quoted(prefix + "Value", kv.getValue());
    field(prefix + "Lease", kv.getLease());
  }

  private void put(PutResponse response) throws Output.Closed {
    header(response.getHeader());
    if (response.hasPrevKv()) {
      keyValue("Prev", response.getPrevKv());
    }
  }

  private void get(RangeResponse response) throws Output.Closed {
    header(response.getHeader());
    for (KeyValue kv : response.getKvsList()) {
      keyValue("", kv);
    }
    field("More", response.getMore());
    field("Count", response.getCount());
  }

  private void delete(DeleteRangeResponse response) throws Output.Closed {
    header(response.getHeader());
    field("Deleted", response.getDeleted());
    for (KeyValue kv : response.getPrevKvsList()) {
      keyValue("Prev", kv);
    }
  }

  private void txn(TxnResponse response) throws Output.Closed {
    header(response.getHeader());
    field("Succeeded", response.getSucceeded());
    for (ResponseOp op : response.getResponsesList()) {
      switch (op.getResponseCase()) {
        case RESPONSE_PUT -> put(op.getResponsePut());
        case RESPONSE_RANGE -> get(op.getResponseRange());
        case RESPONSE_DELETE_RANGE -> delete(op.getResponseDeleteRange());
        case RESPONSE_TXN -> txn(op.getResponseTxn());
        case RESPONSE_NOT_SET -> field("Response", "none");
      }
    }
  }

  private void watch(WatchResponse response) throws Output.Closed {
    header(response.getHeader());
    for (Event event : response.getEventsList()) {
      field("Type", event.getType().name());
      if (event.hasPrevKv()) {
        keyValue("Prev", event.getPrevKv());
      }
      keyValue("", event.getKv());
    }
  }

  private void lease(long id, long timeToLive) throws Output.Closed {
    field("ID", id);
    field("TTL", timeToLive);
  }

  private void timeToLive(LeaseTimeToLiveResponse lease) throws Output.Closed {
    header(lease.getHeader());
    lease(lease.getID(), lease.getTTL());
    field("GrantedTTL", lease.getGrantedTTL());
    for (ByteString key : lease.getKeysList()) {
      quoted("Key", key);
    }
  }

  private void member(Member member) throws Output.Closed {
    field("ID", id(member.getID()));
    quoted("Name", member.getName());
    for (String url : member.getPeerURLsList()) {
      quoted("PeerURL", url);
    }
    for (String url : member.getClientURLsList()) {
      quoted("ClientURL", url);
    }
    field("IsLearner", member.getIsLearner());
    output.line("");
  }

  private void health(Answer.Health health) throws Output.Closed {
    quoted("Endpoint", health.endpoint());
    field("Health", health.healthy());
    field("Took", GoText.duration(health.tookNanos()));
    field("Error", health.error());
    output.line("");
  }

  /// What is known of users and roles; of a change, only the header.
  private void accounts(Message response) throws Output.Closed {
    FieldDescriptor header = response.getDescriptorForType().findFieldByName("header");
    header((ResponseHeader) response.getField(header));
    switch (response) {
      case AuthStatusResponse status -> {
        field("Enabled", status.getEnabled());
        field("AuthRevision", Long.toUnsignedString(status.getAuthRevision()));
      }
      case AuthUserListResponse users -> names("Users", users.getUsersList());
      case AuthUserGetResponse user -> names("Roles", user.getRolesList());
      case AuthRoleListResponse roles -> names("Roles", roles.getRolesList());
      case AuthRoleGetResponse role -> {
        for (Permission permission : role.getPermList()) {
          field("PermType", " " + permission.getPermType());
          quoted("Key", permission.getKey());
          quoted("RangeEnd", permission.getRangeEnd());
        }
      }
      case Message _ -> {}
    }
  }

  private void names(String what, List<String> names) throws Output.Closed {
    output.text("\"" + what + "\" :");
    for (String name : names) {
      output.text(" " + GoText.quote(name));
    }
    output.line("");
  }

  private void status(String endpoint, StatusResponse response) throws Output.Closed {
    header(response.getHeader());
    quoted("Version", response.getVersion());
    field("DBSize", response.getDbSize());
    field("Leader", id(response.getLeader()));
    field("IsLearner", response.getIsLearner());
    field("RaftIndex", Long.toUnsignedString(response.getRaftIndex()));
    field("RaftTerm", Long.toUnsignedString(response.getRaftTerm()));
    field("RaftAppliedIndex", Long.toUnsignedString(response.getRaftAppliedIndex()));
    field("Errors", "[" + String.join(" ", response.getErrorsList()) + "]");
    quoted("Endpoint", endpoint);
    output.line("");
  }
}
