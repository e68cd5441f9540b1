package io.kvorum.node.ctl;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.Compare;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.KVGrpc;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseGrpc;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Tokens and who has registered below them, kept in a store as etcd's discovery by API v3 lays
/// them out, so that a token serves both protocols. Everything below a token goes with its lease.
final class DiscoveryRegistry {

  static final String PREFIX = "/_etcd/registry/";

  /// Registrations below one token: a cluster, and many times as many that come too late.
  static final int MAX_MEMBERS = 100;

  /// Nobody guesses so many.
  private static final int TOKEN_BYTES = 16;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Client client;

  DiscoveryRegistry(Client client) {
    this.client = client;
  }

  /// What stands below a token at one revision.
  ///
  /// @param size how many found the cluster; empty: there is no such token
  /// @param members the earliest first
  record Snapshot(long revision, Optional<KeyValue> size, List<KeyValue> members) {
    Snapshot {
      members = List.copyOf(members);
    }
  }

  /// What came of a registration.
  sealed interface Registration {
    record Done(long revision, Optional<KeyValue> previous) implements Registration {}

    record Exists(long revision) implements Registration {}

    record NoToken(long revision) implements Registration {}

    record Full(long revision) implements Registration {}
  }

  /// What came of a removal.
  record Removal(long revision, Optional<KeyValue> previous) {}

  /// Makes a token that lives for a while.
  String create(int size, Duration life) throws Failure, IOException {
    var bytes = new byte[TOKEN_BYTES];
    RANDOM.nextBytes(bytes);
    String token = HexFormat.of().formatHex(bytes);
    var grant = LeaseGrantRequest.newBuilder().setTTL(life.toSeconds()).build();
    long lease =
        client.write(channel -> LeaseGrpc.newBlockingStub(channel).leaseGrant(grant)).getID();
    ByteString key = sizeKey(token);
    TxnResponse response =
        commit(
            TxnRequest.newBuilder()
                .addCompare(absent(key))
                .addSuccess(put(key, "" + size, lease))
                .build());
    if (!response.getSucceeded()) {
      throw Failure.error("a random token came up twice");
    }
    return token;
  }

  Snapshot read(String token) throws Failure, IOException {
    var request =
        TxnRequest.newBuilder()
            .addSuccess(range(RangeRequest.newBuilder().setKey(sizeKey(token))))
            .addSuccess(
                range(
                    Scope.prefix(ByteString.copyFromUtf8(membersPrefix(token)))
                        .range()
                        .setLimit(MAX_MEMBERS + 1)))
            .build();
    TxnResponse response = client.read(channel -> KVGrpc.newBlockingStub(channel).txn(request));
    return new Snapshot(
        response.getHeader().getRevision(),
        response.getResponses(0).getResponseRange().getKvsList().stream().findFirst(),
        response.getResponses(1).getResponseRange().getKvsList().stream()
            .sorted(Comparator.comparingLong(KeyValue::getCreateRevision))
            .toList());
  }

  /// Registers a member.
  ///
  /// @param onlyNew leaves one with the same id as it is
  Registration register(String token, String id, String value, boolean onlyNew)
      throws Failure, IOException {
    Snapshot before = read(token);
    if (before.size().isEmpty()) {
      return new Registration.NoToken(before.revision());
    }
    KeyValue size = before.size().get();
    ByteString key = memberKey(token, id);
    boolean known = before.members().stream().anyMatch(member -> member.getKey().equals(key));
    if (!known && before.members().size() >= MAX_MEMBERS) {
      return new Registration.Full(before.revision());
    }
    TxnRequest.Builder request =
        TxnRequest.newBuilder()
            .addCompare(created(size.getKey(), size.getCreateRevision()))
            .addSuccess(put(key, value, size.getLease()))
            .addFailure(range(RangeRequest.newBuilder().setKey(size.getKey())));
    if (onlyNew) {
      request.addCompare(absent(key));
    }
    TxnResponse response = commit(request.build());
    long revision = response.getHeader().getRevision();
    if (response.getSucceeded()) {
      var put = response.getResponses(0).getResponsePut();
      return new Registration.Done(
          revision, put.hasPrevKv() ? Optional.of(put.getPrevKv()) : Optional.empty());
    }
    return response.getResponses(0).getResponseRange().getKvsCount() == 0
        ? new Registration.NoToken(revision)
        : new Registration.Exists(revision);
  }

  Removal remove(String token, String id) throws Failure, IOException {
    var request =
        DeleteRangeRequest.newBuilder().setKey(memberKey(token, id)).setPrevKv(true).build();
    var response = client.write(channel -> KVGrpc.newBlockingStub(channel).deleteRange(request));
    return new Removal(
        response.getHeader().getRevision(), response.getPrevKvsList().stream().findFirst());
  }

  private TxnResponse commit(TxnRequest request) throws Failure, IOException {
    return client.write(channel -> KVGrpc.newBlockingStub(channel).txn(request));
  }

  private static Compare absent(ByteString key) {
    return created(key, 0);
  }

  private static Compare created(ByteString key, long revision) {
    return Compare.newBuilder()
        .setKey(key)
        .setTarget(Compare.CompareTarget.CREATE)
        .setResult(Compare.CompareResult.EQUAL)
        .setCreateRevision(revision)
        .build();
  }

  private static RequestOp put(ByteString key, String value, long lease) {
    return RequestOp.newBuilder()
        .setRequestPut(
            PutRequest.newBuilder()
                .setKey(key)
                .setValue(ByteString.copyFromUtf8(value))
                .setLease(lease)
                .setPrevKv(true))
        .build();
  }

  private static RequestOp range(RangeRequest.Builder range) {
    return RequestOp.newBuilder().setRequestRange(range).build();
  }

  private static ByteString sizeKey(String token) {
    return ByteString.copyFromUtf8(PREFIX + token + "/_config/size");
  }

  static String membersPrefix(String token) {
    return PREFIX + token + "/members/";
  }

  private static ByteString memberKey(String token, String id) {
    return ByteString.copyFromUtf8(membersPrefix(token) + id);
  }
}
