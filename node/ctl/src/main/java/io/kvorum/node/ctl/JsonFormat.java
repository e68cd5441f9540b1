package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveResponse;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberListResponse;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.WatchResponse;

/// One line of JSON per answer, with the field names and order of Go's etcd client: most answers
/// are the response itself, some the client's own structures.
record JsonFormat(boolean hex, Output output) implements Format {

  @Override
  public void print(Answer answer) throws Output.Closed {
    var json = new Json(output);
    switch (answer) {
      case Answer.Put put -> json.message(put.response());
      case Answer.Get get -> json.message(get.response());
      case Answer.Delete delete -> json.message(delete.response());
      case Answer.Txn txn -> json.message(txn.response());
      case Answer.Watch watch -> watch(json, watch.response());
      case Answer.LeaseGrant grant -> {
        open(json, grant.response().getHeader());
        json.name("ID").number(grant.response().getID());
        json.name("TTL").number(grant.response().getTTL());
        json.name("Error").text(grant.response().getError());
        json.end();
      }
      case Answer.LeaseRevoke revoke -> json.message(revoke.response());
      case Answer.LeaseTimeToLive lease -> timeToLive(json, lease.response());
      case Answer.LeaseKeepAlive alive -> {
        open(json, alive.response().getHeader());
        json.name("ID").number(alive.response().getID());
        json.name("TTL").number(alive.response().getTTL());
        json.end();
      }
      case Answer.LeaseList leases -> {
        open(json, leases.response().getHeader());
        json.name("leases").beginList();
        for (var lease : leases.response().getLeasesList()) {
          json.item().begin().name("id").number(lease.getID()).end();
        }
        json.endList().end();
      }
      case Answer.MemberAdd add -> json.message(add.response());
      case Answer.MemberRemove remove -> json.message(remove.response());
      case Answer.MemberUpdate update -> json.message(update.response());
      case Answer.MemberPromote promote -> json.message(promote.response());
      case Answer.MemberList members -> members(json, members.response());
      case Answer.EndpointHealth healths -> {
        json.beginList();
        for (Answer.Health health : healths.healths()) {
          health(json, health);
        }
        json.endList();
      }
      case Answer.EndpointStatus statuses -> {
        json.beginList();
        for (Answer.Status status : statuses.statuses()) {
          named(json, status.endpoint(), "Status", status.response());
        }
        json.endList();
      }
      case Answer.EndpointHash hashes -> {
        json.beginList();
        for (Answer.Hash hash : hashes.hashes()) {
          named(json, hash.endpoint(), "HashKV", hash.response());
        }
        json.endList();
      }
      case Answer.MoveLeader move -> json.message(move.response());
      case Answer.Alarms alarms -> json.message(alarms.response());
      case Answer.Downgrade downgrade -> json.message(downgrade.response());
      case Answer.DatabaseStatus status -> {
        json.begin().name("hash").number(status.hash());
        json.name("revision").number(status.revision());
        json.name("totalKey").number(status.keys());
        json.name("totalSize").number(status.bytes()).end();
      }
      case Answer.BackupHash hash -> {
        json.begin().name("hash").number(hash.hash());
        json.name("hashRevision").number(hash.revision());
        json.name("compactRevision").number(hash.compactRevision()).end();
      }
      case Answer.Accounts accounts -> json.message(accounts.response());
    }
    output.line("");
  }

  /// Begins an object with the header's fields in it, as Go's embedded structures do.
  private static void open(Json json, ResponseHeader header) throws Output.Closed {
    json.begin().fields(header);
  }

  private static void watch(Json json, WatchResponse response) throws Output.Closed {
    json.begin().name("Header").message(response.getHeader());
    json.name("Events");
    json.beginList();
    for (Message event : response.getEventsList()) {
      json.item().message(event);
    }
    json.endList();
    json.name("CompactRevision").number(response.getCompactRevision());
    json.name("Canceled").bool(response.getCanceled());
    json.name("Created").bool(response.getCreated());
    json.end();
  }

  private static void timeToLive(Json json, LeaseTimeToLiveResponse lease) throws Output.Closed {
    open(json, lease.getHeader());
    json.name("id").number(lease.getID());
    json.name("ttl").number(lease.getTTL());
    json.name("granted-ttl").number(lease.getGrantedTTL());
    json.name("keys");
    if (lease.getKeysCount() == 0) {
      json.nothing();
    } else {
      json.beginList();
      for (ByteString key : lease.getKeysList()) {
        json.item().bytes(key);
      }
      json.endList();
    }
    json.end();
  }

  /// With `--hex`, ids are hexadecimal text.
  private void members(Json json, MemberListResponse response) throws Output.Closed {
    if (!hex) {
      json.message(response);
      return;
    }
    ResponseHeader header = response.getHeader();
    json.begin().name("header").begin();
    json.name("cluster_id").text(Long.toHexString(header.getClusterId()));
    json.name("member_id").text(Long.toHexString(header.getMemberId()));
    json.name("raft_term").unsigned(header.getRaftTerm());
    json.end().name("members").beginList();
    for (Member member : response.getMembersList()) {
      json.item().begin();
      json.name("ID").text(Long.toHexString(member.getID()));
      json.fields(member.toBuilder().clearID().clearIsLearner().build());
      json.end();
    }
    json.endList().end();
  }

  private static void health(Json json, Answer.Health health) throws Output.Closed {
    json.item().begin();
    json.name("endpoint").text(health.endpoint());
    json.name("health").bool(health.healthy());
    json.name("took").text(GoText.duration(health.tookNanos()));
    if (!health.error().isEmpty()) {
      json.name("error").text(health.error());
    }
    json.end();
  }

  private static void named(Json json, String endpoint, String name, Message response)
      throws Output.Closed {
    json.item().begin().name("Endpoint").text(endpoint);
    json.name(name).message(response).end();
  }
}
