package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.AlarmMember;
import io.kvorum.node.proto.etcd.DeleteRangeResponse;
import io.kvorum.node.proto.etcd.LeaseStatus;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveResponse;
import io.kvorum.node.proto.etcd.PutResponse;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.ResponseOp;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.etcd.WatchResponse;
import io.kvorum.node.proto.mvcc.Event;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.util.List;

/// The format for people and scripts: keys and values on lines of their own.
record PlainFormat(boolean hex, Output output) implements Format {

  @Override
  public void print(Answer answer) throws Output.Closed {
    switch (answer) {
      case Answer.Put put -> put(put.response());
      case Answer.Get get -> get(get.response(), get.valuesOnly());
      case Answer.Delete delete -> delete(delete.response());
      case Answer.Txn txn -> txn(txn.response());
      case Answer.Watch watch -> watch(watch.response());
      case Answer.LeaseGrant grant ->
          output.line(
              "lease %016x granted with TTL(%ds)"
                  .formatted(grant.response().getID(), grant.response().getTTL()));
      case Answer.LeaseRevoke revoke -> output.line("lease %016x revoked".formatted(revoke.id()));
      case Answer.LeaseTimeToLive lease -> timeToLive(lease.response(), lease.keysAskedFor());
      case Answer.LeaseKeepAlive alive ->
          output.line(
              "lease %016x keepalived with TTL(%d)"
                  .formatted(alive.response().getID(), alive.response().getTTL()));
      case Answer.LeaseList leases -> leases(leases.response().getLeasesList());
      case Answer.MemberAdd add ->
          member(add.response().getMember().getID(), "added to", cluster(add));
      case Answer.MemberRemove remove ->
          member(remove.id(), "removed from", remove.response().getHeader().getClusterId());
      case Answer.MemberUpdate update ->
          member(update.id(), "updated in", update.response().getHeader().getClusterId());
      case Answer.MemberPromote promote ->
          member(promote.id(), "promoted in", promote.response().getHeader().getClusterId());
      case Answer.MemberList members -> rows(Rows.members(members));
      case Answer.EndpointHealth _ ->
          throw new IllegalStateException("printed as it comes, on two streams");
      case Answer.EndpointStatus status -> rows(Rows.status(status));
      case Answer.EndpointHash hashes -> rows(Rows.hashes(hashes));
      case Answer.MoveLeader move ->
          output.line("Leadership transferred from %x to %x".formatted(move.from(), move.to()));
      case Answer.Downgrade(String what, var response) ->
          output.line(
              "Downgrade %s success, cluster version %s".formatted(what, response.getVersion()));
      case Answer.DatabaseStatus status -> rows(Rows.database(status));
      case Answer.BackupHash hash -> rows(Rows.backupHash(hash));
      case Answer.Alarms alarms -> alarms(alarms.response().getAlarmsList());
      case Answer.Accounts accounts -> {
        for (String line : accounts.lines()) {
          output.line(line);
        }
      }
    }
  }

  private static long cluster(Answer.MemberAdd add) {
    return add.response().getHeader().getClusterId();
  }

  private void put(PutResponse response) throws Output.Closed {
    output.line("OK");
    if (response.hasPrevKv()) {
      keyValue(response.getPrevKv(), false);
    }
  }

  private void get(RangeResponse response, boolean valuesOnly) throws Output.Closed {
    for (KeyValue kv : response.getKvsList()) {
      keyValue(kv, valuesOnly);
    }
  }

  private void delete(DeleteRangeResponse response) throws Output.Closed {
    output.line(Long.toString(response.getDeleted()));
    for (KeyValue kv : response.getPrevKvsList()) {
      keyValue(kv, false);
    }
  }

  private void txn(TxnResponse response) throws Output.Closed {
    output.line(response.getSucceeded() ? "SUCCESS" : "FAILURE");
    for (ResponseOp op : response.getResponsesList()) {
      output.line("");
      switch (op.getResponseCase()) {
        case RESPONSE_PUT -> put(op.getResponsePut());
        case RESPONSE_RANGE -> get(op.getResponseRange(), false);
        case RESPONSE_DELETE_RANGE -> delete(op.getResponseDeleteRange());
        case RESPONSE_TXN, RESPONSE_NOT_SET -> output.line("unexpected response " + op);
      }
    }
  }

  private void watch(WatchResponse response) throws Output.Closed {
    for (Event event : response.getEventsList()) {
      output.line(event.getType().name());
      if (event.hasPrevKv()) {
        keyValue(event.getPrevKv(), false);
      }
      keyValue(event.getKv(), false);
    }
  }

  private void keyValue(KeyValue kv, boolean valueOnly) throws Output.Closed {
    if (!valueOnly) {
      bytes(kv.getKey());
      output.text("\n");
    }
    bytes(kv.getValue());
    output.text("\n");
  }

  private void bytes(ByteString bytes) throws Output.Closed {
    if (hex) {
      output.text(GoText.hex(bytes));
    } else {
      output.bytes(bytes);
    }
  }

  private void timeToLive(LeaseTimeToLiveResponse lease, boolean keys) throws Output.Closed {
    if (lease.getGrantedTTL() == 0 && lease.getTTL() == -1) {
      output.line("lease %016x already expired".formatted(lease.getID()));
      return;
    }
    output.text(
        "lease %016x granted with TTL(%ds), remaining(%ds)"
            .formatted(lease.getID(), lease.getGrantedTTL(), lease.getTTL()));
    if (keys) {
      output.text(", attached keys([");
      for (int i = 0; i < lease.getKeysCount(); i++) {
        output.text(i == 0 ? "" : " ");
        output.bytes(lease.getKeys(i));
      }
      output.text("])");
    }
    output.line("");
  }

  private void leases(List<LeaseStatus> leases) throws Output.Closed {
    output.line("found " + leases.size() + " leases");
    for (LeaseStatus lease : leases) {
      output.line("%016x".formatted(lease.getID()));
    }
  }

  private void member(long id, String what, long cluster) throws Output.Closed {
    output.line("Member %16x %s cluster %16x".formatted(id, what, cluster));
  }

  private void rows(Rows rows) throws Output.Closed {
    for (List<String> row : rows.rows()) {
      output.line(String.join(", ", row));
    }
  }

  private void alarms(List<AlarmMember> alarms) throws Output.Closed {
    for (AlarmMember alarm : alarms) {
      output.line(
          "memberID:%s alarm:%s "
              .formatted(Long.toUnsignedString(alarm.getMemberID()), alarm.getAlarm().name()));
    }
  }
}
