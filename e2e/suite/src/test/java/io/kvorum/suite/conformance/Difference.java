package io.kvorum.suite.conformance;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.kvorum.node.proto.etcd.AlarmResponse;
import io.kvorum.node.proto.etcd.HashKVResponse;
import io.kvorum.node.proto.etcd.LeaseKeepAliveResponse;
import io.kvorum.node.proto.etcd.LeaseLeasesResponse;
import io.kvorum.node.proto.etcd.LeaseTimeToLiveResponse;
import io.kvorum.node.proto.etcd.Member;
import io.kvorum.node.proto.etcd.MemberAddResponse;
import io.kvorum.node.proto.etcd.MemberListResponse;
import io.kvorum.node.proto.etcd.MemberRemoveResponse;
import io.kvorum.node.proto.etcd.MemberUpdateResponse;
import io.kvorum.node.proto.etcd.RangeRequest;
import io.kvorum.node.proto.etcd.RangeRequest.SortTarget;
import io.kvorum.node.proto.etcd.RangeResponse;
import io.kvorum.node.proto.etcd.ResponseHeader;
import io.kvorum.node.proto.etcd.ResponseOp;
import io.kvorum.node.proto.etcd.TxnRequest;
import io.kvorum.node.proto.etcd.TxnResponse;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Where two servers told a client something different.
///
/// @param step what was asked
/// @param etcd what etcd answered
/// @param kvorum what Kvorum answered
record Difference(Step step, String etcd, String kvorum) {

  private static final long TTL_SLACK = 5;

  /// A gRPC code before its text.
  private static final Pattern REFUSAL = Pattern.compile("[A-Z_]+: ");

  /// All differences of a run.
  static List<Difference> between(List<Step> steps, Server.Observed etcd, Server.Observed kvorum) {
    var differences = new ArrayList<Difference>();
    int watches = 0;
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      compare(step, text(step, etcd.answers().get(i)), text(step, kvorum.answers().get(i)))
          .ifPresent(differences::add);
      if (step instanceof Step.Watch) {
        compare(step, events(etcd, watches), events(kvorum, watches)).ifPresent(differences::add);
        watches++;
      }
    }
    return differences;
  }

  /// Whether one did what the other refused.
  boolean parts() {
    return refused(etcd) != refused(kvorum);
  }

  private static boolean refused(String answer) {
    return REFUSAL.matcher(answer).lookingAt();
  }

  private static Optional<Difference> compare(Step step, String etcd, String kvorum) {
    return etcd.equals(kvorum) ? Optional.empty() : Optional.of(new Difference(step, etcd, kvorum));
  }

  private static String events(Server.Observed record, int watch) {
    return String.join("\n", record.watches().get(watch).lines());
  }

  /// The answer without what may differ: ids, the term, orders that nobody promised, seconds that
  /// passed.
  private static String text(Step step, Server.Answer answer) {
    Message response = answer.response();
    if (response == null) {
      return answer.error();
    }
    return Step.text(
        switch (withoutIds(response)) {
          case RangeResponse range -> ordered(range, (RangeRequest) step.request());
          case TxnResponse txn -> ordered(txn, (TxnRequest) step.request());
          case LeaseLeasesResponse leases ->
              leases.toBuilder()
                  .clearLeases()
                  .addAllLeases(
                      leases.getLeasesList().stream()
                          .sorted(Comparator.comparingLong(lease -> lease.getID()))
                          .toList())
                  .build();
          case LeaseTimeToLiveResponse lease -> settled(lease);
          case MemberListResponse list ->
              list.toBuilder()
                  .clearMembers()
                  .addAllMembers(placeless(list.getMembersList()))
                  .build();
          case MemberAddResponse add ->
              add.toBuilder()
                  .setMember(placeless(List.of(add.getMember())).getFirst())
                  .clearMembers()
                  .addAllMembers(placeless(add.getMembersList()))
                  .build();
          case MemberRemoveResponse remove ->
              remove.toBuilder()
                  .clearMembers()
                  .addAllMembers(placeless(remove.getMembersList()))
                  .build();
          case MemberUpdateResponse update ->
              update.toBuilder()
                  .clearMembers()
                  .addAllMembers(placeless(update.getMembersList()))
                  .build();
          case LeaseKeepAliveResponse alive -> alive.toBuilder().clearHeader().build();
          case HashKVResponse hash -> comparable(hash);
          // 3.4 sends no header with alarms.
          case AlarmResponse alarms -> alarms.toBuilder().clearHeader().build();
          case Message other -> other;
        });
  }

  /// The hash covers absolute revisions, and 3.4 does not say what it hashed. What was compacted
  /// before the sequence began is nobody's business.
  private static HashKVResponse comparable(HashKVResponse hash) {
    HashKVResponse.Builder comparable = hash.toBuilder().clearHash().clearHashRevision();
    return hash.getCompactRevision() <= 0
        ? comparable.clearCompactRevision().build()
        : comparable.build();
  }

  private static Message withoutIds(Message response) {
    FieldDescriptor field = response.getDescriptorForType().findFieldByName("header");
    if (field == null || !response.hasField(field)) {
      return response;
    }
    var header = (ResponseHeader) response.getField(field);
    return response.toBuilder()
        .setField(
            field, header.toBuilder().clearClusterId().clearMemberId().clearRaftTerm().build())
        .build();
  }

  /// Members without what is theirs alone, in an order that does not follow from their ids.
  private static List<Member> placeless(List<Member> members) {
    return members.stream()
        .map(member ->
            member.getIsLearner()
                ? member.toBuilder().clearID().build()
                : member.toBuilder().clearID().clearPeerURLs().clearClientURLs().build())
        .sorted(Comparator.comparing(member -> member.toString()))
        .toList();
  }

  private static LeaseTimeToLiveResponse settled(LeaseTimeToLiveResponse lease) {
    LeaseTimeToLiveResponse.Builder settled = lease.toBuilder();
    if (lease.getTTL() > 0 && lease.getGrantedTTL() - lease.getTTL() <= TTL_SLACK) {
      settled.setTTL(lease.getGrantedTTL());
    }
    return settled
        .clearKeys()
        .addAllKeys(
            lease.getKeysList().stream()
                .sorted(Comparator.comparing(key -> key.toStringUtf8()))
                .toList())
        .build();
  }

  private static TxnResponse ordered(TxnResponse response, TxnRequest request) {
    var taken = response.getSucceeded() ? request.getSuccessList() : request.getFailureList();
    TxnResponse.Builder ordered = response.toBuilder();
    for (int i = 0; i < response.getResponsesCount(); i++) {
      ResponseOp part = response.getResponses(i);
      if (part.hasResponseRange()) {
        ordered.setResponses(
            i,
            part.toBuilder()
                .setResponseRange(
                    ordered(part.getResponseRange(), taken.get(i).getRequestRange())));
      } else if (part.hasResponseTxn()) {
        ordered.setResponses(
            i,
            part.toBuilder()
                .setResponseTxn(ordered(part.getResponseTxn(), taken.get(i).getRequestTxn())));
      }
    }
    return ordered.build();
  }

  /// Among keys that the sorting takes for equal, etcd promises no order; so a limit may cut other
  /// ones off.
  private static RangeResponse ordered(RangeResponse response, RangeRequest request) {
    SortTarget target = request.getSortTarget();
    if (target == SortTarget.KEY || response.getKvsCount() == 0) {
      return response;
    }
    RangeResponse.Builder ordered = response.toBuilder();
    if (response.getMore()) {
      KeyValue last = response.getKvs(response.getKvsCount() - 1);
      ordered.clearKvs();
      response.getKvsList().stream()
          .filter(kv -> rank(kv, target).compareTo(rank(last, target)) != 0)
          .forEach(ordered::addKvs);
    }
    List<KeyValue> kvs = new ArrayList<>(ordered.getKvsList());
    for (int from = 0; from < kvs.size(); ) {
      int to = from + 1;
      while (to < kvs.size()
          && rank(kvs.get(to), target).compareTo(rank(kvs.get(from), target)) == 0) {
        to++;
      }
      kvs.subList(from, to).sort(Comparator.comparing(kv -> kv.getKey().toStringUtf8()));
      from = to;
    }
    return ordered.clearKvs().addAllKvs(kvs).build();
  }

  private static String rank(KeyValue kv, SortTarget target) {
    return switch (target) {
      case VERSION -> String.valueOf(kv.getVersion());
      case CREATE -> String.valueOf(kv.getCreateRevision());
      case MOD -> String.valueOf(kv.getModRevision());
      case VALUE -> kv.getValue().toStringUtf8();
      case KEY, UNRECOGNIZED -> kv.getKey().toStringUtf8();
    };
  }

  @Override
  public String toString() {
    return step + "\n  etcd:   " + indented(etcd) + "\n  kvorum: " + indented(kvorum);
  }

  private static String indented(String text) {
    return text.replace("\n", "\n          ");
  }
}
