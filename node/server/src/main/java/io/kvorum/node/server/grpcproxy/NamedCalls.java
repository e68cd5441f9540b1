package io.kvorum.node.server.grpcproxy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.grpc.MethodDescriptor;
import io.kvorum.node.proto.election.CampaignRequest;
import io.kvorum.node.proto.election.CampaignResponse;
import io.kvorum.node.proto.election.ElectionGrpc;
import io.kvorum.node.proto.election.LeaderKey;
import io.kvorum.node.proto.election.LeaderRequest;
import io.kvorum.node.proto.election.LeaderResponse;
import io.kvorum.node.proto.election.ProclaimRequest;
import io.kvorum.node.proto.election.ResignRequest;
import io.kvorum.node.proto.lock.LockGrpc;
import io.kvorum.node.proto.lock.LockRequest;
import io.kvorum.node.proto.lock.LockResponse;
import io.kvorum.node.proto.lock.UnlockRequest;
import io.kvorum.node.proto.mvcc.KeyValue;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Locks and elections within a namespace: their names are the beginnings of keys.
final class NamedCalls {

  private final Namespace namespace;
  private final Map<String, Rewriting> byMethod = new HashMap<>();

  NamedCalls(Namespace namespace) {
    this.namespace = namespace;
    if (namespace.isEmpty()) {
      return;
    }
    add(
        LockGrpc.getLockMethod(),
        changing(
            LockRequest.parser(), m -> m.toBuilder().setName(namespace.name(m.getName())).build()),
        changing(
            LockResponse.parser(),
            m -> m.toBuilder().setKey(namespace.stripped(m.getKey())).build()));
    add(
        LockGrpc.getUnlockMethod(),
        changing(
            UnlockRequest.parser(), m -> m.toBuilder().setKey(namespace.key(m.getKey())).build()),
        frame -> frame);
    add(
        ElectionGrpc.getCampaignMethod(),
        changing(
            CampaignRequest.parser(),
            m -> m.toBuilder().setName(namespace.name(m.getName())).build()),
        changing(CampaignResponse.parser(), this::stripped));
    add(
        ElectionGrpc.getProclaimMethod(),
        changing(
            ProclaimRequest.parser(),
            m -> m.hasLeader() ? m.toBuilder().setLeader(in(m.getLeader())).build() : m),
        frame -> frame);
    add(
        ElectionGrpc.getResignMethod(),
        changing(
            ResignRequest.parser(),
            m -> m.hasLeader() ? m.toBuilder().setLeader(in(m.getLeader())).build() : m),
        frame -> frame);
    for (MethodDescriptor<?, ?> method :
        new MethodDescriptor<?, ?>[] {
          ElectionGrpc.getLeaderMethod(), ElectionGrpc.getObserveMethod()
        }) {
      add(
          method,
          changing(
              LeaderRequest.parser(),
              m -> m.toBuilder().setName(namespace.name(m.getName())).build()),
          changing(LeaderResponse.parser(), this::stripped));
    }
  }

  /// What happens to the messages of a method.
  Rewriting of(MethodDescriptor<?, ?> method) {
    return byMethod.getOrDefault(method.getFullMethodName(), Rewriting.NONE);
  }

  /// Changes one message.
  private interface Change {
    Frame of(Frame frame) throws InvalidProtocolBufferException;
  }

  private static <M extends Message> Change changing(Parser<M> parser, UnaryOperator<M> change) {
    return frame -> Frame.of(change.apply(parser.parseFrom(frame.bytes())).toByteArray());
  }

  private void add(MethodDescriptor<?, ?> method, Change requests, Change answers) {
    byMethod.put(
        method.getFullMethodName(),
        new Rewriting() {
          @Override
          public Frame request(Frame request) throws InvalidProtocolBufferException {
            return requests.of(request);
          }

          @Override
          public Frame response(Frame response) throws InvalidProtocolBufferException {
            return answers.of(response);
          }
        });
  }

  private LeaderKey in(LeaderKey leader) {
    return leader.toBuilder()
        .setName(namespace.name(leader.getName()))
        .setKey(namespace.key(leader.getKey()))
        .build();
  }

  private CampaignResponse stripped(CampaignResponse answer) {
    if (!answer.hasLeader()) {
      return answer;
    }
    LeaderKey leader = answer.getLeader();
    return answer.toBuilder()
        .setLeader(
            leader.toBuilder()
                .setName(namespace.stripped(leader.getName()))
                .setKey(namespace.stripped(leader.getKey())))
        .build();
  }

  private LeaderResponse stripped(LeaderResponse answer) {
    KeyValue pair = answer.getKv();
    return answer.hasKv()
        ? answer.toBuilder()
            .setKv(pair.toBuilder().setKey(namespace.stripped(pair.getKey())))
            .build()
        : answer;
  }
}
