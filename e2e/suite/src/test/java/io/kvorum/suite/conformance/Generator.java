package io.kvorum.suite.conformance;

import com.google.protobuf.ByteString;
import io.kvorum.node.proto.etcd.AlarmRequest;
import io.kvorum.node.proto.etcd.AlarmRequest.AlarmAction;
import io.kvorum.node.proto.etcd.AlarmType;
import io.kvorum.node.proto.etcd.CompactionRequest;
import io.kvorum.node.proto.etcd.Compare;
import io.kvorum.node.proto.etcd.Compare.CompareResult;
import io.kvorum.node.proto.etcd.Compare.CompareTarget;
import io.kvorum.node.proto.etcd.DefragmentRequest;
import io.kvorum.node.proto.etcd.DeleteRangeRequest;
import io.kvorum.node.proto.etcd.HashKVRequest;
import io.kvorum.node.proto.etcd.LeaseGrantRequest;
import io.kvorum.node.proto.etcd.LeaseKeepAliveRequest;
import io.kvorum.node.proto.etcd.LeaseLeasesRequest;
import io.kvorum.node.proto.etcd.LeaseRevokeRequest;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveRequest;
import io.kvorum.node.proto.etcd.MemberAddRequest;
import io.kvorum.node.proto.etcd.MemberListRequest;
import io.kvorum.node.proto.etcd.MemberPromoteRequest;
import io.kvorum.node.proto.etcd.MemberRemoveRequest;
import io.kvorum.node.proto.etcd.MemberUpdateRequest;
import io.kvorum.node.proto.etcd.MoveLeaderRequest;
import io.kvorum.node.proto.etcd.PutRequest;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeRequest.SortOrder;
import io.kvorum.node.proto.etcd.RangeRequest.SortTarget;
import io.kvorum.node.proto.etcd.RequestOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest;
import io.kvorum.node.proto.etcd.WatchCreateRequest.FilterType;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Makes sequences: few keys, so that they collide; every option; mostly sound, sometimes wrong.
final class Generator {

  private static final int MAX_STEPS = 24;
  private static final int MAX_WATCHES = 4;
  private static final int LEASES = 3;
  private static final long LONG_TTL = 600;
  private static final long UNKNOWN = 9;

  /// Neighbours, prefixes of each other, the smallest key and the largest byte.
  private static final List<ByteString> KEYS =
      List.of(
          text("a"),
          text("a\0"),
          text("aa"),
          text("ab"),
          text("b"),
          text("c"),
          ByteString.copyFrom(new byte[] {0}),
          ByteString.copyFrom(new byte[] {'a', (byte) 0xff}),
          ByteString.copyFrom(new byte[] {(byte) 0xff}));

  private static final ByteString EVERYTHING_BEHIND = ByteString.copyFrom(new byte[] {0});

  private final RandomGenerator random;

  /// How many revisions the sequence may have made so far.
  private int revisions;

  private final UserGenerator users;

  /// Where its peer URLs begin.
  private final int ports;

  /// Whether calls are made by users.
  private boolean signedIn;

  Generator(RandomGenerator random) {
    this.random = random;
    this.ports = 1 + 3 * random.nextInt(20_000);
    this.users = new UserGenerator(random, this::key, this::rangeEnd);
  }

  List<Step> sequence() {
    var steps = new ArrayList<Step>();
    signedIn = oneIn(3);
    if (signedIn) {
      steps.addAll(users.beginning());
      if (oneIn(4)) {
        steps.remove(random.nextInt(steps.size()));
      }
    }
    int count = steps.size() + 3 + random.nextInt(MAX_STEPS - 2);
    int watches = 0;
    while (steps.size() < count) {
      if (watches < MAX_WATCHES && oneIn(10)) {
        watches++;
        steps.add(new Step.Watch(signedIn ? users.caller() : "", watch()));
      } else if (signedIn && oneIn(3)) {
        steps.add(users.call());
      } else {
        steps.add(call().by(signedIn ? users.caller() : ""));
      }
    }
    return steps;
  }

  private Step.Call call() {
    return switch (random.nextInt(26)) {
      case 0, 1, 2, 3, 4 -> changed(new Step.Call("KV/Put", put()));
      case 5, 6, 7, 8 -> new Step.Call("KV/Range", range());
      case 9, 10 -> changed(new Step.Call("KV/DeleteRange", delete()));
      case 11, 12, 13, 14 -> changed(new Step.Call("KV/Txn", txn(2)));
      case 15 -> new Step.Call("KV/Compact", compact());
      case 16 -> new Step.Call("Lease/LeaseGrant", grant());
      case 17 -> changed(new Step.Call("Lease/LeaseRevoke", revoke()));
      case 18 -> new Step.Call("Lease/LeaseTimeToLive", timeToLive());
      case 19 -> new Step.Call("Lease/LeaseLeases", LeaseLeasesRequest.getDefaultInstance());
      case 20 -> new Step.Call("Maintenance/Alarm", alarm());
      case 21 ->
          new Step.Call(
              "Lease/LeaseKeepAlive",
              LeaseKeepAliveRequest.newBuilder().setID(random.nextLong(1, LEASES + 2)).build());
      case 22, 23 -> membership();
      case 24 -> signedIn ? new Step.Call("KV/Range", range()) : maintenance();
      default -> new Step.Call("Cluster/MemberList", MemberListRequest.getDefaultInstance());
    };
  }

  /// Seldom raised, so that sequences are not all about refusals; and never with users, because 3.4
  /// then forgets to ask who calls.
  private AlarmRequest alarm() {
    boolean raises = !signedIn && oneIn(4);
    AlarmAction action = oneIn(2) ? AlarmAction.DEACTIVATE : AlarmAction.GET;
    return AlarmRequest.newBuilder()
        .setAction(raises ? AlarmAction.ACTIVATE : action)
        .setMemberID(1 + random.nextInt(2))
        .setAlarm(oneIn(3) ? AlarmType.CORRUPT : AlarmType.NOSPACE)
        .build();
  }

  /// Learners alone: a second voter that does not run would take the quorum away.
  private Step.Call membership() {
    long member = random.nextLong(1, 4);
    return switch (random.nextInt(5)) {
      case 0, 1 ->
          new Step.Call(
              "Cluster/MemberAdd",
              MemberAddRequest.newBuilder().setIsLearner(true).addPeerURLs(peerUrl()).build());
      // Of nobody: 3.4 forgets that a learner is one when it is given other URLs.
      case 2 ->
          new Step.Call(
              "Cluster/MemberUpdate",
              MemberUpdateRequest.newBuilder().setID(UNKNOWN).addPeerURLs(peerUrl()).build());
      case 3 ->
          new Step.Call(
              "Cluster/MemberPromote", MemberPromoteRequest.newBuilder().setID(member).build());
      default ->
          new Step.Call(
              "Cluster/MemberRemove", MemberRemoveRequest.newBuilder().setID(member).build());
    };
  }

  /// One of three where nobody listens. They are the sequence's own: who is added anew within a
  /// second of his removal gets the same id from etcd, and is refused.
  private String peerUrl() {
    return oneIn(6) ? "nowhere" : "http://127.0.0.1:" + (ports + random.nextInt(3));
  }

  private Step.Call maintenance() {
    return switch (random.nextInt(4)) {
      case 0 -> new Step.Call("Maintenance/Defragment", DefragmentRequest.getDefaultInstance());
      case 1 ->
          new Step.Call(
              "Maintenance/MoveLeader", MoveLeaderRequest.newBuilder().setTargetID(7).build());
      default ->
          new Step.Call(
              "Maintenance/HashKV",
              HashKVRequest.newBuilder().setRevision(oneIn(3) ? 0 : revision()).build());
    };
  }

  private Step.Call changed(Step.Call call) {
    revisions++;
    return call;
  }

  private boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  /// The end of a range that begins with the key. Users' ranges do not end before they begin: what
  /// 3.4 says of their rights there follows from how its tree of permissions happens to look.
  private ByteString rangeEnd(ByteString key) {
    ByteString end = rangeEnd();
    boolean backward =
        !end.equals(EVERYTHING_BEHIND)
            && ByteString.unsignedLexicographicalComparator().compare(end, key) <= 0;
    return signedIn && backward ? ByteString.EMPTY : end;
  }

  private static ByteString text(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private ByteString key() {
    return oneIn(40) ? ByteString.EMPTY : KEYS.get(random.nextInt(oneIn(3) ? KEYS.size() : 4));
  }

  private ByteString rangeEnd() {
    return switch (random.nextInt(6)) {
      case 0, 1, 2 -> ByteString.EMPTY;
      case 3 -> EVERYTHING_BEHIND;
      default -> key();
    };
  }

  private ByteString value() {
    return oneIn(8) ? ByteString.EMPTY : text("v" + random.nextInt(4));
  }

  /// One that was made, or is the current one or close to it.
  private long revision() {
    return oneIn(20) ? -random.nextInt(3) : 1 + random.nextInt(revisions + 2);
  }

  private long lease() {
    return oneIn(3) ? 1 + random.nextInt(LEASES) : 0;
  }

  private PutRequest put() {
    PutRequest.Builder put =
        PutRequest.newBuilder().setKey(key()).setValue(value()).setLease(lease());
    put.setPrevKv(oneIn(4));
    if (oneIn(8)) {
      put.setIgnoreValue(true);
      if (!oneIn(4)) {
        put.clearValue();
      }
    }
    if (oneIn(8)) {
      put.setIgnoreLease(true);
      if (!oneIn(4)) {
        put.clearLease();
      }
    }
    return put.build();
  }

  private RangeRequest range() {
    ByteString key = key();
    RangeRequest.Builder range =
        RangeRequest.newBuilder().setKey(key).setRangeEnd(rangeEnd(key)).setSerializable(oneIn(3));
    if (oneIn(3)) {
      range.setRevision(revision());
    }
    if (oneIn(3)) {
      range.setLimit(random.nextInt(-1, 4));
    }
    if (oneIn(3)) {
      range.setSortOrder(SortOrder.forNumber(random.nextInt(3)));
      range.setSortTarget(SortTarget.forNumber(random.nextInt(5)));
    }
    range.setKeysOnly(oneIn(6)).setCountOnly(oneIn(8));
    if (oneIn(8)) {
      range.setMinModRevision(revision());
    }
    if (oneIn(8)) {
      range.setMaxModRevision(revision());
    }
    if (oneIn(8)) {
      range.setMinCreateRevision(revision());
    }
    if (oneIn(8)) {
      range.setMaxCreateRevision(revision());
    }
    return range.build();
  }

  private DeleteRangeRequest delete() {
    ByteString key = key();
    return DeleteRangeRequest.newBuilder()
        .setKey(key)
        .setRangeEnd(rangeEnd(key))
        .setPrevKv(oneIn(3))
        .build();
  }

  private TxnRequest txn(int depth) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      txn.addCompare(compare());
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      txn.addSuccess(operation(depth));
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      txn.addFailure(operation(depth));
    }
    return txn.build();
  }

  private RequestOp operation(int depth) {
    RequestOp.Builder operation = RequestOp.newBuilder();
    return switch (random.nextInt(depth > 0 ? 8 : 7)) {
      case 0, 1, 2 -> operation.setRequestPut(put()).build();
      case 3, 4 -> operation.setRequestRange(range()).build();
      case 5, 6 -> operation.setRequestDeleteRange(delete()).build();
      default -> operation.setRequestTxn(txn(depth - 1)).build();
    };
  }

  private Compare compare() {
    ByteString key = key();
    Compare.Builder compare =
        Compare.newBuilder()
            .setKey(key)
            .setRangeEnd(oneIn(5) ? rangeEnd(key) : ByteString.EMPTY)
            .setResult(CompareResult.forNumber(random.nextInt(4)));
    return switch (random.nextInt(5)) {
      case 0 -> compare.setTarget(CompareTarget.VERSION).setVersion(random.nextInt(3)).build();
      case 1 -> compare.setTarget(CompareTarget.CREATE).setCreateRevision(revision()).build();
      case 2 -> compare.setTarget(CompareTarget.MOD).setModRevision(revision()).build();
      case 3 -> compare.setTarget(CompareTarget.VALUE).setValue(value()).build();
      default -> compare.setTarget(CompareTarget.LEASE).setLease(lease()).build();
    };
  }

  private CompactionRequest compact() {
    return CompactionRequest.newBuilder()
        .setRevision(oneIn(10) ? -1 : 1 + random.nextInt(revisions + 2))
        .setPhysical(oneIn(2))
        .build();
  }

  private LeaseGrantRequest grant() {
    return LeaseGrantRequest.newBuilder()
        .setID(1 + random.nextInt(LEASES))
        .setTTL(oneIn(12) ? 9_000_000_001L : LONG_TTL)
        .build();
  }

  private LeaseRevokeRequest revoke() {
    return LeaseRevokeRequest.newBuilder().setID(random.nextInt(LEASES + 2)).build();
  }

  private LeaseTimeToLiveRequest timeToLive() {
    return LeaseTimeToLiveRequest.newBuilder()
        .setID(1 + random.nextInt(LEASES + 1))
        .setKeys(oneIn(2))
        .build();
  }

  private WatchCreateRequest watch() {
    ByteString key = key();
    WatchCreateRequest.Builder watch =
        WatchCreateRequest.newBuilder().setKey(key).setRangeEnd(rangeEnd(key)).setPrevKv(oneIn(3));
    if (oneIn(2)) {
      watch.setStartRevision(1 + random.nextInt(revisions + 1));
    }
    if (oneIn(6)) {
      watch.addFilters(oneIn(2) ? FilterType.NOPUT : FilterType.NODELETE);
    }
    if (oneIn(6)) {
      watch.setWatchId(1 + random.nextInt(5));
    }
    return watch.setFragment(oneIn(5)).build();
  }
}
